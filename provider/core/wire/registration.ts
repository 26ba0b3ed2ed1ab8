import { z } from "zod";
import { FAILED_BYTES } from "../limits";
import { compiler } from "./compiler";
import { fileHash } from "./fileHash";
import { hostFailure } from "./hostFailure";
import { question } from "./question";
import { wirePath } from "./wirePath";

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

export const registrationQuestion = question({
    asked: wirePath,
    answer: registrationReading,
    most: 2000,
    bytes: FAILED_BYTES + 255,
    ms: 100,
    subject: (path) => ({ path }),
    nameOf: ({ path }) => path,
});

/** What our registration of a namespace's MOF is expected to be. */
const expectedRegistration = z.strictObject({ registered: z.boolean(), file: fileHash.nullable() });

/**
 * Writes `mof` (ASCII) to our file under its stable name, which `path` gives, and compiles that file: the MOF says itself that
 * it is to be compiled again when the repository is rebuilt, and so the compiler puts it into the registry's list.
 * What the compiler refuses is undone.
 */
export const registerMof = z.strictObject({
    do: z.literal("registerMof"),
    path: wirePath,
    expect: expectedRegistration,
    mof: z.string().max(65536),
    compiler,
});

/** Takes our file out of the registry's list, whose other entries keep their order, and deletes it. */
export const unregisterMof = z.strictObject({ do: z.literal("unregisterMof"), path: wirePath, expect: expectedRegistration });
