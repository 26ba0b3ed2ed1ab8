import { z } from "zod";
import { definitionFile } from "../definitionFile";
import { FAILED_BYTES, MAX_DEFINITION_TEXT } from "../limits";
import { compiler } from "./compiler";
import { fileHash } from "./fileHash";
import { hostFailure } from "./hostFailure";
import { question } from "./question";

/** A product's MOF file that defines a namespace, and the backup that we keep beside it while it is edited. */
export const definitionReading = z.discriminatedUnion("state", [
    z.strictObject({
        file: definitionFile,
        state: z.literal("present"),
        /** The file's bytes, base64; at most MAX_DEFINITION_BYTES of them. */
        content: z.base64().max(MAX_DEFINITION_TEXT),
        /** Null if there is no backup. */
        backup: fileHash.nullable(),
    }),
    z.strictObject({ file: definitionFile, state: z.literal("missing"), backup: fileHash.nullable() }),
    z.strictObject({ file: definitionFile, state: z.literal("failed"), failure: hostFailure }),
]);
export type DefinitionReading = z.infer<typeof definitionReading>;

export const definitionQuestion = question({
    asked: definitionFile,
    answer: definitionReading,
    // As many as fit into one answer (`MAX_FRAME`), however large each is.
    max: 8,
    bytes: Math.max(FAILED_BYTES, MAX_DEFINITION_TEXT + 500) + 2 * 255,
    ms: 1000,
    subject: (file) => ({ file }),
    nameOf: ({ file }) => file,
});

/**
 * Replaces a product's MOF file with `content`, if it is as expected. First checks the syntax of the new text. Then backs the original up
 * beside it (unless there is a backup), replaces it and compiles it. If the compiler refuses, everything is undone.
 */
export const editDefinition = z.strictObject({
    do: z.literal("editDefinition"),
    file: definitionFile,
    expect: fileHash,
    /** base64 */
    content: z.base64().max(MAX_DEFINITION_TEXT),
    compiler,
});

/** Moves the backup to the file's place, if both are as expected. Compiles nothing. */
export const restoreDefinition = z.strictObject({
    do: z.literal("restoreDefinition"),
    file: definitionFile,
    expect: fileHash,
    backup: fileHash,
});
