import { WmisecError } from "../core/errors";
import { type AgentClient, startAgent } from "./client";
import type { AgentSession } from "./conversation";
import { type AgentOptions, SilentRequest, SilentStart } from "./handshake";
import { OneShotAgent } from "./oneShot";

/**
 * Starts agents on one host: over a stream, or, where a stream was met with silence and one-shot was not, one-shot for as long
 * as the process lives. A host is tried one-shot once: where that is silent too, it is not the stream that is at fault.
 */
export class AgentStarter {
    #way: "stream" | "stream or one-shot" | "one-shot" = "stream or one-shot";

    /**
     * @param openSession opens a session with a process that runs our bootstrap
     * @param warn told once, when one-shot turns out to be the way
     */
    constructor(
        private readonly openSession: () => Promise<AgentSession>,
        private readonly warn: (text: string) => void,
        private readonly options: AgentOptions = {},
    ) {}

    /** @throws WmisecError as `startAgent` does, and what `openSession` throws */
    async start(): Promise<AgentClient> {
        if (this.#way === "one-shot") return OneShotAgent.start(this.openSession, this.options);
        try {
            return this.#watched(await startAgent(await this.openSession(), this.options));
        } catch (error) {
            // No request was sent: nothing can be done twice.
            if (this.#way === "stream" || !(error instanceof SilentStart)) throw error;
            return await this.#startOneShot(error);
        }
    }

    async #startOneShot(silence: SilentStart): Promise<AgentClient> {
        try {
            const client = await OneShotAgent.start(this.openSession, this.options);
            this.#goOneShot();
            return client;
        } catch (error) {
            if (!(error instanceof SilentStart)) throw error;
            this.#way = "stream";
            throw new WmisecError(
                silence.code,
                `${silence.summary}, and a second session, whose input we ended at once, was as silent`,
                silence.details,
            );
        }
    }

    /** A stream whose first request was met with silence, after the handshake, leads to one-shot too. */
    #watched(client: AgentClient): AgentClient {
        client.onEnd(() => {
            if (client.ended instanceof SilentRequest && this.#way !== "stream") this.#goOneShot();
        });
        return client;
    }

    #goOneShot(): void {
        if (this.#way === "one-shot") return;
        this.#way = "one-shot";
        this.warn(
            "PowerShell sees what is sent only when its input ends, so that each request starts a process of its own: this is slow. See which shell or security software stands between the SSH server and PowerShell there",
        );
    }
}
