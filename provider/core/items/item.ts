import { definitionFile } from "../definitionFile";
import { type NamespacePath, parseNamespacePath } from "../namespacePath";
import { type RegistryLocation, sameValue, UNSEC_APP_VALUE } from "../registry";
import {
    type DefinitionReading,
    type FlagReadings,
    type NamespaceReading,
    NOTHING_BUT_LEDGER,
    type Observation,
    type ObserveRequest,
    type RegistrationReading,
    type ValueReading,
} from "../wire/observation";
import type { ItemValue, LiveValue, Wanted } from "./itemValue";

/**
 * One thing that policy is about: a namespace's flag, a registry value, what a rebuilt repository makes of a namespace, or the MOF
 * file that defines a namespace.
 */
export type Item =
    | ({ readonly type: "namespace"; readonly path: NamespacePath } & Written)
    | { readonly type: "value"; readonly location: RegistryLocation }
    | ({ readonly type: "registration"; readonly path: NamespacePath } & Written)
    | ({
          readonly type: "definition";
          /** As its user spelled it, or in lower case as the ledger has it: Windows takes both for the same file. */
          readonly file: string;
          /** The namespace that it is declared for; undefined where only the ledger or the state names the file. */
          readonly namespace?: NamespacePath | undefined;
      } & Written);

interface Written {
    /** As the program spells it, where that is known and another spelling: for people only, who look for it in their program. */
    readonly asWritten?: string | undefined;
}

export type Reading = NamespaceReading | ValueReading | RegistrationReading | DefinitionReading;

const written = (plain: string, asWritten = plain): Written => (asWritten === plain ? {} : { asWritten });

/** @param asWritten the path as the program spells it */
export const namespaceItem = (path: NamespacePath, asWritten?: string): Item => ({ type: "namespace", path, ...written(path, asWritten) });
export const registrationItem = (path: NamespacePath, asWritten?: string): Item => ({
    type: "registration",
    path,
    ...written(path, asWritten),
});
export const definitionItem = (file: string, namespace?: NamespacePath): Item => ({ type: "definition", file, namespace });
export const UNSEC_APP_ITEM: Item = { type: "value", location: UNSEC_APP_VALUE };

/**
 * The item's name in the ledger: `namespace:root/cimv2`, `value:SOFTWARE/Microsoft/WBEM/CIMOM/UnsecAppAccessControlDefault`,
 * `registration:root/cimv2`, `definition:c:\contoso\contoso.mof`.
 */
export function itemName(item: Item): string {
    switch (item.type) {
        case "namespace":
        case "registration":
            return `${item.type}:${item.path}`;
        case "value":
            return `value:${item.location.key.replaceAll("\\", "/")}/${item.location.name}`;
        case "definition":
            return `definition:${item.file.toLowerCase()}`;
    }
}

/**
 * The item of that name, if it is one that this provider may have written: a ledger is somebody's word, and must not be
 * able to make us write anywhere else.
 */
export function itemNamed(name: string): Item | undefined {
    if (name === itemName(UNSEC_APP_ITEM)) return UNSEC_APP_ITEM;
    const item = candidate(name);
    return item !== undefined && itemName(item) === name ? item : undefined;
}

function candidate(name: string): Item | undefined {
    const colon = name.indexOf(":");
    const rest = name.slice(colon + 1);
    const type = name.slice(0, Math.max(colon, 0));
    if (type === "definition") return definitionFile.safeParse(rest).success ? definitionItem(rest) : undefined;
    if (type !== "namespace" && type !== "registration") return undefined;
    const parsed = parseNamespacePath(rest);
    return parsed.ok ? { type, path: parsed.path } : undefined;
}

/** How the program spells the item; undefined where the ledger's spelling is all that is known, or is the same. */
export const spellingOf = (item: Item): string | undefined => {
    if (item.type === "value") return undefined;
    const spelled = item.type === "definition" ? item.file : item.path;
    return item.asWritten ?? (item.type === "definition" && spelled !== spelled.toLowerCase() ? spelled : undefined);
};

/** The same item, told by that name. */
export const spelledAs = (item: Item, spelling: string | undefined): Item =>
    item.type === "value" || spelling === undefined ? item : { ...item, asWritten: spelling };

