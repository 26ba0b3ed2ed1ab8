import { z } from "zod";
import { FAILED_BYTES } from "../limits";
import { compiler } from "./compiler";
import { hostFailure } from "./hostFailure";
import { question } from "./question";
import { wirePath } from "./wirePath";

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

export const namespaceQuestion = question({
    asked: wirePath,
    answer: namespaceReading,
    most: 2000,
    bytes: FAILED_BYTES + 255,
    ms: 100,
    subject: (path) => ({ path }),
    nameOf: ({ path }) => path,
});

/**
 * Compiles `mof` (ASCII) after a look at the one namespace that it is about, and looks again: unless the singleton carries
 * `required` then (or, where its qualifier does not read back, the parent; neither is as good as FALSE), the list stops, so that no record of what stood there before goes because of a write that did nothing.
 */
export const compileMof = z.strictObject({
    do: z.literal("compileMof"),
    path: wirePath,
    expect: flagReadings,
    mof: z.string().max(65536),
    required: z.boolean(),
    compiler,
});
