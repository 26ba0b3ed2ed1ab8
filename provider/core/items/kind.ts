import type { z } from "zod";
import type { ErrorCode, WmisecError } from "../errors";
import type { Compilation } from "../mof/compilation";
import type { NamespacePath } from "../namespacePath";
import type { Compiler } from "../wire/compiler";
import type { List } from "../wire/observation";
import type { Step, StepOf } from "../wire/step";

/** One thing that policy governs. Only its kind knows its other fields. */
export interface Item {
    readonly type: string;
    /** The program's spelling, if known and different. For messages only, so that people find it in their program. */
    readonly asWritten?: string | undefined;
}

/** What an item can be found as, besides its values. `incomplete`: only a part exists, or it is not what we would have made. */
export type NoValue = "missing" | "incomplete";

/** A reading that did not fail. */
export type Succeeded<Reading extends { readonly state: string }> = Exclude<Reading, { readonly state: "failed" }>;

/** What a reading says about an item. */
export interface Facts<Value> {
    /** The live value. If two readings contradict each other, the stored one. */
    readonly live: Value | NoValue;
    /** What the value may turn out to be: only `live`, unless two readings contradict each other. */
    readonly possible: readonly (Value | NoValue)[];
    /** Two readings contradict each other. */
    readonly contradictory: boolean;
    /** What a definition says about the namespace it is declared for; undefined for other items, and if the file is missing. */
    readonly definitionFlag?: boolean | "absent" | "unreadable" | undefined;
}

/** An observed item, with the types that its kind knows. */
export interface KindState<I = Item, Reading = unknown, Value = unknown> extends Facts<Value> {
    readonly item: I;
    readonly reading: Reading;
    /** The namespace does not exist, so nothing that concerns it can exist or be missed. */
    readonly namespaceMissing: boolean;
}

/** One write, and the value after it. */
export interface Change<Value = unknown> {
    readonly step: Step;
    readonly to: Value;
}

/** How to restore an item. */
export interface PutBack {
    /** Empty if there is nothing to do, or nothing may be done. */
    readonly steps: readonly Step[];
    /** Why the item stays as it is although it differs from `before`. */
    readonly leftReason?: string;
}

/** Why an item is read: to make it as declared, or to restore it. */
export type Purpose = "declare" | "release";

/** Everything that depends on the kind of step. */
export interface StepKind<S extends Step = Step> {
    /** The step in words: `compiling the MOF for root/cimv2`. */
    describe(step: S): string;
    /** What the step compiles; absent if it compiles nothing. */
    compiles?(step: S): Compilation["about"];
    /** The remedy if the host denies the step. Default: the one for an account with too few rights. */
    readonly whenDenied?: string;
    /** How often a compiler runs. Default: at most once. */
    readonly compilerRuns?: number;
    /** What to observe, from its kind's list, in the same request, so that the agent first removes what killed runs left beside it. */
    alsoObserves?(step: S): unknown;
    /**
     * What the step sets for other namespaces; absent if nothing.
     * @throws WmisecError if that can't be determined
     */
    alsoSets?(step: S): AlsoSet;
}

/** What a step sets besides its own item, and the texts for the error if another owner wants something else. */
export interface AlsoSet {
    readonly flags: ReadonlyMap<NamespacePath, boolean>;
    /** `compiling FILE` */
    readonly doing: string;
    /** `to edit FILE` */
    readonly tried: string;
    remedy(namespace: NamespacePath): string;
}

/**
 * Everything that depends on the kind of item. All other code iterates over the list of kinds (kinds.ts).
 * @template Value what the item can be
 * @template Want what an owner may declare for it
 */
export interface ItemKind<
    I extends Item = Item,
    Reading extends { readonly state: string } = { readonly state: string },
    Value = unknown,
    Want = Value,
