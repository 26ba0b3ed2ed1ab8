import type { Compiler } from "../wire/compiler";
import { describeFor, type Item, type ItemKind, type KindState, type PutBack, type Succeeded, sameFor } from "./kind";

type Written<I extends Item, R extends { readonly state: string }, V> = Pick<
    ItemKind<I, R, V>,
    "describe" | "describeValue" | "meansSame"
> &
    Required<Pick<ItemKind<I, R, V>, "write">>;

/**
 * Writes `before` if the live value is ours. If two readings contradict each other, it is enough that one of them is: nobody knows which
 * one lags, and the release deletes the entry, so there is no second chance. Writing a value that is already there does no harm.
 */
export function putBackByWrite<I extends Item, R extends { readonly state: string }, V>(
    kind: Written<I, R, V>,
    state: KindState<I, Succeeded<R>, V>,
    before: V,
    ours: readonly V[],
    compiler: Compiler,
): PutBack {
    const { item, live, possible } = state;
    const others = possible.filter((value) => !sameFor<V, V>(kind, value, before));
    if (others.length === 0) return { steps: [] };
    if (others.some((other) => ours.some((value) => sameFor<V, V>(kind, other, value))))
        return { steps: [kind.write(before, state, compiler)] };
    if (sameFor<V, V>(kind, live, before)) return { steps: [] };
    return {
        steps: [],
        leftReason: `${kind.describe(item)} was left as it is (${describeFor<V, V>(kind, live)}), because somebody changed it since; before our policy it was ${describeFor<V, V>(kind, before)}`,
    };
}
