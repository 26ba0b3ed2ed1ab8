import { z } from "zod";
import { describeValue, type RegistryData, type RegistryLocation, registryData, sameValue, UNSEC_APP_VALUE } from "../registry";
import { FIND_WHAT_SETS_BACK } from "../remedies";
import type { ValueReading } from "../wire/registryValue";
import type { StepOf } from "../wire/step";
import type { Item, ItemKind, KindState, Succeeded } from "./kind";
import { putBackByWrite } from "./putBackByWrite";

export interface RegistryValueItem extends Item {
    readonly type: "value";
    readonly location: RegistryLocation;
}

export const UNSEC_APP_ITEM: RegistryValueItem = { type: "value", location: UNSEC_APP_VALUE };

/** Every registry value that this provider may write. */
const ITEMS = [UNSEC_APP_ITEM];

const value = z.union([z.literal("absent"), registryData]);

const nameOf = ({ location: { key, name } }: RegistryValueItem): string => `${key.replaceAll("\\", "/")}/${name}`;

type Value = z.infer<typeof value>;

/** An item's value as registry data; undefined if it is not registry data. */
export const dataIn = (value: unknown): RegistryData | undefined => registryData.safeParse(value).data;

export const registryValue: ItemKind<RegistryValueItem, ValueReading, Value> = {
    type: "value",
    list: "values",
    value,
    want: value,
    isNamespace: false,
    failsAlone: false,
    nameOf,
    fromName: (name) => ITEMS.find((item) => nameOf(item) === name),
    describe: ({ location }) => location.name,
    spellingOf: () => undefined,
    namespaceOf: () => undefined,
    requestFor: ({ location }) => location,
    isReadingOf: ({ location }, { key, name }) => key === location.key && name === location.name,
    facts: (_item, reading) => {
        const live = reading.state === "present" ? reading.data : "absent";
        return { live, possible: [live], contradictory: false };
    },
    // No value and "0" have the same effect, but a release must restore the right one.
    meansSame: sameValue,
    describeValue,
    protects: (value) => value !== "absent" && value.kind === "REG_SZ" && value.value === "1",
    valueIn: (want) => want,
    write,
    changeTo: (want, state) => ({ step: write(want, state), to: want }),
    putBack: (state, before, ours, compiler) => putBackByWrite({ ...registryValue, write }, state, before, ours, compiler),
    absentBecomesFalse: false,
    unmetRemedy: FIND_WHAT_SETS_BACK,
    nameInDrift: (_item, label) => label,
    foundInDrift: (_state, found) => `is ${found}`,
    steps: {
        setValue: { describe: ({ data, key, name }) => `${data === null ? "deleting" : "setting"} HKLM\\${key}\\${name}` },
    },
};

function write(to: Value, { item, reading }: KindState<RegistryValueItem, Succeeded<ValueReading>, Value>): StepOf<"setValue"> {
    return {
        do: "setValue",
        ...item.location,
        expect: reading.state === "present" ? reading.data : null,
        data: to === "absent" ? null : to,
    };
}
