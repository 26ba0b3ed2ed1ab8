import { z } from "zod";
import { encryptionMof } from "./mof";
import { type NamespacePath, parseNamespacePath } from "./namespacePath";
import {
    type FlagReadings,
    type NamespaceReading,
    NOTHING_BUT_LEDGER,
    type Observation,
    type ObserveRequest,
    type ValueReading,
} from "./observation";
import { describeValue, type RegistryData, type RegistryLocation, registryData, sameValue, UNSEC_APP_VALUE } from "./registry";
import type { Step } from "./step";

/** One thing that policy is about: a namespace's flag, or a registry value. */
export type Item =
    | { readonly type: "namespace"; readonly path: NamespacePath }
    | { readonly type: "value"; readonly location: RegistryLocation };

/**
 * What an item can be put to: TRUE, FALSE or no qualifier for a namespace; data with its kind, or absence, for a value.
 * Stored in the ledger and in the state.
 */
export const itemValue = z.union([z.boolean(), z.literal("absent"), registryData]);
export type ItemValue = boolean | "absent" | RegistryData;

/** What an item can be found as. */
export type LiveValue = ItemValue | "missing";

export const namespaceItem = (path: NamespacePath): Item => ({ type: "namespace", path });
export const UNSEC_APP_ITEM: Item = { type: "value", location: UNSEC_APP_VALUE };

/** The item's name in the ledger: `namespace:root/cimv2`, `value:SOFTWARE/Microsoft/WBEM/CIMOM/UnsecAppAccessControlDefault`. */
export function itemName(item: Item): string {
    return item.type === "namespace" ? `namespace:${item.path}` : `value:${item.location.key.replaceAll("\\", "/")}/${item.location.name}`;
}

/**
 * The item of that name, if it is one that this provider may have written: a ledger is somebody's word, and must not be
 * able to make us write anywhere else.
 */
export function itemNamed(name: string): Item | undefined {
    if (name === itemName(UNSEC_APP_ITEM)) return UNSEC_APP_ITEM;
    if (!name.startsWith("namespace:")) return undefined;
    const parsed = parseNamespacePath(name.slice("namespace:".length));
    return parsed.ok && itemName(namespaceItem(parsed.path)) === name ? namespaceItem(parsed.path) : undefined;
}

/** As a person says it. */
export const describeItem = (item: Item): string => (item.type === "namespace" ? item.path : item.location.name);

export function describeLive(value: LiveValue): string {
    return typeof value === "object" ? describeValue(value) : String(value);
}

/** What to ask a host to learn about these items. */
export function lookAt(items: Iterable<Item>): ObserveRequest {
    const request: { namespaces: NamespacePath[]; values: RegistryLocation[] } = { namespaces: [], values: [] };
    for (const item of items) {
        if (item.type === "namespace") request.namespaces.push(item.path);
        else request.values.push(item.location);
    }
    return { ...NOTHING_BUT_LEDGER, ...request };
}

/** @throws TypeError when the observation says nothing of the item: it was not asked for, which is a bug. */
export function readingOf(item: Item, seen: Observation): NamespaceReading | ValueReading {
    const reading =
        item.type === "namespace"
            ? seen.namespaces.find(({ path }) => path === item.path)
            : seen.values.find(({ key, name }) => key === item.location.key && name === item.location.name);
    if (reading === undefined) throw new TypeError(`${itemName(item)} was not observed`);
    return reading;
}

/** The flag is required if either carrier says TRUE; no qualifier at either is absence. */
export function flagOf({ effective, stored }: FlagReadings): boolean | "absent" {
    if (effective === true || stored === true) return true;
    return effective === false || stored === false ? false : "absent";
}

/** The two carriers contradict each other. No qualifier at either is no reading there. */
export const readingsDiffer = ({ effective, stored }: FlagReadings): boolean =>
    effective !== null && stored !== null && effective !== stored;

/**
 * Do two values mean the same for this item? A namespace without the qualifier lets everybody in, as with FALSE.
 * A registry value's absence and its "0" are different things to put back.
 */
export function meansSame(item: Item, a: LiveValue, b: LiveValue): boolean {
    if (item.type === "namespace") return (a === "absent" ? false : a) === (b === "absent" ? false : b);
    if (typeof a === "boolean" || typeof b === "boolean" || a === "missing" || b === "missing") return false;
    return sameValue(a, b);
}

/** The one step that puts the item to a value, provided that it is still as the reading says. */
export function writeStep(item: Item, reading: NamespaceReading | ValueReading, to: ItemValue): Step {
    if (item.type === "namespace" && "flag" in reading && typeof to !== "object") {
        return { do: "compileMof", path: item.path, expect: reading.flag, mof: encryptionMof(item.path, to === true), compiler: "mofcomp" };
    }
    if (item.type === "value" && "key" in reading && typeof to !== "boolean" && reading.state !== "failed") {
        return {
            do: "setValue",
            ...item.location,
            expect: reading.state === "present" ? reading.data : null,
            data: to === "absent" ? null : to,
        };
    }
    throw new TypeError(`${itemName(item)} can't be put to ${describeLive(to)}`);
}
