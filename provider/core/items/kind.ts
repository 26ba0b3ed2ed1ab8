import type { z } from "zod";
import type { ErrorCode, WmisecError } from "../errors";
import type { Compilation } from "../mof/compilation";
import type { NamespacePath } from "../namespacePath";
import type { Compiler } from "../wire/compiler";
import type { List } from "../wire/observation";
import type { Step, StepOf } from "../wire/step";

/** One thing that policy is about. What else is in it only its kind knows. */
export interface Item {
    readonly type: string;
    /** As the program spells it, where that is known and another spelling: for people only, who look for it in their program. */
    readonly asWritten?: string | undefined;
}

/** What an item can be found as, beside its values. `incomplete`: there in part, or in a way that is not ours. */
export type NoValue = "missing" | "incomplete";

/** A reading that did not fail. */
export type Succeeded<Reading extends { readonly state: string }> = Exclude<Reading, { readonly state: "failed" }>;

/** What a reading says of an item. */
export interface Facts<Value> {
    /** Where two carriers of it contradict each other: as it is stored. */
    readonly live: Value | NoValue;
    /** What it may turn out to be: `live` alone, unless two carriers contradict each other. */
    readonly maybe: readonly (Value | NoValue)[];
    /** Two carriers contradict each other. */
    readonly differs: boolean;
    /** What a definition says of the namespace that it is declared for; undefined for other items, and where the file is missing. */
    readonly definitionFlag?: boolean | "absent" | "unreadable" | undefined;
}

/** An item as it was seen, with the types that its kind knows. */
export interface KindState<I = Item, Reading = unknown, Value = unknown> extends Facts<Value> {
    readonly item: I;
    readonly reading: Reading;
    /** There is no such namespace: nothing that is about it can be had or missed. */
    readonly namespaceMissing: boolean;
}

/** One write, and what stands there once it is done. */
export interface Change<Value = unknown> {
    readonly step: Step;
    readonly to: Value;
}

/** How an item gets back to what stood there before. */
export interface PutBack {
    /** None where nothing is to be done, or nothing may be. */
    readonly steps: readonly Step[];
    /** Why it is left as it is, when it is not as before. */
    readonly left?: string;
}

/** What an item is looked at for: to be as declared, or to be put back. */
export type Purpose = "declare" | "release";

/** What is true of one kind of step. */
export interface StepKind<S extends Step = Step> {
    /** As a person says it: `compiling the MOF for root/cimv2`. */
    describe(step: S): string;
    /** What it compiles; absent for a step that compiles nothing. */
    compiles?(step: S): Compilation["about"];
    /** What to do where the host denies it; by default what helps an account that has too few rights. */
    readonly whenDenied?: string;
    /** How often a compiler runs, where that is not at most once. */
    readonly compilerRuns?: number;
    /** What of its kind's list is to be looked at in the same request, so that what killed runs left beside it goes first. */
    alsoObserves?(step: S): unknown;
    /**
     * What it sets of namespaces beside what it is about; absent for a step that sets nothing else.
     * @throws WmisecError where that can't be told
     */
    alsoSets?(step: S): AlsoSet;
}

/** What a step sets beside what it is about, and how that is said where somebody else wants it otherwise. */
export interface AlsoSet {
    readonly flags: ReadonlyMap<NamespacePath, boolean>;
    /** `compiling FILE` */
    readonly doing: string;
    /** `to edit FILE` */
    readonly tried: string;
    remedy(namespace: NamespacePath): string;
}

/**
 * What is true of one kind of items. Everything else goes over the list of kinds (kinds.ts).
 * @template Value what may stand there
 * @template Want what an owner may want of it
 */
export interface ItemKind<
    I extends Item = Item,
    Reading extends { readonly state: string } = { readonly state: string },
    Value = unknown,
    Want = Value,
