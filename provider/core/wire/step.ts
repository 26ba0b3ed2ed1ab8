import { z } from "zod";
import { definitionFile } from "../definitionFile";
import { MAX_DEFINITION_TEXT, MAX_LEDGER_TEXT } from "../limits";
import { registryData, registryLocation } from "../registry";
import { hostFailure, hresultCode } from "./hostFailure";
import { fileHash, flagReadings, observation, wirePath } from "./observation";

/**
 * What compiles MOF on the host. `mofcomp`: mofcomp.exe. `api`: the documented COM interface IMofCompiler inside our own
 * process, for hosts that block the program; it needs a C# compiler on the host (Add-Type).
 */
export const compiler = z.enum(["mofcomp", "api"]);
export type Compiler = z.infer<typeof compiler>;
export const DEFAULT_COMPILER: Compiler = "mofcomp";

/** What our registration of a namespace's MOF is expected to be. */
const expectedRegistration = z.strictObject({ registered: z.boolean(), file: fileHash.nullable() });

/**
 * One write. Each names what it expects to find and is not carried out when something else is there: compare and swap,
 * under one mutex of the host for the whole list.
 */
export const step = z.discriminatedUnion("do", [
    /**
     * Sets (`text`) or deletes (null) one ledger entry; the ledger's key is made and removed as needed. With nothing expected and
     * nothing to set it only makes sure that there is no entry.
     */
    z.strictObject({
        do: z.literal("setLedger"),
        item: z.string().min(1).max(16383),
        expect: z.string().nullable(),
        text: z.string().max(MAX_LEDGER_TEXT).nullable(),
    }),
    /**
     * Compiles `mof` (ASCII) after a look at the one namespace that it is about, and looks again: unless the singleton carries
     * `required` then (or, where its qualifier does not read back, the parent; neither is as good as FALSE), the list stops, so that no record of what stood there before goes because of a write that did nothing.
     */
    z.strictObject({
        do: z.literal("compileMof"),
        path: wirePath,
        expect: flagReadings,
        mof: z.string().max(65536),
        required: z.boolean(),
        compiler,
    }),
    /** Sets (`data`) or deletes (null) one registry value. The key must exist. */
    z.strictObject({
        do: z.literal("setValue"),
        ...registryLocation.shape,
        expect: registryData.nullable(),
        data: registryData.nullable(),
    }),
    /**
     * Writes `mof` (ASCII) to our file under its stable name, which `path` gives, and compiles that file: the MOF says itself that
     * it is to be compiled again when the repository is rebuilt, and so the compiler puts it into the registry's list.
     * What the compiler refuses is undone.
     */
    z.strictObject({ do: z.literal("registerMof"), path: wirePath, expect: expectedRegistration, mof: z.string().max(65536), compiler }),
    /** Takes our file out of the registry's list, whose other entries keep their order, and deletes it. */
    z.strictObject({ do: z.literal("unregisterMof"), path: wirePath, expect: expectedRegistration }),
    /**
     * Puts `content` in the place of a MOF file of somebody else, if that is as expected: checks the new text's syntax first, keeps
     * the file as it was beside it unless a backup is there, replaces it, compiles it. What the compiler refuses is undone.
     */
    z.strictObject({
        do: z.literal("editDefinition"),
        file: definitionFile,
        expect: fileHash,
        /** base64 */
        content: z.base64().max(MAX_DEFINITION_TEXT),
        compiler,
    }),
    /** Puts the backup back in the file's place, if both are as expected, and takes the backup away. Compiles nothing. */
    z.strictObject({ do: z.literal("restoreDefinition"), file: definitionFile, expect: fileHash, backup: fileHash }),
]);
export type Step = z.infer<typeof step>;

const during = z.enum(["check", "compile"]);

/** Why a list of steps was not carried out to its end. */
export const stopped = z.discriminatedUnion("reason", [
    /** Something else was there than the step expected. */
    z.strictObject({ step: z.int().min(0), reason: z.literal("unexpected"), found: z.string().max(4000) }),
    /** The compiler reported that it is done, and something else is there. */
    z.strictObject({ step: z.int().min(0), reason: z.literal("unmet"), found: z.string().max(4000) }),
    /** mofcomp ended with another exit code than 0. `check`: when it was to check the syntax only. */
    z.strictObject({
        step: z.int().min(0),
        reason: z.literal("mofcomp"),
        during,
        exit: z.int(),
        output: z.string().max(20000),
    }),
    /** IMofCompiler said no (MicrosoftDocs/sdk-api wbemcli ns-wbemcli-wbem_compile_status_info). */
    z.strictObject({
        step: z.int().min(0),
        reason: z.literal("compilerApi"),
        during,
        /** 0: none; 1: reading the text; 2: the arguments; 3: storing. */
        phase: z.int().min(0).max(100),
        hresult: hresultCode,
        /** Of the object that the error is about; 0 where it is about none. */
        object: z.int(),
        firstLine: z.int(),
        lastLine: z.int(),
    }),
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

/** The same where the look afterwards failed: what was done is known, what the host has now is not. */
export const unseen = z.strictObject({ done: applied.shape.done, stopped: applied.shape.stopped, unseen: hostFailure });
export type Unseen = z.infer<typeof unseen>;
