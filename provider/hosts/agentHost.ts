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
    /** For errors: as whom, over what. */
    readonly tried?: string;
    /** Milliseconds for a look; each thing that is asked for adds a tenth of a second, a file a second. @default 60000 */
    readonly readTimeoutMs?: number;
    /** Milliseconds to wait for another run's turn on the host. @default 60000 */
    readonly mutexTimeoutMs?: number;
    /** Milliseconds for one mofcomp. @default 60000 */
    readonly mofcompTimeoutMs?: number;
    /** Milliseconds that a list of steps gets for each of them, beside the deadline of the one mofcomp that may hang. @default 5000 */
    readonly stepTimeoutMs?: number;
    /** Leaves MOF files on the host, for a bug report. @default false */
    readonly keepMof?: boolean;
}

/** What was done is known, and what the host has now is not. */
function unseenError({ done, stopped, unseen }: Unseen, steps: number): WmisecError {
    const told = failureError(unseen, "the look after the write");
    const ending = stopped === null ? "" : `, the next one was stopped (${stopped.reason})`;
    return told.with({ summary: `${told.summary}; ${done} of ${steps} steps were carried out before it${ending}` });
}

interface Looker {
    readonly request: ObserveRequest;
    readonly resolve: (seen: Observation) => void;
    readonly reject: (error: unknown) => void;
}

/**
 * The verbs over an agent on a host. The session is opened by the first call, and anew by the first call after it ended:
 * what waits for its turn has not been sent, so nothing is ever asked twice. A request that was sent fails with its session.
 *
 * One request at a time, in the order of asking. Looks that are asked for in the same turn of the event loop, or while
 * something else is under way, go as one request; so do equal requests for events.
 */
export class AgentHost implements WindowsHost {
    readonly #options: Required<Omit<AgentHostOptions, "tried">>;
    readonly #tried: string | undefined;
    #opened: Promise<AgentClient> | undefined;
    #identity: string | undefined;
    #turn: Promise<unknown> = Promise.resolve();
    #lookers: Looker[] = [];
    /** Asked for and not sent yet, by how far back. */
    readonly #awaitedEvents = new Map<number, Promise<EventsReading>>();

    /**
     * @param name the host as the program names it
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
            throw this.#ours(error);
        }
    }

    observe(request: ObserveRequest): Promise<Observation> {
        return new Promise((resolve, reject) => {
            this.#lookers.push({ request, resolve, reject: (error) => reject(this.#ours(error)) });
            if (this.#lookers.length === 1) void this.#inTurn(() => this.#look());
        });
    }

    async apply(steps: readonly Step[], observe: ObserveRequest): Promise<Applied> {
        try {
            return await this.#inTurn(() => this.#write(steps, observe));
        } catch (error) {
            throw this.#ours(error);
        }
    }

    async readEvents(request: EventsRequest): Promise<EventsReading> {
        try {
            return await (this.#awaitedEvents.get(request.sinceMs) ?? this.#events(request));
        } catch (error) {
            throw this.#ours(error);
        }
    }

    /** Closes the session, if there is one; a later call opens another. Settles when it is gone. */
    async close(): Promise<void> {
        const opened = this.#opened;
        this.#opened = undefined;
        // An opening that failed has been told to who asked for it.
        await opened?.then((client) => client.close()).catch(() => undefined);
    }

    #inTurn<T>(work: () => Promise<T>): Promise<T> {
        const result = this.#turn.then(() => nextTurn()).then(work);
        // Who asked hears of the failure; who comes next waits only for the end.
        this.#turn = result.catch(() => undefined);
        return result;
    }

    /** Never rejects: each looker hears what concerns it. */
    async #look(): Promise<void> {
        for (const batch of batches(this.#lookers.splice(0))) {
            try {
                const seen = await this.#observed(batch.merged);
                for (const { request, resolve } of batch.members) resolve(partOf(request, seen));
            } catch (error) {
                for (const { reject } of batch.members) reject(error);
            }
        }
    }

    /** For what may be asked for twice: nobody tells that a session of an earlier request has died since. */
    async #askedTwice<V extends "observe" | "readEvents">(
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
            // Nor does it matter where our agent never saw it: its starter now knows another way.
            const lost = isOld && isWmisecError(error) && error.code === "connectionLost";
            if (!lost && !(error instanceof SilentRequest)) throw error;
            const another = await this.#client();
            return { client: another, answer: await another.ask(verb, args, timeoutMs) };
        }
    }

    async #observed(asked: ObserveRequest): Promise<Observation> {
        const seen: Observation[] = [];
        for (const portion of portions(asked)) seen.push(await this.#observedAtOnce(portion));
        return joined(seen);
    }

    async #observedAtOnce(asked: ObserveRequest): Promise<Observation> {
        const { client, answer: seen } = await this.#askedTwice("observe", asked, this.#readMs(asked));
        return answersAll(asked, seen) ? seen : this.#refuse(client, "the host's answer to a look is not about what was asked");
    }

    /** A list that is too long for one request is carried out by several, each under the mutex for itself; then it is looked. */
    async #write(steps: readonly Step[], observe: ObserveRequest): Promise<Applied> {
        const parts = applyPortions(steps, observe);
        let done = 0;
        for (const part of parts) {
            const applied = await this.#writeAtOnce(part);
            if (parts.length === 1) return applied;
            done += applied.done;
            if (applied.stopped !== null)
                return { done, stopped: { ...applied.stopped, step: done }, observation: await this.#observed(observe) };
        }
        return { done, stopped: null, observation: await this.#observed(observe) };
    }

    async #writeAtOnce({ steps, observe }: Portion): Promise<Applied> {
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
            return await this.#refuse(client, "the host's answer to a write is not about what was asked");
        if ("unseen" in applied) throw unseenError(applied, steps.length);
        return applied;
    }

    #events(request: EventsRequest): Promise<EventsReading> {
        const reading = this.#inTurn(async () => {
            this.#awaitedEvents.delete(request.sinceMs);
            return (await this.#askedTwice("readEvents", request, this.#options.readTimeoutMs)).answer;
        });
        this.#awaitedEvents.set(request.sinceMs, reading);
        return reading;
    }

    /** Each thing that is asked for adds its own, so that a slow host is not taken for one that hangs. */
    #readMs(asked: ObserveRequest): number {
        return LISTS.reduce((sum, list) => sum + asked[list].length * questionOf(list).ms, this.#options.readTimeoutMs);
    }

    /** One opening at a time; one that failed is forgotten, and the next call tries again. */
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

    /** Plans are made from what one machine showed; another one behind the same address must not get their writes. */
    async #start(): Promise<AgentClient> {
        const client = await this.open();
        const identity = machineIdentity(client.machine);
        this.#identity ??= identity;
        if (identity === this.#identity) return client;
        await client.close();
        throw new WmisecError("changedMeanwhile", "another machine answers than at the beginning of this run", {
            said: `${identity}; it was ${this.#identity}`,
            remedy: "see what stands behind this name (a rebuilt host, a cluster, a changed DNS entry), then run again",
        });
    }

    async #refuse(client: AgentClient, summary: string): Promise<never> {
        await client.close();
        throw new WmisecError("protocol", summary, { remedy: "see that nothing rewrites our session on that host, then run again" });
    }

    #ours(error: unknown): unknown {
        return isWmisecError(error) ? error.on(this.name, this.#tried) : error;
    }
}
