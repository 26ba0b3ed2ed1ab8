import { z } from "zod";
import { canonical } from "../core/canonical";
import { type Connection, storedConnectionSchema } from "../core/connection";
import { WmisecError } from "../core/errors";
import { itemName, itemNamed, spelledAs, spellingOf } from "../core/items/item";
import type { Item } from "../core/items/kind";
import { type ItemValue, kindOf } from "../core/items/kinds";
import type { BegunMove } from "../core/ledger/begunMove";
import type { Declaration } from "../core/ledger/declaration";
import type { Memory } from "../core/ledger/plan";
import { parsed } from "../core/text/plainWords";
import { type AbandonedHost, bookkeeping, type CarriedOut, commonOutputs, type FormerHost } from "../resources/commonOutputs";
import { type CommonInputs, NO_OWNER, type ResourceSpec } from "../resources/resource";

/** What a resource's state holds besides the copy of its inputs. `applied` is the name that `__applied` had in older states. */
const memorySchema = z.object({ ...bookkeeping, ...commonOutputs, applied: bookkeeping.__applied });

type Memorized = Omit<z.infer<typeof memorySchema>, "schemaVersion" | "__applied" | "applied"> & Pick<FormerHost, "applied">;
/** The same, readonly. */
export type Remembered = {
    readonly [K in keyof Memorized]: Memorized[K] extends readonly (infer One)[] | undefined ? readonly One[] | undefined : Memorized[K];
};

/** A state in its three parts. The state file has them side by side. */
export interface Stored {
    /** Under the same keys as the program's inputs, so the engine keeps secret inputs secret. */
    readonly inputs: CommonInputs;
    /** The resource's outputs for programs. */
    readonly outputs: Readonly<Record<string, unknown>>;
    readonly memory: Remembered;
}

export interface State {
    readonly inputs: CommonInputs;
    readonly applied: Readonly<Record<string, CarriedOut>>;
    readonly incomplete: boolean;
    readonly before: Readonly<Record<string, ItemValue>>;
    readonly machine: string;
    readonly unreachableSince: string | undefined;
    readonly unreleased: readonly FormerHost[];
    readonly abandoned: readonly AbandonedHost[];
    /** The owner in the ledger, even if a read found no entry and the state's inputs have `NO_OWNER`. */
    readonly owner: string;
    readonly undeclared: Readonly<Record<string, string>>;
    /** The program's spelling of the items, by item name, if it differs from the ledger's. */
    readonly spelled: Readonly<Record<string, string>>;
    readonly unfinishedMoves: NonNullable<Remembered["unfinishedMoves"]>;
    /** For parts that are kept unchanged. */
    readonly stored: Stored;
}

/**
 * The only function that writes states. It omits empty values: no `incomplete: false`, no empty `unreleased`. It also omits what was carried
 * out if that is what the inputs say.
 */
export function formatState(
    spec: ResourceSpec,
    { inputs, outputs, memory: { applied, before, machine, ...more } }: Stored,
): Record<string, unknown> {
    const asInputsSay = canonical(applied) === canonical(appliedBy(spec, inputs));
    return {
        ...outputs,
        ...without(isMissing, inputs),
        ...without(isNothing, more),
        ...({ ...(!asInputsSay && { __applied: applied }), before, machine, schemaVersion: 1 } satisfies z.infer<typeof memorySchema>),
    };
}

const without = (isLeftOut: (value: unknown) => boolean, values: object): Record<string, unknown> =>
    Object.fromEntries(Object.entries(values).filter(([, value]) => !isLeftOut(value)));

const isMissing = (value: unknown): boolean => value === undefined;

const isNothing = (value: unknown): boolean =>
    value === undefined || value === false || (typeof value === "object" && value !== null && Object.keys(value).length === 0);

/** @throws WmisecError invalidInput for a state that this release can't read; no host was contacted */
export function parseState(spec: ResourceSpec, stored: Readonly<Record<string, unknown>>): State {
    const { mirror, rest } = split(spec, stored);
    const policy = parsed(spec.inputs, { ...mirror, connection: ANY });
    const connection = parsed(STORED_CONNECTION, { connection: stored["connection"] });
    const memory = parsed(memorySchema, stored);
    if (!policy.success || !connection.success || !memory.success) {
        const where = [policy, connection, memory].flatMap(({ error }) =>
            (error?.issues ?? []).map(({ path, message }) => `${path.join(".")}: ${message}`),
        );
        throw new WmisecError("invalidInput", "the state of this resource can't be read by this release of pulumi-wmisec", {
            said: where.slice(0, 5).join("\n"),
            remedy: "use the release that wrote it, or a newer one; if the state was edited by hand, restore it",
        });
    }
    const inputs = { ...policy.data, ...connection.data };
    const { schemaVersion: _version, applied: older, __applied: applied = older ?? appliedBy(spec, inputs), ...remembered } = memory.data;
    const {
        before,
        machine,
        incomplete = false,
        unreachableSince,
        unreleased = [],
        abandoned = [],
        undeclared = {},
        unfinishedMoves = [],
    } = remembered;
    const owner = inputs.owner === NO_OWNER ? (memory.data.lastOwner ?? NO_OWNER) : inputs.owner;
    const outputs = Object.fromEntries(Object.entries(rest).filter(([key]) => !(key in memorySchema.shape)));
    return {
        inputs,
        applied,
        before,
        machine,
        incomplete,
        unreachableSince,
        unreleased,
        abandoned,
        owner,
        undeclared,
        spelled: spelledBy(spec, inputs),
        unfinishedMoves,
        stored: { inputs, outputs, memory: { ...remembered, applied } },
    };
}

