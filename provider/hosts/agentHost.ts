import { setImmediate as nextTurn } from "node:timers/promises";
import type { AgentClient } from "../agent/client";
import { failureError } from "../agent/failureError";
import { SilentRequest } from "../agent/handshake";
import type { VerbArgs, VerbValue } from "../agent/protocol";
import { isWmisecError, WmisecError } from "../core/errors";
import { stepKind } from "../core/items/kinds";
import type { EventsReading, EventsRequest } from "../core/wire/events";
import { type MachineFacts, machineIdentity } from "../core/wire/machine";
import { LISTS, type Observation, type ObserveRequest, questionOf } from "../core/wire/observation";
import type { Applied, Step, Unseen } from "../core/wire/step";
import { applyPortions, type Portion } from "./applyPortions";
import { answersAll, batches, joined, partOf, portions } from "./observeBatch";
import type { WindowsHost } from "./windowsHost";

export interface AgentHostOptions {
    /** For errors: under which account, over which transport. */
    readonly tried?: string;
    /** Milliseconds for reading. Each thing asked adds a tenth of a second, a file a second. @default 60000 */
    readonly readTimeoutMs?: number;
    /** Milliseconds to wait for another run to release the host's mutex. @default 60000 */
    readonly mutexTimeoutMs?: number;
    /** Milliseconds for one run of mofcomp. @default 60000 */
    readonly mofcompTimeoutMs?: number;
    /** Milliseconds that each step adds to the deadline, besides the time for the one mofcomp that may hang. @default 5000 */
    readonly stepTimeoutMs?: number;
    /** Leaves MOF files on the host, for a bug report. @default false */
    readonly keepMof?: boolean;
}

/** The read after a write failed: what was done is known, but not what the host has now. */
function readAfterWriteError({ done, stopped, unseen }: Unseen, steps: number): WmisecError {
    const error = failureError(unseen, "the read after the write");
    const ending = stopped === null ? "" : `, the next one was stopped (${stopped.reason})`;
    return error.with({ summary: `${error.summary}; ${done} of ${steps} steps were carried out before it${ending}` });
}

interface PendingRead {
    readonly request: ObserveRequest;
    readonly resolve: (seen: Observation) => void;
    readonly reject: (error: unknown) => void;
}

/**
 * The verbs over an agent on a host. The first call opens the session, and so does the first call after it ended. A request that still
 * waits for its turn has not been sent, so it can go over the new session. A request that was sent fails with its session.
 *
 * One request at a time, in order. Reads that are asked for in the same turn of the event loop, or while another request is under way, are
 * sent as one; so are equal requests for events.
 */
export class AgentHost implements WindowsHost {
    readonly #options: Required<Omit<AgentHostOptions, "tried">>;
    readonly #tried: string | undefined;
    #opened: Promise<AgentClient> | undefined;
    #identity: string | undefined;
    #turn: Promise<unknown> = Promise.resolve();
    #pendingReads: PendingRead[] = [];
    /** Requests for events that are not sent yet, by how far back they go. */
    readonly #awaitedEvents = new Map<number, Promise<EventsReading>>();

    /**
     * @param name the program's name for the host
     * @param open logs in and starts an agent (`startAgent`)
     */
    constructor(
        private readonly name: string,
        private readonly open: () => Promise<AgentClient>,
        {
            tried,
            readTimeoutMs = 60_000,
            mutexTimeoutMs = 60_000,
            mofcompTimeoutMs = 60_000,
            stepTimeoutMs = 5000,
            keepMof = false,
        }: AgentHostOptions = {},
    ) {
        this.#options = { readTimeoutMs, mutexTimeoutMs, mofcompTimeoutMs, stepTimeoutMs, keepMof };
        this.#tried = tried;
    }

    async machine(): Promise<MachineFacts> {
        try {
            return (await this.#client()).machine;
        } catch (error) {
            throw this.#withHost(error);
        }
    }

    observe(request: ObserveRequest): Promise<Observation> {
        return new Promise((resolve, reject) => {
            this.#pendingReads.push({ request, resolve, reject: (error) => reject(this.#withHost(error)) });
            if (this.#pendingReads.length === 1) void this.#inTurn(() => this.#readPending());
        });
    }

    async apply(steps: readonly Step[], observe: ObserveRequest): Promise<Applied> {
        try {
            return await this.#inTurn(() => this.#write(steps, observe));
        } catch (error) {
            throw this.#withHost(error);
        }
    }

    async readEvents(request: EventsRequest): Promise<EventsReading> {
        try {
            return await (this.#awaitedEvents.get(request.sinceMs) ?? this.#events(request));
        } catch (error) {
            throw this.#withHost(error);
        }
    }

    /** Closes the session, if there is one; a later call opens another. Settles when the session is gone. */
    async close(): Promise<void> {
        const opened = this.#opened;
        this.#opened = undefined;
        // A failed opening was already reported to its caller.
        await opened?.then((client) => client.close()).catch(() => undefined);
    }

    #inTurn<T>(work: () => Promise<T>): Promise<T> {
        const result = this.#turn.then(() => nextTurn()).then(work);
        // The caller gets the failure; the next request only waits for the end.
        this.#turn = result.catch(() => undefined);
        return result;
    }

    /** Never rejects: each waiting request gets its own result. */
    async #readPending(): Promise<void> {
        for (const batch of batches(this.#pendingReads.splice(0))) {
            try {
                const seen = await this.#observeAll(batch.merged);
                for (const { request, resolve } of batch.members) resolve(partOf(request, seen));
            } catch (error) {
                for (const { reject } of batch.members) reject(error);
            }
        }
    }

    /** Asks again if the session of an earlier request turns out to be dead. Only for requests that may safely be repeated. */
    async #askWithRetry<V extends "observe" | "readEvents">(
        verb: V,
        args: VerbArgs<V>,
        timeoutMs: number,
    ): Promise<{ client: AgentClient; answer: VerbValue<V> }> {
        const opened = this.#opened;
        const client = await this.#client();
        const isOld = opened !== undefined && client === (await opened);
        try {
            return { client, answer: await client.ask(verb, args, timeoutMs) };
        } catch (error) {
            // It is also safe if our agent never saw the request: its starter now uses another way.
            const lost = isOld && isWmisecError(error) && error.code === "connectionLost";
            if (!lost && !(error instanceof SilentRequest)) throw error;
            const another = await this.#client();
            return { client: another, answer: await another.ask(verb, args, timeoutMs) };
        }
    }

    async #observeAll(asked: ObserveRequest): Promise<Observation> {
        const seen: Observation[] = [];
        for (const portion of portions(asked)) seen.push(await this.#observeOnce(portion));
        return joined(seen);
    }

    async #observeOnce(asked: ObserveRequest): Promise<Observation> {
        const { client, answer: seen } = await this.#askWithRetry("observe", asked, this.#readMs(asked));
        return answersAll(asked, seen)
            ? seen
            : this.#rejectAnswer(client, "the host's answer to a read request does not match the request");
    }

