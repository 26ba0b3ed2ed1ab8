import { observeRequestFor } from "../core/items/item";
import { machineIdentity } from "../core/wire/machine";
import type { OnDelete } from "../reconcile";
import type { FormerHost } from "../resources/commonOutputs";
import type { CommonInputs, ReportedItem, ResourceSpec } from "../resources/resource";
import { Convergence, NO_PAST, type Past } from "./convergence";
import { addressOf, changesOnlySettings, type Difference, diff, recordableSettings } from "./diff";
import { Evidence } from "./evidence";
import { findings } from "./findings";
import { FormerHosts } from "./formerHosts";
import { isUnreachable } from "./isUnreachable";
import { Moves } from "./moves";
import {
    asError,
    combinedError,
    hostText,
    nameIn,
    withGoneHint,
    withHost,
    withKeepHint,
    withRecordedConnectionHint,
    withRecordedHint,
} from "./naming";
import { parseInputs } from "./parseInputs";
import { PartialFailure } from "./partialFailure";
import type { Runtime } from "./runtime";
import { asFormerHost, formatState, parseState, type State, type Stored } from "./state";

export type Properties = Readonly<Record<string, unknown>>;

export interface ReadResult {
    readonly outs: Properties;
    readonly inputs: Properties;
    /** One line for each difference from what was last carried out; empty if the host did not answer. */
    readonly drift: readonly string[];
}

/**
 * What a read does if it can't tell what the host has. `fail`: no more than that. `record`: its failure is a `PartialFailure` with the last
 * known state, from which the next update asks the host whatever the inputs are.
 */
export type WhenUnread = "fail" | "record";

/** What an update does with hosts that the resource has moved away from. `later`: the state lists them, and a later update releases them. */
export type WhenMoved = OnDelete | "later";

/**
 * The operations on one type of resource, the same under every head. The state is a hint, the host is the truth.
 *
 * Every method throws a `WmisecError` (no write began) or a `PartialFailure` (one did; it has the state to keep).
 */
export class Handler {
    private readonly former: FormerHosts;
    private readonly moves: Moves;
    private readonly evidence: Evidence;
    private readonly convergence: Convergence;

    constructor(
        private readonly spec: ResourceSpec,
        private readonly runtime: Runtime,
    ) {
        this.former = new FormerHosts(runtime);
        this.moves = new Moves(runtime);
        this.evidence = new Evidence(spec, runtime);
        this.convergence = new Convergence(spec, runtime, { former: this.former, moves: this.moves, evidence: this.evidence });
    }

    diff(old: Properties, news: Properties): Difference {
        return diff(this.spec, parseState(this.spec, old), parseInputs(this.spec, news));
    }

    async create(raw: Properties): Promise<{ id: string; outs: Properties }> {
        const inputs = parseInputs(this.spec, raw);
        const id = this.runtime.newId();
        return { id, outs: formatState(this.spec, await this.convergence.run(id, inputs, NO_PAST)) };
    }

    /** @param formerHosts what to do with hosts that the resource has moved away from. Default: `onDelete` of the inputs */
    async update(id: string, rawOld: Properties, rawNews: Properties, formerHosts?: WhenMoved): Promise<Properties> {
        const old = parseState(this.spec, rawOld);
        const news = parseInputs(this.spec, rawNews);
        if (changesOnlySettings(this.spec, old, news))
            return formatState(this.spec, {
                inputs: news,
                outputs: { ...this.evidence.without(old.stored.outputs), ...(await this.evidence.keptOutputs(old, news)) },
                memory: old.stored.memory,
            });
        const moves = addressOf(old.inputs) !== addressOf(news);
        try {
            const made = moves ? await this.move(id, old, news) : await this.convergence.run(id, news, this.pastOf(old, news));
            if (formerHosts === "later")
                return formatState(this.spec, {
                    ...made,
                    memory: { ...made.memory, incomplete: (made.memory.unreleased ?? []).length > 0 },
                });
            return formatState(this.spec, await this.releaseFormer(id, old.machine, news, made, formerHosts ?? news.onDelete ?? "restore"));
        } catch (error) {
            const { changed, inputs } = recordableSettings(old, news);
            if (!this.tolerates(news, error)) {
                if (!isUnreachable(error)) throw error;
                const failure = news.unreachable === "keep" ? asError(error) : withKeepHint(asError(error));
                throw changed.length > 0 ? this.recordedFailure(id, old, { changed, inputs }, failure) : failure;
            }
            await this.runtime.log.unreachable(hostText(news));
            // Nothing was carried out, so the state keeps describing the host that the old connection leads to.
            const connection = inputs.connection ?? old.inputs.connection;
            const { outputs, memory } = this.asUnreachable(old);
            return formatState(this.spec, { inputs: { ...news, connection }, outputs, memory: { ...memory, incomplete: true } });
        }
    }

