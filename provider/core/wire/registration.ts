import { z } from "zod";
import { FAILED_BYTES } from "../limits";
import { compiler } from "./compiler";
import { fileHash } from "./fileHash";
import { hostFailure } from "./hostFailure";
import { question } from "./question";
import { wirePath } from "./wirePath";

/** Whether a rebuilt repository would set a namespace's flag again: our MOF file under its stable name, and the list that names it. */
export const registrationReading = z.discriminatedUnion("state", [
    z.strictObject({
        path: wirePath,
        state: z.literal("read"),
        /** The registry's list names our file. */
        registered: z.boolean(),
        /** Null if there is no file. */
        file: fileHash.nullable(),
    }),
    z.strictObject({ path: wirePath, state: z.literal("failed"), failure: hostFailure }),
]);
export type RegistrationReading = z.infer<typeof registrationReading>;

export const registrationQuestion = question({
    asked: wirePath,
    answer: registrationReading,
    max: 2000,
    bytes: FAILED_BYTES + 255,
    ms: 100,
    subject: (path) => ({ path }),
    nameOf: ({ path }) => path,
});

/** The registration that a step expects to find. */
const expectedRegistration = z.strictObject({ registered: z.boolean(), file: fileHash.nullable() });

/**
 * Writes `mof` (ASCII) to our file, whose stable name follows from `path`, and compiles it. The MOF has `#pragma autorecover`, so the
 * compiler adds the file to the registry's list. If the compiler refuses, everything is undone.
 */
export const registerMof = z.strictObject({
    do: z.literal("registerMof"),
    path: wirePath,
    expect: expectedRegistration,
    mof: z.string().max(65536),
    compiler,
});

/** Removes our file from the registry's list, keeping the order of the other entries, and deletes it. */
export const unregisterMof = z.strictObject({ do: z.literal("unregisterMof"), path: wirePath, expect: expectedRegistration });
