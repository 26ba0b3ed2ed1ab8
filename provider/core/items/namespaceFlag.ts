import { z } from "zod";
import { encryptionMof } from "../mof/generate";
import { type NamespacePath, parseNamespacePath } from "../namespacePath";
import { FIND_WHAT_SETS_BACK } from "../remedies";
import type { Compiler } from "../wire/compiler";
import type { FlagReadings, NamespaceReading } from "../wire/namespaceFlag";
import type { StepOf } from "../wire/step";
import { asWritten, type Item, type ItemKind, type KindState, type Succeeded } from "./kind";
import { putBackByWrite } from "./putBackByWrite";

/** Whether a namespace requires encryption. */
export interface NamespaceFlag extends Item {
    readonly type: "namespace";
    readonly path: NamespacePath;
}

/** @param spelled the path as the program spells it */
export const namespaceItem = (path: NamespacePath, spelled?: string): NamespaceFlag => ({
    type: "namespace",
    path,
    ...asWritten(path, spelled),
});

const value = z.union([z.boolean(), z.literal("absent")]);

type Value = z.infer<typeof value>;

export const namespaceFlag: ItemKind<NamespaceFlag, NamespaceReading, Value> = {
    type: "namespace",
    list: "namespaces",
    value,
    want: value,
    isNamespace: true,
    failsAlone: false,
    nameOf: ({ path }) => path,
    fromName: (name) => {
        const parsed = parseNamespacePath(name);
        return parsed.ok ? namespaceItem(parsed.path) : undefined;
    },
    describe: ({ path, asWritten = path }) => asWritten,
    spellingOf: ({ asWritten }) => asWritten,
    namespaceOf: ({ path }) => path,
    requestFor: ({ path }) => path,
    isReadingOf: (item, { path }) => path === item.path,
    facts: (_item, reading) =>
        reading.state === "missing"
            ? { live: "missing", possible: ["missing"], contradictory: false }
            : { live: flagOf(reading.flag), possible: flagsIn(reading.flag), contradictory: readingsDiffer(reading.flag) },
    // A namespace without the qualifier accepts unencrypted clients, as with FALSE.
    meansSame: (a, b) => (a === "absent" ? false : a) === (b === "absent" ? false : b),
    describeValue: String,
    protects: (value) => value === true,
    valueIn: (want) => want,
    write,
    changeTo: (want, state, compiler) => ({ step: write(want, state, compiler), to: want }),
    putBack: (state, before, ours, compiler) =>
        state.namespaceMissing ? { steps: [] } : putBackByWrite({ ...namespaceFlag, write }, state, before, ours, compiler),
    absentBecomesFalse: true,
    unmetRemedy: FIND_WHAT_SETS_BACK,
    nameInDrift: (_item, label) => label,
    // "absent" alone would suggest that the namespace is missing.
    foundInDrift: ({ live, contradictory }, found) =>
        live === "absent" && !contradictory ? "has no RequiresEncryption qualifier" : `is ${found}`,
    largestEntry: () => ({ value: "absent", want: false }),
    steps: {
        compileMof: {
            describe: ({ path }) => `compiling the MOF for ${path}`,
            compiles: ({ path }) => ({ namespace: path }),
        },
    },
};

function write(
    to: Value,
    { item: { path }, reading }: KindState<NamespaceFlag, Succeeded<NamespaceReading>, Value>,
    compiler: Compiler,
): StepOf<"compileMof"> {
    if (reading.state === "missing") throw new TypeError(`${path} is missing, and has no flag to set`);
    const required = to === true;
    return { do: "compileMof", path, expect: reading.flag, mof: encryptionMof(path, required), required, compiler };
}

/**
 * The stored flag: what we write, and what takes effect at the latest after a restart of the WMI service. The parent counts only if the
 * singleton has no qualifier. If neither has one, the flag is absent.
 */
const flagOf = ({ effective, stored }: FlagReadings): boolean | "absent" => stored ?? effective ?? "absent";

/** What the flag may turn out to be once both readings agree. */
const flagsIn = (flag: FlagReadings): readonly (boolean | "absent")[] => (readingsDiffer(flag) ? [true, false] : [flagOf(flag)]);

/** The two readings contradict each other. A missing qualifier contradicts nothing. */
const readingsDiffer = ({ effective, stored }: FlagReadings): boolean => effective !== null && stored !== null && effective !== stored;
