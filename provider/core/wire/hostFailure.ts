import { z } from "zod";
import type { ErrorCode } from "../errors";
import { MAX_FAILURE_TEXT, MAX_FAILURE_TYPE } from "../limits";

/** 32 bits as lower-case hex, with 0x. */
export const hresultCode = z.string().regex(/^0x[0-9a-f]{8}$/);

/** An exception on the host: the innermost one. Its text is localized, so nothing is derived from it. */
export const hostFailure = z.strictObject({
    /** Full name of the exception's .NET type, or one of `AGENT_FAILURES`. */
    type: z.string().max(MAX_FAILURE_TYPE),
    hresult: hresultCode,
    /** ErrorCode of a ManagementException; its HResult is always 0x80131501. */
    wmiCode: hresultCode.nullable(),
    message: z.string().max(MAX_FAILURE_TEXT),
});
export type HostFailure = z.infer<typeof hostFailure>;

/** Failures that the agent itself detects. The names can't be mistaken for a .NET exception. */
export const AGENT_FAILURES = {
    unexpectedValue: "pulumi-wmisec.UnexpectedValue",
    unsafeFolder: "pulumi-wmisec.UnsafeFolder",
    unsafeFile: "pulumi-wmisec.UnsafeFile",
    readOnlyFile: "pulumi-wmisec.ReadOnlyFile",
    fileTooLarge: "pulumi-wmisec.FileTooLarge",
    badRequest: "pulumi-wmisec.BadRequest",
    answerTooLarge: "pulumi-wmisec.AnswerTooLarge",
    ledgerTooLarge: "pulumi-wmisec.LedgerTooLarge",
    otherMachine: "pulumi-wmisec.OtherMachine",
    busy: "pulumi-wmisec.Busy",
    programTimeout: "pulumi-wmisec.ProgramTimeout",
    stillCompiling: "pulumi-wmisec.StillCompiling",
    timeout: "pulumi-wmisec.Timeout",
} as const;

/** Only a simulated host reports this: it lacks a feature of Windows. */
export const NOT_SIMULATED = "pulumi-wmisec.NotSimulated";

/** WBEM_E_INVALID_NAMESPACE (MicrosoftDocs/win32 desktop-src/WmiSdk/wmi-error-constants.md) */
export const WBEM_INVALID_NAMESPACE = "0x8004100e";
/** WBEM_E_ACCESS_DENIED */
export const WBEM_ACCESS_DENIED = "0x80041003";
/** E_ACCESSDENIED */
const E_ACCESSDENIED = "0x80070005";

/**
 * Windows did not start a program: access denied, or ERROR_ACCESS_DISABLED_BY_POLICY. The type decides: not every version of .NET puts the
 * Windows error code into the HResult.
 */
const NOT_STARTED = "System.ComponentModel.Win32Exception";

const DENIED_TYPES = new Set(["System.Security.SecurityException", "System.UnauthorizedAccessException"]);

const CODE_OF_TYPE: ReadonlyMap<string, ErrorCode> = new Map([
    [AGENT_FAILURES.unexpectedValue, "unexpectedValue"],
    [AGENT_FAILURES.unsafeFolder, "mofFolderUnsafe"],
    [AGENT_FAILURES.unsafeFile, "definitionUnsafe"],
    [AGENT_FAILURES.readOnlyFile, "fileReadOnly"],
    [AGENT_FAILURES.fileTooLarge, "definitionUnreadable"],
    [AGENT_FAILURES.badRequest, "protocol"],
    [AGENT_FAILURES.answerTooLarge, "hostError"],
    [AGENT_FAILURES.ledgerTooLarge, "ledgerFull"],
    [AGENT_FAILURES.otherMachine, "changedMeanwhile"],
    [AGENT_FAILURES.busy, "hostBusy"],
    [AGENT_FAILURES.programTimeout, "mofcompFailed"],
    [AGENT_FAILURES.stillCompiling, "compilerStillRuns"],
    [AGENT_FAILURES.timeout, "timeout"],
    [NOT_SIMULATED, "notSimulated"],
]);

/** Types that determine an error code or that our agent sets: not text that a host can choose. */
export const isKnownType = (type: string): boolean => type === NOT_STARTED || DENIED_TYPES.has(type) || CODE_OF_TYPE.has(type);

export function codeOfFailure({ type, hresult, wmiCode }: HostFailure): ErrorCode {
    if (type === NOT_STARTED) return "mofcompFailed";
    if (wmiCode === WBEM_INVALID_NAMESPACE) return "namespaceNotFound";
    if (wmiCode === WBEM_ACCESS_DENIED || hresult === E_ACCESSDENIED || DENIED_TYPES.has(type)) return "denied";
    return CODE_OF_TYPE.get(type) ?? "hostError";
}