    /** The update fails, but inputs that need no host are recorded in the state: a delete uses them. */
    private recordedFailure(
        id: string,
        old: State,
        { changed, inputs }: ReturnType<typeof recordableSettings>,
        failure: Error,
    ): PartialFailure {
        const kept = formatState(this.spec, { ...old.stored, inputs: { ...old.inputs, ...inputs } });
        return new PartialFailure(id, kept, withRecordedHint(failure, changed));
    }

    async read(id: string, raw: Properties, whenUnread: WhenUnread = "fail"): Promise<ReadResult> {
        const old = parseState(this.spec, raw);
        const { connection } = old.inputs;
        const items = this.spec.declared(old.inputs).map(({ item }) => item);
        try {
            const host = this.runtime.host(connection);
            const [facts, seen] = await Promise.all([host.machine(), host.observe(observeRequestFor(items))]);
            const { inputs, outputs, memory, drift } = findings(this.spec, id, old, machineIdentity(facts), seen, this.runtime.lives);
            const events = await this.evidence.gather(old.inputs);
            if (drift.length > 0)
                await this.runtime.log.info(
                    `${connection.host}: ${[this.spec.name, ...nameIn(old.owner)].join(" ")}: ${[...drift, ...events.rebuilds].join("; ")}`,
                );
            const outs = formatState(this.spec, {
                inputs,
                outputs: { ...this.evidence.without(old.stored.outputs), ...outputs, ...events.outputs },
                memory: { ...old.stored.memory, ...memory, unreachableSince: undefined },
            });
            return { outs, inputs: { ...inputs }, drift };
        } catch (error) {
            if (!this.tolerates(old.inputs, error)) {
                if (whenUnread === "record")
                    throw new PartialFailure(id, this.unreadState(old, error), withHost(connection, error), { ...old.inputs });
                const failure = withRecordedConnectionHint(withHost(connection, error));
                throw isUnreachable(error) ? withGoneHint(old.inputs.unreachable === "keep" ? failure : withKeepHint(failure)) : failure;
            }
            await this.runtime.log.unreachable(hostText({ connection, owner: old.owner }));
            return {
                outs: formatState(this.spec, { inputs: old.inputs, ...this.asUnreachable(old) }),
                inputs: { ...old.inputs },
                drift: [],
            };
        }
    }

    /** @param onDelete what to do with the items. Default: what the state says */
    async delete(id: string, raw: Properties, onDelete?: OnDelete): Promise<void> {
        const old = parseState(this.spec, raw);
        await this.former.releaseAll(id, asFormerHost(old), old.unreleased, onDelete ?? old.inputs.onDelete ?? "restore");
    }

