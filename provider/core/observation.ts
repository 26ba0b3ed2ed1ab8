import { z } from "zod";
import { hostFailure } from "./hostFailure";
import type { NamespacePath } from "./namespacePath";
import { parseNamespacePath } from "./namespacePath";
import { registryData, registryLocation } from "./registry";

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

/** One value below the ledger's key; `text` is null where the value is not a REG_SZ. */
export const ledgerRecord = z.strictObject({ item: z.string().max(16383), text: z.string().max(65536).nullable() });
export type LedgerRecord = z.infer<typeof ledgerRecord>;

/** What to look at. The ledger is always looked at whole: it has one small entry an item. */
export const observeRequest = z.strictObject({
    namespaces: z.array(wirePath).max(2000),
    values: z.array(registryLocation).max(100),
});
export type ObserveRequest = z.infer<typeof observeRequest>;

/** What a host has: an answer for each thing that was asked, in the order of asking. */
export const observation = z.strictObject({
    namespaces: z.array(namespaceReading).max(2000),
    values: z.array(valueReading).max(100),
    ledger: z.array(ledgerRecord).max(4000),
});
export type Observation = z.infer<typeof observation>;
