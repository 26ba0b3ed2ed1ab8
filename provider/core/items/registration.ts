import { z } from "zod";
import { AUTORECOVER_LIST } from "../mof/autorecover";
import { autorecoverMof } from "../mof/generate";
import { type NamespacePath, parseNamespacePath } from "../namespacePath";
import { sha256 } from "../sha256";
import type { Compiler } from "../wire/compiler";
import type { RegistrationReading } from "../wire/registration";
import type { StepOf } from "../wire/step";
import { asWritten, describeFor, type Item, type ItemKind, type KindState, type PutBack, type Succeeded, sameFor } from "./kind";

/** What a rebuilt repository sets for a namespace. */
export interface Registration extends Item {
    readonly type: "registration";
    readonly path: NamespacePath;
}

/** @param spelled the path as the program spells it */
export const registrationItem = (path: NamespacePath, spelled?: string): Registration => ({
    type: "registration",
    path,
    ...asWritten(path, spelled),
});

/** `absent`: nothing is registered. */
const value = z.union([z.boolean(), z.literal("absent")]);
type Value = z.infer<typeof value>;
type State = KindState<Registration, Succeeded<RegistrationReading>, Value>;

export const registration: ItemKind<Registration, RegistrationReading, Value> = {
    type: "registration",
    list: "registrations",
    value,
    want: value,
    isNamespace: false,
    failsAlone: false,
    nameOf: ({ path }) => path,
    fromName: (name) => {
        const parsed = parseNamespacePath(name);
        return parsed.ok ? registrationItem(parsed.path) : undefined;
    },
    describe,
    spellingOf: ({ asWritten }) => asWritten,
    namespaceOf: ({ path }) => path,
    requestFor: ({ path }) => path,
    isReadingOf: (item, { path }) => path === item.path,
    facts: (_item, reading) => {
        const live = liveIn(reading);
        return { live, possible: [live], contradictory: false };
    },
    // Absent is not the same as FALSE: a rebuild would restore the vendor's default.
    meansSame: (a, b) => a === b,
    describeValue: String,
    protects: (value) => value === true,
    valueIn: (want) => want,
    write,
    changeTo: (want, state, compiler) => ({ step: write(want, state, compiler), to: want }),
    putBack,
    absentBecomesFalse: false,
    unmetRemedy: `find out on the host what deletes our file or removes it from the list (HKLM\\${AUTORECOVER_LIST.key}, ${AUTORECOVER_LIST.name}), then run again`,
    nameInDrift: describe,
    foundInDrift: (_state, found) => `is ${found}`,
    largestEntry: () => ({ value: "absent", want: false }),
    steps: {
        registerMof: {
            describe: ({ path }) => `registering the MOF for ${path}`,
            compiles: ({ path }) => ({ namespace: path }),
        },
        unregisterMof: { describe: ({ path }) => `removing the registration of the MOF for ${path}` },
    },
};

function describe({ path, asWritten = path }: Registration): string {
    return `the registration of ${asWritten} for a rebuilt repository`;
}

/** `incomplete` if only the file or only the list entry exists, or if the file has another text than ours. */
function liveIn({ path, registered, file }: Succeeded<RegistrationReading>): State["live"] {
    if (!registered && file === null) return "absent";
    if (!registered) return "incomplete";
    return [true, false].find((required) => sha256(autorecoverMof(path, required)) === file) ?? "incomplete";
}

function write(to: Value, { item: { path }, reading }: State, compiler: Compiler): StepOf<"registerMof" | "unregisterMof"> {
    const expect = { registered: reading.registered, file: reading.file };
    if (to === "absent") return { do: "unregisterMof", path, expect };
    return { do: "registerMof", path, expect, mof: autorecoverMof(path, to), compiler };
}

/**
 * A registration is always ours: the file has our name and is in our folder. So a release removes it. It does not make it say something
 * else: only a compile registers, and that would also set the flag, which may already be restored.
 */
function putBack(state: State, before: Value, _ours: readonly Value[], compiler: Compiler): PutBack {
    if (sameFor<Value, Value>(registration, state.live, before)) return { steps: [] };
    if (before === "absent") return { steps: [write(before, state, compiler)] };
    return {
        steps: [],
        leftReason: `${describe(state.item)} was left as it is (${describeFor<Value, Value>(registration, state.live)}): before our policy it was ${String(before)}, but registering that again would also set the flag`,
    };
}