    /**
     * The program names another host. If the same machine has another name, nothing is written. If it is another machine, the old host must
     * answer before anything is written. Then the new one is made as declared, and the state lists the old one as to be released.
     */
    private async move(id: string, old: State, news: CommonInputs): Promise<Stored> {
        const machine = await this.machineOf(news);
        if (machine === old.machine) return this.convergence.run(id, news, this.pastOf(old, news));
        const former = asFormerHost(old, news.owner);
        const mayBeGone = (error: unknown) =>
            isUnreachable(error) &&
            (this.runtime.forget.has(former.connection.host) || news.onDelete === "leave" || this.tolerates(news, error));
        const gone = await this.former.abandonIfGone(former, mayBeGone);
        // The resource moves back to a machine that was to be released: what the state remembers about it applies again.
        const back = old.unreleased.find((one) => one.machine === machine);
        return this.convergence.run(id, news, {
            host: back,
            kept: back === undefined ? NO_PAST.kept : { outputs: {}, memory: { applied: back.applied, before: back.before, machine } },
            unreleased: [...old.unreleased.filter((one) => one !== back), ...(gone === undefined ? [former] : [])],
            abandoned: [...old.abandoned, ...(gone?.abandoned ?? [])],
            // No note is needed for a machine that the state lists as to be released. For any other, nobody would know about it if this run
            // were killed.
            ...(back === undefined &&
                gone === undefined && {
                    move: this.moves.note(id, former, news.connection.host, mayBeGone),
                }),
        });
    }

    /**
     * Releases the hosts that the resource moved away from, once the new one is as declared. Each is tried. A failed one remains to be
     * released; under keep, a host that does not answer fails nothing.
     * @param machine the one that the state knows so far
     */
    private async releaseFormer(id: string, machine: string, news: CommonInputs, made: Stored, onDelete: OnDelete): Promise<Stored> {
        const { unreleased: formers = [], abandoned: before = [], machine: current } = made.memory;
        const known = new Set([machine, ...[...formers, ...before].map((one) => one.machine)]);
        const unreleased: FormerHost[] = [];
        const abandoned = [...before];
        const failures: Error[] = [];
        for (const former of formers) {
            try {
                const left = await this.former.release(id, former, { onDelete, superseded: true, known, current });
                if (left !== undefined) abandoned.push(left);
            } catch (error) {
                unreleased.push(former);
                const { connection } = former;
                if (this.tolerates({ ...news, connection }, error)) await this.runtime.log.unreachable(hostText(former));
                else failures.push(asError(error));
            }
        }
        const after: Stored = { ...made, memory: { ...made.memory, unreleased, abandoned, incomplete: unreleased.length > 0 } };
        const [first, ...more] = failures;
        if (first !== undefined) throw new PartialFailure(id, formatState(this.spec, after), combinedError(first, more));
        return after;
    }

    private pastOf(old: State, news: CommonInputs): Past {
        const { unreleased, abandoned } = old;
        return { host: asFormerHost(old, news.owner), kept: old.stored, unreleased, abandoned };
    }

    private async machineOf(inputs: CommonInputs): Promise<string> {
        try {
            return machineIdentity(await this.runtime.host(inputs.connection).machine());
        } catch (error) {
            throw withHost(inputs.connection, error);
        }
    }

    private tolerates({ unreachable, connection }: CommonInputs, error: unknown): boolean {
        if (!isUnreachable(error)) return false;
        return this.runtime.forget.has(connection.host) || (unreachable === "keep" && !this.runtime.strict);
    }

    /** The last known state, for the next update to ask the host. */
    private unreadState(old: State, error: unknown): Properties {
        const { outputs, memory } = isUnreachable(error) ? this.asUnreachable(old) : old.stored;
        return formatState(this.spec, { inputs: old.inputs, outputs, memory: { ...memory, incomplete: true } });
    }

    /** The last known state, with `unreachable` as the status. */
    private asUnreachable({ inputs, unreachableSince = this.runtime.now(), stored: { outputs, memory } }: State): Omit<Stored, "inputs"> {
        const items = this.spec
            .declared(inputs)
            .map(({ label, item }): ReportedItem => ({ label, item, live: "absent", status: "unreachable" }));
        const { status } = this.spec.toOutputs(inputs, items);
        return { outputs: { ...outputs, status }, memory: { ...memory, unreachableSince } };
    }
}
