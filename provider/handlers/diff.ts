import { addressOf as addressOfConnection } from "../core/connection";
import { DEFAULT_COMPILER } from "../core/wire/compiler";
import { type CommonInputs, NO_OWNER, type ResourceSpec } from "../resources/resource";
import { appliedBy, type State } from "./state";

/** Undefined: the engine compares the inputs itself, which gives the clearest picture. */
export interface Difference {
    readonly changes?: boolean;
}

/**
 * Old outputs against new inputs; never asks for a replacement. Pure.
 *
 * During a refresh the engine calls it with the roles swapped (live outputs, recorded inputs): so it must not matter which
 * side a difference is on.
 */
export function diff(spec: ResourceSpec, old: State, news: CommonInputs): Difference {
    // An update that failed or was put off is asked for again, whatever the inputs look like.
    if (old.incomplete || leftInLedger(old)) return { changes: true };
    if (meaningOf(spec, old.inputs) !== meaningOf(spec, news)) return {};
    // Without this, drift that a refresh wrote into the state would look like agreement.
    if (old.inputs.owner === NO_OWNER || canonical(old.applied) !== canonical(appliedBy(spec, news))) return { changes: true };
    return canonical(old.inputs) === canonical(news) ? {} : { changes: false };
}

/**
 * Would carrying out `news` change nothing but how we work: credentials, `onDelete`, `unreachable`, `compiler`, what is asked of
 * the event log? Then no host is written to, and none is contacted but for its event log.
 */
export function changesOnlyHowWeWork(spec: ResourceSpec, old: State, news: CommonInputs): boolean {
    const wanted = canonical(appliedBy(spec, news));
    return (
        !old.incomplete &&
        !leftInLedger(old) &&
        old.inputs.owner === news.owner &&
        addressOf(old.inputs) === addressOf(news) &&
        canonical(old.applied) === wanted &&
        canonical(appliedBy(spec, old.inputs)) === wanted
    );
}

const HOW_WE_WORK = ["onDelete", "unreachable", "compiler", "evidence"] as const;

/**
 * What of `news` can be recorded although the host does not answer: how we work there, and how we get in where it leads to the same host.
 * @returns the names of the inputs that are recorded, and the state's inputs with them; absent ones are undefined
 */
export function howWeWork(old: State, news: CommonInputs): { readonly changed: readonly string[]; readonly inputs: Partial<CommonInputs> } {
    const names = [...HOW_WE_WORK, ...(addressOf(old.inputs) === addressOf(news) ? (["connection"] as const) : [])];
    const inputs: Readonly<Record<string, unknown>> = Object.fromEntries(names.map((name) => [name, Reflect.get(news, name)]));
    return {
        changed: names.filter((name) => canonical(Reflect.get(old.inputs, name) ?? null) !== canonical(inputs[name] ?? null)),
        inputs,
    };
}
/** A killed run left something there, or on another machine, that nobody declares. */
const leftInLedger = ({ undeclared, unfinishedMoves }: State): boolean => Object.keys(undeclared).length > 0 || unfinishedMoves.length > 0;

/** Where the connection leads; the rest of it is how we get in. */
export const addressOf = ({ connection }: CommonInputs): string => canonical(addressOfConnection(connection));

/** Two spellings of the same wish have the same meaning: `root\CIMV2` and `root/cimv2`, a default written out or not. */
function meaningOf(spec: ResourceSpec, inputs: CommonInputs): string {
    const { connection, owner, onDelete = "restore", unreachable = "error", compiler = DEFAULT_COMPILER } = inputs;
    const items = appliedBy(spec, inputs);
    return canonical({ connection, owner, onDelete, unreachable, compiler, items, evidence: spec.evidence?.sinceMs(inputs) });
}

/** JSON with sorted keys and without absent fields: equal text, equal value. */
function canonical(value: unknown): string {
    return JSON.stringify(value, (_key, inner: unknown) =>
        typeof inner === "object" && inner !== null && !Array.isArray(inner)
            ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
            : inner,
    );
}
