import { z } from "zod";
import { hostFailure } from "./hostFailure";
import { flagReadings, observation, wirePath } from "./observation";
import { registryData, registryLocation } from "./registry";

/**
 * One write. Each names what it expects to find and is not carried out when something else is there: compare and swap,
 * under one mutex of the host for the whole list.
 */
export const step = z.discriminatedUnion("do", [
    /** Sets (`text`) or deletes (null) one ledger entry; the ledger's key is made and removed as needed. */
    z.strictObject({
        do: z.literal("setLedger"),
        item: z.string().min(1).max(16383),
        expect: z.string().nullable(),
        text: z.string().max(65536).nullable(),
    }),
    /** Has mofcomp compile `mof` (ASCII) after a look at the one namespace that it is about. */
    z.strictObject({ do: z.literal("compileMof"), path: wirePath, expect: flagReadings, mof: z.string().max(65536) }),
    /** Sets (`data`) or deletes (null) one registry value. The key must exist. */
    z.strictObject({
        do: z.literal("setValue"),
        ...registryLocation.shape,
        expect: registryData.nullable(),
        data: registryData.nullable(),
    }),
]);
export type Step = z.infer<typeof step>;

/** Why a list of steps was not carried out to its end. */
export const stopped = z.discriminatedUnion("reason", [
    /** Something else was there than the step expected. */
    z.strictObject({ step: z.int().min(0), reason: z.literal("unexpected"), found: z.string().max(4000) }),
    /** mofcomp ended with another exit code than 0. */
    z.strictObject({ step: z.int().min(0), reason: z.literal("mofcomp"), exit: z.int(), output: z.string().max(20000) }),
    z.strictObject({ step: z.int().min(0), reason: z.literal("failed"), failure: hostFailure }),
]);
export type Stopped = z.infer<typeof stopped>;

/** What became of the steps, and what the host has afterwards. */
export const applied = z.strictObject({
    /** How many steps were carried out, from the first. */
    done: z.int().min(0),
    stopped: stopped.nullable(),
    observation,
});
export type Applied = z.infer<typeof applied>;
