import { z } from "zod";
import { definitionFile } from "../definitionFile";
import { MAX_DEFINITION_TEXT, MAX_LEDGER_READ, MAX_LEDGER_TEXT } from "../limits";
import type { NamespacePath } from "../namespacePath";
import { parseNamespacePath } from "../namespacePath";
import { registryData, registryLocation } from "../registry";
import { hostFailure } from "./hostFailure";

/** A path in its normal form; anything else is not an answer to what we asked. */
export const wirePath = z.string().transform((text, context): NamespacePath => {
    const parsed = parseNamespacePath(text);
    if (parsed.ok && parsed.path === text) return parsed.path;
    context.addIssue({ code: "custom", message: "is not a normalized namespace path" });
    return z.NEVER;
});

/**
 * The two readings of a namespace's RequiresEncryption flag.
 */
export const flagReadings = z.strictObject({
    /**
     * As the parent's `__Namespace` instance carries it (MS-WMI 3.1.4.18.2); null where the parent has no such qualifier,
     * which says nothing, and for `root`, which has no parent.
     */
    effective: z.boolean().nullable(),
    /** As the namespace's own `__SystemSecurity` singleton carries it (MS-WMI 2.2.30.3); null where it has no such qualifier. */
    stored: z.boolean().nullable(),
});
export type FlagReadings = z.infer<typeof flagReadings>;

export const namespaceReading = z.discriminatedUnion("state", [
    z.strictObject({ path: wirePath, state: z.literal("present"), flag: flagReadings }),
    z.strictObject({ path: wirePath, state: z.literal("missing") }),
    z.strictObject({ path: wirePath, state: z.literal("failed"), failure: hostFailure }),
]);
export type NamespaceReading = z.infer<typeof namespaceReading>;

export const valueReading = z.discriminatedUnion("state", [
    z.strictObject({ ...registryLocation.shape, state: z.literal("present"), data: registryData }),
    z.strictObject({ ...registryLocation.shape, state: z.literal("absent") }),
    z.strictObject({ ...registryLocation.shape, state: z.literal("failed"), failure: hostFailure }),
]);
export type ValueReading = z.infer<typeof valueReading>;

/** SHA-256 of a file's bytes, lower-case hex. */
export const fileHash = z.string().regex(/^[0-9a-f]{64}$/);

/** Whether a rebuilt repository would get a namespace's flag again: our MOF file under its stable name, and the list that names it. */
export const registrationReading = z.discriminatedUnion("state", [
    z.strictObject({
        path: wirePath,
        state: z.literal("read"),
        /** The registry's list names our file. */
        registered: z.boolean(),
        /** Null where there is no file. */
        file: fileHash.nullable(),
    }),
    z.strictObject({ path: wirePath, state: z.literal("failed"), failure: hostFailure }),
]);
export type RegistrationReading = z.infer<typeof registrationReading>;

/** A MOF file of somebody else that defines a namespace, and the backup that we keep beside it while we edit it. */
export const definitionReading = z.discriminatedUnion("state", [
    z.strictObject({
        file: definitionFile,
        state: z.literal("present"),
        /** The file's bytes, base64; at most MAX_DEFINITION_BYTES of them. */
        content: z.base64().max(MAX_DEFINITION_TEXT),
        /** Null where there is no backup. */
        backup: fileHash.nullable(),
    }),
    z.strictObject({ file: definitionFile, state: z.literal("missing"), backup: fileHash.nullable() }),
    z.strictObject({ file: definitionFile, state: z.literal("failed"), failure: hostFailure }),
]);
export type DefinitionReading = z.infer<typeof definitionReading>;

/** One value below the ledger's key; `text` is null where the value is not a REG_SZ. */
export const ledgerRecord = z.strictObject({ item: z.string().max(16383), text: z.string().max(MAX_LEDGER_TEXT).nullable() });
export type LedgerRecord = z.infer<typeof ledgerRecord>;

export const MAX_DEFINITIONS_ASKED = 8;

/** What to look at. The ledger is always looked at whole: it has one small entry an item. */
export const observeRequest = z.strictObject({
    namespaces: z.array(wirePath).max(2000),
    values: z.array(registryLocation).max(100),
    /** Namespaces whose registration for a rebuild is looked at. */
    registrations: z.array(wirePath).max(2000),
    /** So many as fit into one answer (`MAX_FRAME`), however large each is. */
    definitions: z.array(definitionFile).max(MAX_DEFINITIONS_ASKED),
});
export type ObserveRequest = z.infer<typeof observeRequest>;

/** A look at the ledger alone. */
export const NOTHING_BUT_LEDGER: ObserveRequest = { namespaces: [], values: [], registrations: [], definitions: [] };

/** What a host has: an answer for each thing that was asked, in the order of asking. */
export const observation = z.strictObject({
    namespaces: z.array(namespaceReading).max(2000),
    values: z.array(valueReading).max(100),
    registrations: z.array(registrationReading).max(2000),
    definitions: z.array(definitionReading).max(MAX_DEFINITIONS_ASKED),
    ledger: z.array(ledgerRecord).max(MAX_LEDGER_READ),
});
export type Observation = z.infer<typeof observation>;
