import { createHash } from "node:crypto";
import { WmisecError } from "../errors";
import {
    canBeWanted,
    canHave,
    describeItem,
    flagOf,
    flagsIn,
    type Item,
    itemName,
    namespaceOf,
    type Reading,
    readingOf,
    readingsDiffer,
} from "../items/item";
import { describeLive, type LiveValue } from "../items/itemValue";
import { type Purpose, readingError } from "../items/readingError";
import { flagInDefinition } from "../mof/document";
import { autorecoverMof } from "../mof/generate";
import { LEDGER_KEY } from "../registry";
import type { Observation, RegistrationReading } from "../wire/observation";
import { type LedgerEntry, type ParsedEntry, parseEntry, writtenBy } from "./entry";

/** What the ledger has on one item. */
export interface ItemRecord {
    readonly item: Item;
    readonly entry: LedgerEntry | undefined;
    /** The entry as it stands there; null where there is none. */
    readonly entryText: string | null;
}

/** A reading that did not fail. */
export type SoundReading = Exclude<Reading, { readonly state: "failed" }>;

/** What an observation says of one item, together with the ledger's entry. */
export interface Look extends ItemRecord {
    readonly reading: SoundReading;
    /** Where the two carriers of a namespace's flag contradict each other: as it is stored. */
    readonly live: LiveValue;
    /** What it may turn out to be: `live` alone, unless the two carriers contradict each other. */
    readonly maybe: readonly LiveValue[];
    /** What a definition says of the namespace that it is declared for; undefined for other items, and where the file is missing. */
    readonly says?: boolean | "absent" | "unreadable" | undefined;
    /** The namespace's two carriers of the flag contradict each other. */
    readonly differs: boolean;
    /** There is no such namespace: nothing that is about it can be had or missed. */
    readonly moot: boolean;
}

/**
 * @throws denied, unexpectedValue, definitionUnsafe, definitionUnreadable, hostError when the item could not be read;
 *     ledgerGarbled, ledgerTooNew when its entry can't be: unknown is never taken for absent.
 */
export function lookOf(item: Item, seen: Observation, purpose: Purpose = "declare"): Look {
    const reading = readingOf(item, seen);
    if (reading.state === "failed") throw readingError(item, reading.failure, purpose);
    const live = liveOf(reading);
    return {
        ...recordOf(item, seen),
        reading,
        live,
        maybe: "flag" in reading ? flagsIn(reading.flag) : [live],
        says: saidBy(item, reading),
        differs: "flag" in reading && readingsDiffer(reading.flag),
        moot: isMoot(item, seen),
    };
}

/**
 * What the ledger says of the item.
 * @throws WmisecError ledgerGarbled, ledgerTooNew
 */
export function recordOf(item: Item, seen: Observation): ItemRecord {
    const name = itemName(item);
    const record = seen.ledger.find(({ item }) => item === name);
    const parsed = fitting(item, parseEntry(record?.text));
    if (parsed.state === "garbled" || parsed.state === "tooNew") {
        throw new WmisecError(
            parsed.state === "garbled" ? "ledgerGarbled" : "ledgerTooNew",
            parsed.state === "garbled"
                ? `the ledger's entry for ${describeItem(item)} is not one of ours`
                : `the ledger's entry for ${describeItem(item)} was written by a newer release`,
            {
                said: record?.text ?? "a value that is not REG_SZ",
                remedy:
                    parsed.state === "garbled"
                        ? `look at HKLM\\${LEDGER_KEY}, value ${name}: delete it if nobody needs what it remembers, then run again`
                        : "use the release of pulumi-wmisec that wrote it, or a newer one",
            },
        );
    }
    return { item, entry: parsed.state === "entry" ? parsed.entry : undefined, entryText: record?.text ?? null };
}

/** An entry about what the item can't be is not one of ours. */
function fitting(item: Item, parsed: ParsedEntry): ParsedEntry {
    if (parsed.state !== "entry") return parsed;
    const { before, owners } = parsed.entry;
    const fits =
        [before, ...writtenBy(parsed.entry)].every((value) => canHave(item, value)) &&
        owners.every(({ wants }) => canBeWanted(item, wants));
    return fits ? parsed : { state: "garbled" };
}

/** What was found, as a person reads it: of a definition, what it says. */
export const describeFound = ({ live, says, differs }: Pick<Look, "live" | "says" | "differs">): string =>
    differs ? "contradictory (parent and singleton disagree)" : says === "unreadable" ? says : describeLive(says ?? live);

/** Lower-case hex, as the agent tells it. */
export const sha256 = (bytes: Uint8Array | string): string => createHash("sha256").update(bytes).digest("hex");

function liveOf(reading: SoundReading): LiveValue {
    if ("flag" in reading) return flagOf(reading.flag);
    if ("data" in reading) return reading.data;
    if ("registered" in reading) return registrationIn(reading);
    if ("content" in reading) return { sha256: sha256(Buffer.from(reading.content, "base64")) };
    return reading.state === "missing" ? "missing" : "absent";
}

function registrationIn({ path, registered, file }: Extract<RegistrationReading, { readonly state: "read" }>): LiveValue {
    if (!registered && file === null) return "absent";
    if (!registered) return "incomplete";
    return [true, false].find((required) => sha256(autorecoverMof(path, required)) === file) ?? "incomplete";
}

function saidBy(item: Item, reading: SoundReading): Look["says"] {
    if (item.type !== "definition" || item.namespace === undefined || !("content" in reading)) return undefined;
    const said = flagInDefinition(Buffer.from(reading.content, "base64"), item.namespace);
    return said.ok ? said.flag : "unreadable";
}

function isMoot(item: Item, seen: Observation): boolean {
    const about = namespaceOf(item);
    return seen.namespaces.some(({ path, state }) => path === about && state === "missing");
}
