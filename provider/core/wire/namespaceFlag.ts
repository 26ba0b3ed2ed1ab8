import { z } from "zod";
import { FAILED_BYTES } from "../limits";
import { compiler } from "./compiler";
import { hostFailure } from "./hostFailure";
import { question } from "./question";
import { wirePath } from "./wirePath";

/** The two readings of a namespace's RequiresEncryption flag. */
export const flagReadings = z.strictObject({
    /**
     * The qualifier on the parent's `__Namespace` instance (MS-WMI 3.1.4.18.2). Null if the parent has no such qualifier, which means
     * nothing, and for `root`, which has no parent.
     */
    effective: z.boolean().nullable(),
    /** The qualifier on the namespace's own `__SystemSecurity` singleton (MS-WMI 2.2.30.3); null if it has none. */
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
    max: 2000,
    bytes: FAILED_BYTES + 255,
    ms: 100,
    subject: (path) => ({ path }),
    nameOf: ({ path }) => path,
});

/**
 * Compiles `mof` (ASCII), if the flag of the one namespace that it concerns is as expected, and reads the flag again. The list of steps
 * stops unless the singleton then has `required`. If the singleton has no qualifier, the parent's counts; if neither has one, that counts as
 * FALSE. So a write without effect never deletes the record of what was there before.
 */
export const compileMof = z.strictObject({
    do: z.literal("compileMof"),
    path: wirePath,
    expect: flagReadings,
    mof: z.string().max(65536),
    required: z.boolean(),
    compiler,
});