/** As a person says it. */
export function describeItem(item: Item): string {
    switch (item.type) {
        case "namespace":
            return item.asWritten ?? item.path;
        case "value":
            return item.location.name;
        case "registration":
            return `the registration of ${item.asWritten ?? item.path} for a rebuilt repository`;
        case "definition":
            return item.asWritten ?? item.file;
    }
}

/** Registrations and definitions are released before flags, so that nothing of ours can set a flag again once it is put back. */
export const inOrderOfRelease = (items: readonly Item[]): Item[] => {
    const isFlag = ({ type }: Item) => type === "namespace";
    return [...items.filter((item) => !isFlag(item)), ...items.filter(isFlag)];
};

/** The namespace that an item is about. */
export function namespaceOf(item: Item): NamespacePath | undefined {
    if (item.type === "value") return undefined;
    return item.type === "definition" ? item.namespace : item.path;
}

/** What to ask a host to learn about these items; whether the namespace is there that one is about, too. */
export function lookAt(items: Iterable<Item>): ObserveRequest {
    const namespaces = new Set<NamespacePath>();
    const values: RegistryLocation[] = [];
    const registrations: NamespacePath[] = [];
    const definitions: string[] = [];
    for (const item of items) {
        const about = namespaceOf(item);
        if (about !== undefined) namespaces.add(about);
        if (item.type === "value") values.push(item.location);
        else if (item.type === "registration") registrations.push(item.path);
        else if (item.type === "definition") definitions.push(item.file);
    }
    return { ...NOTHING_BUT_LEDGER, namespaces: [...namespaces], values, registrations, definitions };
}

/** @throws TypeError when the observation says nothing of the item: it was not asked for, which is a bug. */
export function readingOf(item: Item, seen: Observation): Reading {
    const reading = findReading(item, seen);
    if (reading === undefined) throw new TypeError(`${itemName(item)} was not observed`);
    return reading;
}

function findReading(item: Item, seen: Observation): Reading | undefined {
    switch (item.type) {
        case "namespace":
            return seen.namespaces.find(({ path }) => path === item.path);
        case "value":
            return seen.values.find(({ key, name }) => key === item.location.key && name === item.location.name);
        case "registration":
            return seen.registrations.find(({ path }) => path === item.path);
        case "definition":
            return seen.definitions.find(({ file }) => file.toLowerCase() === item.file.toLowerCase());
    }
}

/**
 * The flag as it is stored: what we write, and what is in force at the latest when the WMI service has been restarted. The parent is
 * asked only where the singleton has no qualifier; no qualifier at either is absence.
 */
export const flagOf = ({ effective, stored }: FlagReadings): boolean | "absent" => stored ?? effective ?? "absent";

/** What the flag may turn out to be once both carriers agree: both, while they contradict each other. */
export const flagsIn = (flag: FlagReadings): readonly (boolean | "absent")[] => (readingsDiffer(flag) ? [true, false] : [flagOf(flag)]);

/** The two carriers contradict each other. No qualifier at either is no reading there. */
export const readingsDiffer = ({ effective, stored }: FlagReadings): boolean =>
    effective !== null && stored !== null && effective !== stored;

/**
 * Do two values mean the same for this item? A namespace without the qualifier lets everybody in, as with FALSE.
 * A registry value's absence and its "0" are different things to put back, and so are no registration and one of FALSE.
 */
export function meansSame(item: Item, a: LiveValue | Wanted, b: LiveValue | Wanted): boolean {
    if (a === "missing" || b === "missing" || a === "incomplete" || b === "incomplete") return a === b;
    if (item.type === "namespace") return (a === "absent" ? false : a) === (b === "absent" ? false : b);
    if (typeof a !== "object" || typeof b !== "object") return a === b;
    if ("kind" in a && "kind" in b) return sameValue(a, b);
    if ("sha256" in a && "sha256" in b) return a.sha256 === b.sha256;
    return "requires" in a && "requires" in b && a.namespace === b.namespace && a.requires === b.requires;
}

/** Can the item have that value? An entry that says otherwise was not written by us. */
export function canHave({ type }: Item, value: ItemValue): boolean {
    if (type === "definition") return typeof value === "object" && "sha256" in value;
    if (type === "value") return value === "absent" || (typeof value === "object" && "kind" in value);
    return typeof value !== "object";
}

/** Can an owner want that of the item? */
export const canBeWanted = (item: Item, want: Wanted): boolean =>
    typeof want === "object" && "requires" in want ? item.type === "definition" : item.type !== "definition" && canHave(item, want);
