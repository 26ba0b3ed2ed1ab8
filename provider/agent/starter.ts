import { isWmisecError, type WmisecError } from "../core/errors";
import type { Session } from "../core/session";
import { LEDGER_ONLY } from "../core/wire/observation";
import { type AgentClient, startAgent } from "./client";
import { type AgentOptions, DEFAULT_HANDSHAKE_MS, SilentRequest, SilentStart } from "./handshake";
import { OneShotAgent } from "./oneShot";

export interface StarterOptions extends AgentOptions {
    /** Milliseconds until a silent way is tried again; twice as long after each further silence. @default 300000 */
    readonly againMs?: number;
}

/** A way to reach the agent (stream or one-shot), with the time from which it may be tried again after a silence. */
class Way {
    #notBefore = 0;
    #waitMs: number;

    constructor(waitMs: number) {
        this.#waitMs = waitMs;
    }

    get open(): boolean {
        return performance.now() >= this.#notBefore;
    }

    silent(): void {
        this.#notBefore = performance.now() + this.#waitMs;
        this.#waitMs *= 2;
    }
}

/**
 * Starts agents on one host. It uses a stream, or one-shot if the stream was silent and one-shot was not. The network may have
 * dropped one connection. So a stream is tried again at once in parallel to one-shot, and then from time to time. The first stream
 * that works is used from then on. If one-shot is silent, too, the stream is not the cause.
 */
export class AgentStarter {
    readonly #stream: Way;
    readonly #oneShot: Way;
    readonly #options: AgentOptions;
    #isOneShot = false;
    #warned = false;
    #isTrying = false;
    /** A stream that worked in parallel to one-shot, until a caller takes it. */
    #ready: AgentClient | undefined;

    /**
     * @param openSession opens a session with a process that runs our bootstrap
     * @param warn called once, when one-shot is used
     */
    constructor(
        private readonly openSession: () => Promise<Session>,
        private readonly warn: (text: string) => void,
        { againMs = 300_000, ...options }: StarterOptions = {},
    ) {
        this.#stream = new Way(againMs);
        this.#oneShot = new Way(againMs);
        this.#options = options;
    }

    /** @throws WmisecError as `startAgent` does, and what `openSession` throws */
    async start(): Promise<AgentClient> {
        const ready = this.#ready;
        this.#ready = undefined;
        if (ready !== undefined && ready.ended === undefined) return ready;
        if (this.#isOneShot) {
            try {
                return await this.#startOneShot();
            } catch (error) {
                if (!(error instanceof SilentStart)) throw error;
                this.#oneShot.silent();
                this.#isOneShot = false;
            }
        }
        try {
            return this.#watched(await this.#startStream());
        } catch (error) {
            // No request was sent: nothing can be done twice.
            if (!this.#oneShot.open || !(error instanceof SilentStart)) throw error;
            return await this.#insteadOf(error);
        }
    }

    /** Once more where the connection is lost before the agent answers: no request was sent, so nothing can be done twice. */
    async #startStream(): Promise<AgentClient> {
        const start = async (session: Session) => startAgent(session, this.#options);
        const first = await this.openSession();
        try {
            return await start(first);
        } catch (error) {
            if (!isLost(error)) throw error;
        }
        const second = await this.openSession();
        try {
            return await start(second);
        } catch (error) {
            throw isLost(error) ? error.with({ summary: `${error.summary}, twice in a row, before the agent answered` }) : error;
        }
    }

    async #insteadOf(silence: SilentStart): Promise<AgentClient> {
        try {
            const client = await this.#startOneShot();
            this.#goOneShot();
            this.#tryStream(client);
            return client;
        } catch (error) {
            if (!(error instanceof SilentStart)) throw error;
            this.#oneShot.silent();
            throw silence.with({ summary: `${silence.summary}, and a second session, whose input we ended at once, was as silent` });
        }
    }

    /** A stream whose first request after the handshake got no answer also leads to one-shot: a handshake alone proves nothing. */
    #watched(client: AgentClient): AgentClient {
        client.onEnd(() => {
            if (!(client.ended instanceof SilentRequest) || !this.#oneShot.open) return;
            this.#stream.silent();
            this.#goOneShot();
        });
        return client;
    }

    #goOneShot(): void {
        this.#isOneShot = true;
        if (!this.#warned)
            this.warn(
                "PowerShell did not answer before its input had ended. So each request starts a process of its own until a stream gets through: this is slow. If it stays so, find out which shell or security software is between the SSH server and PowerShell there",
            );
        this.#warned = true;
    }

    async #startOneShot(): Promise<OneShotAgent> {
        let client: OneShotAgent | undefined;
        client = await OneShotAgent.start(() => {
            if (client !== undefined && this.#stream.open) this.#tryStream(client);
            return this.openSession();
        }, this.#options);
        return client;
    }

    /** In the background. */
    #tryStream(beside: OneShotAgent): void {
        if (this.#isTrying || this.#ready !== undefined) return;
        this.#isTrying = true;
        this.#provenStream()
            .then(
                (stream) => this.#gotThrough(this.#watched(stream), beside),
                // The next caller gets other errors.
                (error) => (error instanceof SilentStart || error instanceof SilentRequest) && this.#stream.silent(),
            )
            .finally(() => {
                this.#isTrying = false;
            });
    }

    /** A handshake alone proves nothing: a host may answer it, and then get no more input until that ends. So this also reads the ledger. */
    async #provenStream(): Promise<AgentClient> {
        const stream = await startAgent(await this.openSession(), this.#options);
        try {
            await stream.ask("observe", LEDGER_ONLY, this.#options.handshakeTimeoutMs ?? DEFAULT_HANDSHAKE_MS);
            return stream;
        } catch (error) {
            await stream.close();
            throw error;
        }
    }

    #gotThrough(stream: AgentClient, beside: OneShotAgent): void {
        this.#isOneShot = false;
        if (beside.ended !== undefined) {
            void stream.close();
            return;
        }
        this.#ready = stream;
        beside.retire();
        // If a caller closes the one-shot agent before it takes this stream, it wants neither.
        beside.onEnd(() => {
            if (this.#ready === stream) void stream.close();
        });
    }
}

const isLost = (error: unknown): error is WmisecError => isWmisecError(error) && error.code === "connectionLost";
