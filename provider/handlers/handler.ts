import { describeConnection } from "../core/connection";
import { type ErrorCode, isWmisecError, WmisecError } from "../core/errors";
import { lookAt } from "../core/item";
import { machineIdentity } from "../core/machine";
import { type Reconciled, reconcile } from "../reconcile";
import type { CommonInputs, FoundItem, ResourceSpec } from "../resources/resource";
import { addressOf, changesOnlyHowWeWork, type Difference, diff } from "./diff";
import { findings, foundItems, lookOrDenied } from "./findings";
import { PartialFailure } from "./partialFailure";
import type { Runtime } from "./runtime";
import { appliedBy, itemsOf, memoryOf, mirrorOf, parseState, type State } from "./state";

export type Bag = Readonly<Record<string, unknown>>;

/** The host did not answer: what it has is not known, and nothing may be concluded from that. */
const SILENT: ReadonlySet<ErrorCode> = new Set(["unreachable", "timeout", "connectionLost"]);

/**
 * The life of one kind of resource, the same under every head. State is a hint, the host is the truth.
 *
 * Every method throws a `WmisecError` (no write began) or a `PartialFailure` (one did; it carries the state to keep).
 */
export class Handler {
    constructor(
        private readonly spec: ResourceSpec,
        private readonly runtime: Runtime,
    ) {}

    diff(old: Bag, news: Bag): Difference {
        return diff(this.spec, parseState(this.spec, old), this.parseInputs(news));
    }

    async create(raw: Bag): Promise<{ id: string; outs: Bag }> {
        const inputs = this.parseInputs(raw);
        const id = this.runtime.newId();
        return { id, outs: await this.converge(id, inputs, undefined) };
    }

    async update(id: string, rawOld: Bag, rawNews: Bag): Promise<Bag> {
        const old = parseState(this.spec, rawOld);
        const news = this.parseInputs(rawNews);
        if (changesOnlyHowWeWork(this.spec, old, news)) return { ...this.beyondMirror(old), ...news };
        try {
            return await (addressOf(old.inputs) === addressOf(news) ? this.converge(id, news, old) : this.move(id, old, news));
        } catch (error) {
            if (!this.isToBeKept(news, error)) throw error;
            await this.runtime.log.unreachable(news.connection.host);
            return { ...this.beyondMirror(old), ...news, incomplete: true, ...this.silence(old) };
        }
    }

    async read(id: string, raw: Bag): Promise<{ outs: Bag; inputs: Bag }> {
        const old = parseState(this.spec, raw);
        const mirror = mirrorOf(this.spec, old.stored);
        const items = this.spec.declared(old.inputs).map(({ item }) => item);
        try {
            const host = this.runtime.host(old.inputs.connection);
            const [facts, seen] = await Promise.all([host.machine(), host.observe(lookAt(items))]);
            const { inputs, outputs, drift } = findings(this.spec, id, old, machineIdentity(facts), seen);
            if (drift.length > 0) this.runtime.log.info(`${old.inputs.connection.host}: ${this.spec.name}: ${drift.join("; ")}`);
            const { unreachableSince: _, ...beyond } = this.beyondMirror(old);
            return { outs: { ...beyond, ...inputs, ...outputs }, inputs };
        } catch (error) {
            if (!this.isToBeKept(old.inputs, error)) throw withRecordedConnectionHint(named(old.inputs, error));
            await this.runtime.log.unreachable(old.inputs.connection.host);
            return { outs: { ...old.stored, ...this.silence(old) }, inputs: mirror };
        }
    }

    async delete(id: string, raw: Bag): Promise<void> {
        const old = parseState(this.spec, raw);
        const { host } = old.inputs.connection;
        try {
            await this.releaseAll(id, old);
        } catch (error) {
            if (old.inputs.onDelete !== "leave" || !isSilence(error)) throw named(old.inputs, error);
            this.runtime.log.warn(
                `${host}: did not answer; left as it is, as onDelete: "leave" says. Its ledger still names ${old.inputs.owner}`,
            );
        }
    }

    /** Makes the host behind `inputs` as declared. @returns the outputs. */
    private async converge(id: string, inputs: CommonInputs, old: State | undefined): Promise<Bag> {
        const applied = appliedBy(this.spec, inputs);
        const declared = this.spec.declared(inputs);
        let written: string | undefined;
        try {
            const outcome = await reconcile(this.runtime.host(inputs.connection), {
                declarations: declared.flatMap(({ wish }) => (typeof wish === "string" ? [] : [wish])),
                dropped: old === undefined ? [] : itemsOf(old),
                leftAlone: declared.flatMap(({ item, wish }) => (typeof wish === "string" ? [item] : [])),
                claim: this.claim(id, inputs.owner),
                superseded: true,
                onDelete: inputs.onDelete ?? "restore",
                memoryOn: old === undefined ? () => new Map() : memoryOf(old),
                onWrite: (machine) => {
                    this.runtime.beforeWrite();
                    written = machine;
                },
            });
            this.tell(inputs, outcome);
            const found = declared.map(({ item }) => lookOrDenied(item, outcome.seen));
            return {
                ...inputs,
                ...this.spec.outputs(inputs, foundItems(this.spec, inputs, { applied }, found)),
                applied,
                before: { ...keptBefore(old, outcome.machine, applied), ...outcome.before },
                machine: outcome.machine,
                schemaVersion: 1,
            };
        } catch (error) {
            const failure = named(inputs, error);
            if (written === undefined) throw failure;
            const memory = old === undefined ? { applied: {}, before: {}, machine: written } : this.beyondMirror(old);
            throw new PartialFailure(id, { ...memory, ...inputs, schemaVersion: 1, incomplete: true }, failure);
        }
    }

