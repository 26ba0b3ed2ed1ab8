import { canonical } from "../core/canonical";
import { addressOf as addressOfConnection } from "../core/connection";
import { DEFAULT_COMPILER } from "../core/wire/compiler";
import { type CommonInputs, NO_OWNER, type ResourceSpec } from "../resources/resource";
import { appliedBy, type State } from "./state";

/** Undefined: the engine compares the inputs itself, which shows the changes most clearly. */
export interface Difference {
    readonly changes?: boolean;
}

/**
 * Compares old outputs with new inputs. Never asks for a replacement. Pure.
 *
 * During a refresh the engine swaps the roles (live outputs, recorded inputs), so the result must not depend on which side a difference is
 * on.
 */
export function diff(spec: ResourceSpec, old: State, news: CommonInputs): Difference {
    // A failed or deferred update must be tried again, even if the inputs are equal.
    if (old.incomplete || leftInLedger(old)) return { changes: true };
    if (meaningOf(spec, old.inputs) !== meaningOf(spec, news)) return {};
    // Otherwise drift that a refresh wrote into the state would look like agreement.
    if (old.inputs.owner === NO_OWNER || canonical(old.applied) !== canonical(appliedBy(spec, news))) return { changes: true };
    return canonical(old.inputs) === canonical(news) ? {} : { changes: false };
}

/**
 * Does `news` change only settings that affect no item: credentials, `onDelete`, `unreachable`, `compiler`, or the event log query? Then no
 * host is written to, and a host is contacted only to read its event log.
 */
export function changesOnlySettings(spec: ResourceSpec, old: State, news: CommonInputs): boolean {
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

const SETTINGS = ["onDelete", "unreachable", "compiler", "evidence"] as const;

/**
 * The settings in `news` that can be recorded although the host does not answer. The connection is one of them if it leads to the same
 * host.
 * @returns the names of the changed inputs, and all these inputs for the state; absent ones are undefined
 */
export function recordableSettings(
    old: State,
    news: CommonInputs,
): { readonly changed: readonly string[]; readonly inputs: Partial<CommonInputs> } {
    const names = [...SETTINGS, ...(addressOf(old.inputs) === addressOf(news) ? (["connection"] as const) : [])];
    const inputs: Readonly<Record<string, unknown>> = Object.fromEntries(names.map((name) => [name, Reflect.get(news, name)]));
    return {
        changed: names.filter((name) => canonical(Reflect.get(old.inputs, name) ?? null) !== canonical(inputs[name] ?? null)),
        inputs,
    };
}
/** A killed run left something that nobody declares, there or on another machine. */
const leftInLedger = ({ undeclared, unfinishedMoves }: State): boolean => Object.keys(undeclared).length > 0 || unfinishedMoves.length > 0;

/** Where the connection leads, as opposed to how we log in. */
export const addressOf = ({ connection }: CommonInputs): string => canonical(addressOfConnection(connection));

/** Equal for inputs that mean the same: `root\CIMV2` and `root/cimv2`, or a default that is written out or omitted. */
function meaningOf(spec: ResourceSpec, inputs: CommonInputs): string {
    const { connection, owner, onDelete = "restore", unreachable = "error", compiler = DEFAULT_COMPILER } = inputs;
    const items = appliedBy(spec, inputs);
    return canonical({ connection, owner, onDelete, unreachable, compiler, items, evidence: spec.evidence?.sinceMs(inputs) });
}
