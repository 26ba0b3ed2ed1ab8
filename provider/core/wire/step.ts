import { z } from "zod";
import { MAX_LEDGER_TEXT } from "../limits";
import { editDefinition, restoreDefinition } from "./definition";
import { hostFailure, hresultCode } from "./hostFailure";
import { compileMof } from "./namespaceFlag";
import { observation } from "./observation";
import { registerMof, unregisterMof } from "./registration";
import { setValue } from "./registryValue";

/**
 * Sets (`text`) or deletes (null) one ledger entry. Creates and deletes the ledger's key as needed. If `expect` and `text` are both null,
 * it only checks that there is no entry.
 */
const setLedger = z.strictObject({
    do: z.literal("setLedger"),
    item: z.string().min(1).max(16383),
    expect: z.string().nullable(),
    text: z.string().max(MAX_LEDGER_TEXT).nullable(),
});

/**
 * One write. Each step names what it expects to find and is not carried out if something else is there: compare and swap, under one mutex
 * on the host for the whole list.
 */
export const step = z.discriminatedUnion("do", [
    setLedger,
    compileMof,
    setValue,
    registerMof,
    unregisterMof,
    editDefinition,
    restoreDefinition,
]);
export type Step = z.infer<typeof step>;
export type StepOf<Do extends Step["do"]> = Extract<Step, { readonly do: Do }>;

const during = z.enum(["check", "compile"]);

/** Why a list of steps stopped before its end. */
export const stopped = z.discriminatedUnion("reason", [
    /** The step found something other than it expected. */
    z.strictObject({ step: z.int().min(0), reason: z.literal("unexpected"), found: z.string().max(4000) }),
    /** The compiler reported success, and something else is there. */
    z.strictObject({ step: z.int().min(0), reason: z.literal("unmet"), found: z.string().max(4000) }),
    /** mofcomp's exit code was not 0. `during` says whether it only checked the syntax. */
    z.strictObject({
        step: z.int().min(0),
        reason: z.literal("mofcomp"),
        during,
        exit: z.int(),
        output: z.string().max(20000),
    }),
    /** IMofCompiler refused (MicrosoftDocs/sdk-api wbemcli ns-wbemcli-wbem_compile_status_info). */
    z.strictObject({
        step: z.int().min(0),
        reason: z.literal("compilerApi"),
        during,
        /** 0: none; 1: reading the text; 2: arguments; 3: storing. */
        phase: z.int().min(0).max(100),
        hresult: hresultCode,
        /** Number of the object that the error concerns; 0 if none. */
        object: z.int(),
        firstLine: z.int(),
        lastLine: z.int(),
    }),
    z.strictObject({ step: z.int().min(0), reason: z.literal("failed"), failure: hostFailure }),
]);
export type Stopped = z.infer<typeof stopped>;

/** The result of a list of steps, and what the host has afterwards. */
export const applied = z.strictObject({
    /** Number of steps carried out, from the first. */
    done: z.int().min(0),
    stopped: stopped.nullable(),
    observation,
});
export type Applied = z.infer<typeof applied>;

/** The same if the observation afterwards failed: it is known what was done, but not what the host has now. */
export const unseen = z.strictObject({ done: applied.shape.done, stopped: applied.shape.stopped, unseen: hostFailure });
export type Unseen = z.infer<typeof unseen>;
