import { z } from "zod";
import { MAX_LEDGER_TEXT } from "../limits";
import { editDefinition, restoreDefinition } from "./definition";
import { hostFailure, hresultCode } from "./hostFailure";
import { compileMof } from "./namespaceFlag";
import { observation } from "./observation";
import { registerMof, unregisterMof } from "./registration";
import { setValue } from "./registryValue";

/**
 * Sets (`text`) or deletes (null) one ledger entry; the ledger's key is made and removed as needed. With nothing expected and
 * nothing to set it only makes sure that there is no entry.
 */
const setLedger = z.strictObject({
    do: z.literal("setLedger"),
    item: z.string().min(1).max(16383),
    expect: z.string().nullable(),
    text: z.string().max(MAX_LEDGER_TEXT).nullable(),
});

/**
 * One write. Each names what it expects to find and is not carried out when something else is there: compare and swap,
 * under one mutex of the host for the whole list.
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