    /** Splits a list that is too long over several requests, each under the mutex; the read comes at the end. */
    async #write(steps: readonly Step[], observe: ObserveRequest): Promise<Applied> {
        const parts = applyPortions(steps, observe);
        let done = 0;
        for (const part of parts) {
            const applied = await this.#writeOnce(part);
            if (parts.length === 1) return applied;
            done += applied.done;
            if (applied.stopped !== null)
                return { done, stopped: { ...applied.stopped, step: done }, observation: await this.#observeAll(observe) };
        }
        return { done, stopped: null, observation: await this.#observeAll(observe) };
    }

    async #writeOnce({ steps, observe }: Portion): Promise<Applied> {
        const { mutexTimeoutMs, mofcompTimeoutMs, stepTimeoutMs, keepMof } = this.#options;
        const client = await this.#client();
        const runs = Math.max(1, ...steps.map((step) => stepKind(step)?.compilerRuns ?? 1));
        const timeoutMs = mutexTimeoutMs + runs * mofcompTimeoutMs + steps.length * stepTimeoutMs + this.#readMs(observe);
        const machine = this.#identity ?? machineIdentity(client.machine);
        const args = { steps: [...steps], observe, machine, mutexTimeoutMs, mofcompTimeoutMs, keepMof };
        const applied = await client.ask("apply", args, timeoutMs);
        const { done, stopped } = applied;
        const ends = stopped === null ? done === steps.length : done < steps.length && stopped.step === done;
        if (!ends || !("unseen" in applied || answersAll(observe, applied.observation)))
            return await this.#rejectAnswer(client, "the host's answer to a write request does not match the request");
        if ("unseen" in applied) throw readAfterWriteError(applied, steps.length);
        return applied;
    }

    #events(request: EventsRequest): Promise<EventsReading> {
        const reading = this.#inTurn(async () => {
            this.#awaitedEvents.delete(request.sinceMs);
            return (await this.#askWithRetry("readEvents", request, this.#options.readTimeoutMs)).answer;
        });
        this.#awaitedEvents.set(request.sinceMs, reading);
        return reading;
    }

    /** Each thing asked adds its own time, so that a slow host does not seem to hang. */
    #readMs(asked: ObserveRequest): number {
        return LISTS.reduce((sum, list) => sum + asked[list].length * questionOf(list).ms, this.#options.readTimeoutMs);
    }

    /** One opening at a time. A failed one is forgotten, and the next call tries again. */
    async #client(): Promise<AgentClient> {
        const held = this.#opened;
        if (held !== undefined && (await held).ended === undefined) return held;
        if (this.#opened !== undefined && this.#opened !== held) return this.#opened;
        const opening = this.#start();
        this.#opened = opening;
        try {
            return await opening;
        } catch (error) {
            if (this.#opened === opening) this.#opened = undefined;
            throw error;
        }
    }

    /** Plans are based on what one machine showed. Another machine behind the same address must not get their writes. */
    async #start(): Promise<AgentClient> {
        const client = await this.open();
        const identity = machineIdentity(client.machine);
        this.#identity ??= identity;
        if (identity === this.#identity) return client;
        await client.close();
        throw new WmisecError("changedMeanwhile", "another machine answers than at the beginning of this run", {
            said: `${identity}; it was ${this.#identity}`,
            remedy: "find out what is behind this name (a rebuilt host, a cluster, a changed DNS entry), then run again",
        });
    }

    async #rejectAnswer(client: AgentClient, summary: string): Promise<never> {
        await client.close();
        throw new WmisecError("protocol", summary, {
            remedy: "make sure that nothing on that host rewrites our session's input or output, then run again",
        });
    }

    #withHost(error: unknown): unknown {
        return isWmisecError(error) ? error.on(this.name, this.#tried) : error;
    }
}