> {
    readonly type: I["type"];
    /** Where in a look it is asked for. */
    readonly list: List;
    /** What it is put to and found as, as the ledger and the state store it. */
    readonly value: z.ZodType<Value>;
    /** What an owner wants of it, as the ledger and the state store it. */
    readonly want: z.ZodType<Want>;
    /** It stands for its namespace: that this is missing is told of it. It is released last: nothing of ours sets a flag again then. */
    readonly isNamespace: boolean;
    /** That it can't be read says nothing of the resource's other items: only its own users can put it right. */
    readonly unreadableAlone: boolean;

    /** Its name in the ledger, behind `TYPE:`. */
    nameOf(item: I): string;
    /** The item of that name; undefined where it is none that this provider may have written. Spelling may differ. */
    named(name: string): I | undefined;
    describe(item: I): string;
    /** How the program spells it; undefined where the ledger's spelling is all that is known, or is the same. */
    spellingOf(item: I): string | undefined;
    /** The namespace that it is about. */
    namespaceOf(item: I): NamespacePath | undefined;
    /** As its list in a look has it. */
    asked(item: I): unknown;
    /** Whether a reading of its list is about it. */
    isIn(item: I, reading: Reading): boolean;

    facts(item: I, reading: Succeeded<Reading>): Facts<Value>;
    meansSame(a: Value | Want, b: Value | Want): boolean;
    describeValue(value: Value | Want): string;
    /** What of a wish can stand there. */
    valueIn(want: Want): Value | undefined;
    /** Whether it is as wanted, its namespace being there; by default: what stands there means the same, and nothing contradicts it. */
    isMet?(want: Want, found: Facts<Value>): boolean;

    /** The one step that puts it to a value; absent for what can only be made to say something, and put back. */
    write?(to: Value, state: KindState<I, Succeeded<Reading>, Value>, compiler: Compiler): Step;
    /**
     * The one step that makes it what is wanted, provided that it is still as it was looked at.
     * @throws WmisecError
     */
    changeTo(want: Want, state: KindState<I, Succeeded<Reading>, Value>, compiler: Compiler): Change<Value>;
    /**
     * What puts it back to `before`, where the host still has what we wrote.
     * @param ours what we wrote there, or were writing
     */
    putBack(state: KindState<I, Succeeded<Reading>, Value>, before: Value, ours: readonly Value[], compiler: Compiler): PutBack;
    /** Absence can't be put back: FALSE, which means the same, takes its place. */
    readonly absentBecomesFalse: boolean;
    /** Why it can't be taken over as it is wanted now from how the same owner wanted it so far. */
    handedOver?(item: I, wanted: Want, want: Want): WmisecError | undefined;
    /**
     * Whether a write makes what it finds now the thing to put back, whatever the ledger remembers.
     * @param known what the ledger knows; undefined where it has no entry
     */
    supersedes?(state: KindState<I, Succeeded<Reading>, Value>, known: Known<Value> | undefined, to: Value): Superseded | undefined;
    /** What is to be known of it where it stays as we made it. */
    leftBehind?(item: I): string;

    /** What to do where the host denies a look at it; by default what helps an account that has too few rights. */
    readonly whenDenied?: string;
    /** What can be done where it is to be put back and could not be read. @param remedy what mends the reading */
    giveUp?(code: ErrorCode, remedy: string): string;
    /** What to do where it is not as declared after a write that was reported as done. */
    readonly unmetRemedy: string;
    /** @param label as the program has it */
    nameInDrift(item: I, label: string): string;
    /** @param found what was found, as a person reads it. @returns `is false` */
    foundInDrift(state: KindState<I, Succeeded<Reading>, Value>, found: string): string;
    /** What takes the most room in the ledger; absent where what stands there may have any length. */
    longest?(item: I): { readonly value: Value; readonly want: Want };

    readonly steps: { readonly [Do in Step["do"]]?: StepKind<StepOf<Do>> };
}

/** What the ledger knows of an item. */
export interface Known<Value = unknown> {
    readonly before: Value;
    /** Last put there by us: done, or maybe done. */
    readonly written: readonly Value[];
}

export interface Superseded {
    /** What somebody should look into. */
    readonly warning?: string;
}

export const isNoValue = (value: unknown): value is NoValue => value === "missing" || value === "incomplete";

/** What stands there may be nothing that the kind has a value for. */
export const sameFor = <V, W>(kind: Pick<ItemKind<Item, never, V, W>, "meansSame">, a: V | W | NoValue, b: V | W | NoValue): boolean =>
    isNoValue(a) || isNoValue(b) ? a === b : kind.meansSame(a, b);

/** As a person reads it. */
export const describeFor = <V, W>(kind: Pick<ItemKind<Item, never, V, W>, "describeValue">, value: V | W | NoValue): string =>
    isNoValue(value) ? value : kind.describeValue(value);

/** How an item is spelled that is known by its path. */
export const asWritten = (plain: string, spelled = plain): Pick<Item, "asWritten"> => (spelled === plain ? {} : { asWritten: spelled });