    /**
     * The program names another host. The same machine under another name: nothing is written. Another machine: the old host
     * is looked at first, then the new one is made as declared, then the old one is released through the old connection; until
     * that succeeded the state keeps the old connection.
     */
    private async move(id: string, old: State, news: CommonInputs): Promise<Bag> {
        const machine = machineIdentity(await this.machineOf(news));
        if (machine === old.machine) return this.converge(id, news, old);

        const gone = await this.isGoneButKept(old);
        try {
            const outs = await this.converge(id, news, undefined);
            if (gone)
                return { ...outs, abandoned: { host: old.inputs.connection.host, machine: old.machine, items: Object.keys(old.applied) } };
            await this.releaseAll(id, old);
            return outs;
        } catch (error) {
            const failure = error instanceof PartialFailure ? error.failure : named(old.inputs, error);
            throw new PartialFailure(id, { ...old.stored, incomplete: true }, failure);
        }
    }

    private async machineOf(inputs: CommonInputs) {
        try {
            return await this.runtime.host(inputs.connection).machine();
        } catch (error) {
            throw named(inputs, error);
        }
    }

    private async isGoneButKept(old: State): Promise<boolean> {
        try {
            await this.runtime.host(old.inputs.connection).observe(lookAt(itemsOf(old)));
            return false;
        } catch (error) {
            if (!this.isToBeKept(old.inputs, error)) throw named(old.inputs, error);
            await this.runtime.log.unreachable(old.inputs.connection.host);
            return true;
        }
    }

    private async releaseAll(id: string, old: State): Promise<void> {
        const outcome = await reconcile(this.runtime.host(old.inputs.connection), {
            declarations: [],
            dropped: itemsOf(old),
            leftAlone: [],
            claim: this.claim(id, old.inputs.owner),
            superseded: false,
            onDelete: old.inputs.onDelete ?? "restore",
            memoryOn: memoryOf(old),
            onWrite: this.runtime.beforeWrite,
        });
        this.tell(old.inputs, outcome);
    }

    private claim(stamp: string, owner: string) {
        return { owner, stamp, now: this.runtime.now(), evict: this.runtime.evict };
    }

    private tell({ connection }: CommonInputs, { notes, warnings }: Reconciled): void {
        for (const note of notes) this.runtime.log.info(`${connection.host}: ${note}`);
        for (const warning of warnings) this.runtime.log.warn(`${connection.host}: ${warning}`);
    }

    private parseInputs(raw: Bag): CommonInputs {
        const parsed = this.spec.inputs.safeParse(raw);
        if (parsed.success) return parsed.data;
        throw new WmisecError("invalidInput", `${this.spec.name} has inputs that are not valid`, {
            said: parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("\n"),
            remedy: "correct the program; nothing was contacted",
        });
    }

    private isToBeKept({ unreachable }: CommonInputs, error: unknown): boolean {
        return unreachable === "keep" && !this.runtime.strict && isSilence(error);
    }

    private beyondMirror({ stored }: State): Record<string, unknown> {
        return Object.fromEntries(Object.entries(stored).filter(([key]) => !(key in this.spec.inputs.shape)));
    }

    /** What was last known stays; only that it is not known any more is new. */
    private silence({ inputs, unreachableSince }: State) {
        const items = this.spec.declared(inputs).map(({ label }): FoundItem => ({ label, live: "absent", status: "unreachable" }));
        return { status: this.spec.outputs(inputs, items).status, unreachableSince: unreachableSince ?? this.runtime.now() };
    }
}

const isSilence = (error: unknown): boolean => isWmisecError(error) && SILENT.has(error.code);

/** `before` of items that were left alone: they have not been joined, so no entry was asked for them. */
function keptBefore(old: State | undefined, machine: string, applied: State["applied"]): State["before"] {
    if (old === undefined || old.machine !== machine) return {};
    return Object.fromEntries(Object.entries(old.before).filter(([name]) => name in applied));
}

/** Errors of plans do not know which host they are about. */
function named({ connection }: CommonInputs, error: unknown): Error {
    if (isWmisecError(error)) return error.host === undefined ? error.on(connection.host, describeConnection(connection)) : error;
    return error instanceof Error ? error : new Error(String(error));
}

/** A refresh reads through the connection in the state, before the program runs: a corrected program does not help it. */
function withRecordedConnectionHint(error: Error): Error {
    if (!isWmisecError(error)) return error;
    const remedy = `${error.details.remedy}\nthis was read through the connection in the state; a newer one in the program takes effect with: pulumi up --refresh=false`;
    return new WmisecError(error.code, error.summary, { ...error.details, remedy });
}