/** The connection has a schema of its own in a state. */
const STORED_CONNECTION = z.object({ connection: storedConnectionSchema });
const ANY: Connection = { host: "any", user: "any" };

/** Separates the copy of the inputs from everything else. */
function split(spec: ResourceSpec, stored: Readonly<Record<string, unknown>>): { readonly mirror: object; readonly rest: object } {
    const entries = Object.entries(stored).filter(([, value]) => value !== undefined);
    return {
        mirror: Object.fromEntries(entries.filter(([key]) => key in spec.inputs.shape)),
        rest: Object.fromEntries(entries.filter(([key]) => !(key in spec.inputs.shape))),
    };
}

const spelledBy = (spec: ResourceSpec, inputs: CommonInputs): Record<string, string> =>
    Object.fromEntries(
        spec.declared(inputs).flatMap(({ item }) => {
            const spelling = spellingOf(item);
            return spelling === undefined ? [] : [[itemName(item), spelling]];
        }),
    );

/** `applied` once these inputs are carried out. */
export function appliedBy(spec: ResourceSpec, inputs: object): Record<string, CarriedOut> {
    return Object.fromEntries(
        spec.declared(inputs).map(({ item, declaration }) => {
            if (typeof declaration === "string") return [itemName(item), { leftAlone: declaration }];
            const { want, alsoFine, whenMissing } = declaration;
            return [itemName(item), { want, alsoFine: [...alsoFine], whenMissing }];
        }),
    );
}

/** What the last create or update declared for an item; undefined if it left the item alone or did not know it. */
export function declarationOf({ applied }: Pick<State, "applied">, item: Item): Declaration | undefined {
    const carried = applied[itemName(item)];
    return carried === undefined || "leftAlone" in carried ? undefined : { item, ...carried };
}

/**
 * The host of this state, in the form in which it is kept once the resource has moved away.
 * @param instead the owner, if a read found none on the host and the state does not know it
 */
export const asFormerHost = ({ inputs, owner, machine, applied, before, incomplete, spelled }: State, instead = owner): FormerHost => ({
    connection: inputs.connection,
    owner: owner === NO_OWNER ? instead : owner,
    machine,
    applied,
    before,
    ...(Object.keys(spelled).length > 0 && { spelled }),
    ...(inputs.compiler !== undefined && { compiler: inputs.compiler }),
    ...(incomplete && { incomplete }),
});

/** Names of the items that the last create or update declared something for. */
export const wantedItems = ({ applied }: Pick<State, "applied">): string[] =>
    Object.entries(applied).flatMap(([name, carried]) => ("leftAlone" in carried ? [] : [name]));

/** Every item that may have been written under this state. */
export const itemsOf = ({ applied, before, spelled }: Pick<FormerHost, "applied" | "before" | "spelled">): Item[] =>
    [...new Set([...Object.keys(applied), ...Object.keys(before)])].flatMap((name) => {
        const item = itemNamed(name);
        return item === undefined ? [] : [spelledAs(item, spelled?.[name])];
    });

/** What one of these remembers about this machine; used if the ledger's entry is lost. */
export function memoryOf(
    machine: string,
    remembered: readonly Pick<FormerHost, "applied" | "before" | "machine">[],
): ReadonlyMap<string, Memory> {
    const state = remembered.find((one) => one.machine === machine);
    if (state === undefined) return new Map();
    return new Map(
        itemsOf(state).flatMap((item) => {
            const before = state.before[itemName(item)];
            const want = declarationOf(state, item)?.want;
            const put = want === undefined ? undefined : kindOf(item).valueIn(want);
            return before === undefined ? [] : [[itemName(item), { before, put }] as const];
        }),
    );
}

/** What the state remembers about moves with an unknown outcome. */
export const unfinishedMovesOf = (moves: readonly BegunMove[]): NonNullable<Remembered["unfinishedMoves"]> =>
    moves.map(({ to, since }) => ({ host: to.host, machine: to.machine, since }));

/** Machines that this state knows: a move to one of them is complete. */
export const machinesOf = ({ machine, unreleased, abandoned }: Pick<State, "machine" | "unreleased" | "abandoned">): ReadonlySet<string> =>
    new Set([machine, ...[...unreleased, ...abandoned].map((one) => one.machine)]);