> {
    readonly type: I["type"];
    /** Its list in an observation. */
    readonly list: List;
    /** What the item is set to and found as, in the format of the ledger and the state. */
    readonly value: z.ZodType<Value>;
    /** What an owner declares for it, in the format of the ledger and the state. */
    readonly want: z.ZodType<Want>;
    /**
     * The item represents its namespace. A missing namespace is reported on this item only, and it is released last, so that no later step
     * of ours sets the flag again.
     */
    readonly isNamespace: boolean;
    /** If it can't be read, the resource's other items are still reported: only the file's owners can fix it. */
    readonly failsAlone: boolean;

    /** Its name in the ledger, after `TYPE:`. */
    nameOf(item: I): string;
    /** The item with that name, in any spelling; undefined if this provider can't have written it. */
    fromName(name: string): I | undefined;
    describe(item: I): string;
    /** How the program spells it; undefined if only the ledger's spelling is known, or if both are the same. */
    spellingOf(item: I): string | undefined;
    /** The namespace that the item concerns. */
    namespaceOf(item: I): NamespacePath | undefined;
    /** The entry in an observe request that asks for it. */
    requestFor(item: I): unknown;
    /** Whether a reading from its list belongs to the item. */
    isReadingOf(item: I, reading: Reading): boolean;

    facts(item: I, reading: Succeeded<Reading>): Facts<Value>;
    meansSame(a: Value | Want, b: Value | Want): boolean;
    describeValue(value: Value | Want): string;
    /** Whether the item protects with that value: giving it another one weakens the host. False where the value does not tell. */
    protects(value: Value | Want): boolean;
    /** The value that satisfies a declaration, if the declaration determines one. */
    valueIn(want: Want): Value | undefined;
    /** Whether an item whose namespace exists is as declared. Default: the live value means the same, and no reading contradicts it. */
    isSatisfied?(want: Want, found: Facts<Value>): boolean;

    /** The one step that sets the item to a value; absent for a kind that can only be edited and restored. */
    write?(to: Value, state: KindState<I, Succeeded<Reading>, Value>, compiler: Compiler): Step;
    /**
     * The one step that makes the item as declared, provided that it is unchanged since the observation.
     * @throws WmisecError
     */
    changeTo(want: Want, state: KindState<I, Succeeded<Reading>, Value>, compiler: Compiler): Change<Value>;
    /**
     * What restores `before`, if the host still has what we wrote.
     * @param ours what we wrote, or were writing
     */
    putBack(state: KindState<I, Succeeded<Reading>, Value>, before: Value, ours: readonly Value[], compiler: Compiler): PutBack;
    /** Absence can't be restored: FALSE, which means the same, takes its place. */
    readonly absentBecomesFalse: boolean;
    /** The error if the same owner may not change its declaration from `wanted` to `want` in one run. */
    handOverError?(item: I, wanted: Want, want: Want): WmisecError | undefined;
    /**
     * Whether a write must replace the recorded `before` with what it finds now.
     * @param history what the ledger has; undefined if it has no entry
     */
    resetsBefore?(
        state: KindState<I, Succeeded<Reading>, Value>,
        history: ItemHistory<Value> | undefined,
        to: Value,
    ): BeforeReset | undefined;
    /** What to tell the user if the item stays as we made it. */
    leftBehind?(item: I): string;

    /** The remedy if the host denies reading it. Default: the one for an account with too few rights. */
    readonly whenDenied?: string;
    /** The remedy if the item is to be restored and could not be read. @param remedy how to make it readable */
    giveUp?(code: ErrorCode, remedy: string): string;
    /** The remedy if the item is not as declared after a write that the host reported as done. */
    readonly unmetRemedy: string;
    /** @param label the program's name for it */
    nameInDrift(item: I, label: string): string;
    /** @param found what was found, in words. @returns `is false` */
    foundInDrift(state: KindState<I, Succeeded<Reading>, Value>, found: string): string;
    /** The largest possible ledger entry; absent if the item's value may have any length. */
    largestEntry?(item: I): { readonly value: Value; readonly want: Want };

    readonly steps: { readonly [Do in Step["do"]]?: StepKind<StepOf<Do>> };
}

/** What the ledger has recorded about an item. */
export interface ItemHistory<Value = unknown> {
    readonly before: Value;
    /** What we wrote last: certainly, or possibly. */
    readonly written: readonly Value[];
}

export interface BeforeReset {
    /** What a person should look into. */
    readonly warning?: string;
}

export const isNoValue = (value: unknown): value is NoValue => value === "missing" || value === "incomplete";

/** As the kind's `meansSame`, also for items that have no value. */
export const sameFor = <V, W>(kind: Pick<ItemKind<Item, never, V, W>, "meansSame">, a: V | W | NoValue, b: V | W | NoValue): boolean =>
    isNoValue(a) || isNoValue(b) ? a === b : kind.meansSame(a, b);

/** The value in words. */
export const describeFor = <V, W>(kind: Pick<ItemKind<Item, never, V, W>, "describeValue">, value: V | W | NoValue): string =>
    isNoValue(value) ? value : kind.describeValue(value);

/** `asWritten` for an item with a path. */
export const asWritten = (plain: string, spelled = plain): Pick<Item, "asWritten"> => (spelled === plain ? {} : { asWritten: spelled });
