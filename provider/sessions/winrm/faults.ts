import { type ErrorCode, printable, WmisecError } from "../../core/errors";
import type { Redaction } from "../../core/redaction";
import { NS, type Operation } from "../../wsman/names";
import { maybe, type SoapElement } from "../../wsman/soap";

/** What a host sends instead of an answer. Its texts are in the host's language, so only the code counts. */
export class Fault {
    constructor(
        /** WSMAN or Windows error, as an unsigned number of 32 bits; undefined if there is none. */
        readonly code: number | undefined,
        readonly text: string,
    ) {}
}

/** @returns undefined if the body is no fault @throws Malformed */
export function readFault(body: SoapElement): Fault | undefined {
    const fault = maybe(body, NS.soap, "Fault");
    if (fault === undefined) return undefined;
    const detail = maybe(fault, NS.soap, "Detail");
    const ofWsman = maybe(detail, NS.fault, "WSManFault");
    const reason = maybe(maybe(fault, NS.soap, "Reason"), NS.soap, "Text");
    const words = [...new Set([...textsIn(ofWsman), ...textsIn(reason)])].join("\n");
    return new Fault(unsigned(ofWsman?.attributes.get("Code")), words);
}

function unsigned(text: string | undefined): number | undefined {
    if (text === undefined || !/^(-?\d{1,10}|0x[0-9a-f]{1,8})$/i.test(text)) return undefined;
    return Number(text) >>> 0;
}

/** The fault's message, and its provider's, which is the cause. */
function textsIn(element: SoapElement | undefined): string[] {
    if (element === undefined) return [];
    return [element.text.trim(), ...element.children.flatMap(textsIn)].filter((text) => text !== "");
}

export const CODES = {
    /** ERROR_WSMAN_OPERATION_TIMEDOUT */
    timedOut: 2150858793,
    /** ERROR_WSMAN_INVALID_SELECTORS: the shell does not exist. */
    shellGone: 2150858843,
    /** ERROR_OPERATION_ABORTED, and the same as an HRESULT. */
    aborted: [995, 2147943395],
} as const;

/** What a code means, and what to do about it. */
interface Meaning {
    readonly code: ErrorCode;
    readonly summary: string;
    readonly remedy: string;
}

/** Where to find the quotas, and what may use them up. */
const SEE_QUOTAS =
    "check the quotas on the host (winrm get winrm/config/winrs, winrm get winrm/config/service) and who uses them up. Abandoned shells go away after their IdleTimeout, or with Restart-Service WinRM";

const quota = (which: string): Meaning => ({
    code: "execRefused",
    summary: `has no room for another shell: ${which}`,
    remedy: SEE_QUOTAS,
});

/** Any shell that ends may free what we need, so Create is tried again. */
const QUOTAS: ReadonlyMap<number, Meaning> = new Map([
    [2150859173, quota("this account already has as many shells as it may (MaxShellsPerUser)")],
    [2150859236, quota("this account already has as many shells as it may (MaxShellsPerUser)")],
    [2150859174, quota("this account already has as many operations as it may (MaxConcurrentOperationsPerUser)")],
    [2150859240, quota("this account already has as many operations as it may (MaxConcurrentOperationsPerUser)")],
    [2150859175, quota("as many accounts as allowed already have shells (MaxConcurrentUsers)")],
    [2150859176, quota("the service already has as many operations as it may")],
    [2150859179, quota("as many accounts as allowed already have shells (MaxConcurrentUsers)")],
    [2150859237, quota("as many accounts as allowed already have shells (MaxConcurrentUsers)")],
    [2150859238, quota("the service's quota of requests is used up")],
    [2150859239, quota("the service's quota of requests is used up")],
    [2150859241, quota("the service's quota is used up")],
]);

/** The host unloads the profile after somebody logged off. A moment later that is done. */
const PROFILE_UNLOADING: Meaning = {
    code: "execRefused",
    summary: "is unloading the profile of this account",
    remedy: "run again; if it happens again, check who logs on and off there with this account",
};

const NO_ACCESS: Meaning = {
    code: "denied",
    summary: "does not let this account use remote shells",
    remedy: [
        "check that the account is a member of the host's Administrators",
        "a local account other than the built-in Administrator has its rights over the network only with LocalAccountTokenFilterPolicy=1 (HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System)",
    ].join("\n"),
};

const TOO_LARGE: Meaning = {
    code: "protocol",
    summary: "does not accept messages as large as ours",
    remedy: "set MaxEnvelopeSizekb on the host to 150 or more: winrm set winrm/config '@{MaxEnvelopeSizekb=\"500\"}'",
};

const MEANINGS: ReadonlyMap<number, Meaning> = new Map<number, Meaning>([
    ...QUOTAS,
    [2147943418, PROFILE_UNLOADING],
    [5, NO_ACCESS],
    [2147942405, NO_ACCESS],
    [2150858790, TOO_LARGE],
    [2150858805, TOO_LARGE],
    [2150858825, TOO_LARGE],
    [
        2150859180,
        {
            code: "execRefused",
            summary: "has remote shells switched off",
            remedy: "switch them on: AllowRemoteShellAccess (winrm set winrm/config/winrs '@{AllowRemoteShellAccess=\"true\"}'), or the group policy of Windows Remote Shell",
        },
    ],
    [
        2150859229,
        {
            code: "execRefused",
            summary: "has remote access switched off",
            remedy: "check the group policy of Windows Remote Management on the host",
        },
    ],
    [
        2150859212,
        {
            code: "processEnded",
            summary: "says that our command was ended",
            remedy: "check what ended it on the host (its event logs, security software), then run again",
        },
    ],
]);

const SERVICE_GONE = "check whether the service WinRM was restarted, or the shell was removed on the host, then run again";

/** Faults that say that our shell is lost. */
const LOST: ReadonlyMap<number, string> = new Map([
    [CODES.shellGone, "the shell no longer exists"],
    ...CODES.aborted.map((code) => [code, "the operation was aborted"] as const),
]);

/** How often Create may be tried again after this fault, which says that nothing was started. */
export function triesAfter({ code = 0 }: Fault): number {
    if (QUOTAS.has(code)) return 3;
    return code === 2147943418 ? 1 : 0;
}

/** Whether a Receive only found no output in time. */
export const isNothingYet = (fault: Fault): boolean => fault.code === CODES.timedOut;

const LOOK_UP =
    "look up the code in Microsoft's list of WinRM or system error codes; read the event log Microsoft-Windows-WinRM/Operational on the host";

/** @param redaction for the host's texts */
export function faultError(fault: Fault, operation: Operation, redaction: Redaction): WmisecError {
    const { code = 0 } = fault;
    const said = [
        fault.code === undefined ? "a fault without a code" : `fault ${fault.code} (0x${fault.code.toString(16).toUpperCase()})`,
        redaction.text(fault.text),
    ];
    const details = { said: printable(said.join("\n"), 1000) };
    const isStarting = operation === "create" || operation === "command";
    const known = MEANINGS.get(code);
    if (known !== undefined) {
        const { code: meant, summary, remedy } = known;
        return new WmisecError(meant, summary, { ...details, remedy });
    }
    if (code === CODES.timedOut || (code === 1460 && operation === "send"))
        return new WmisecError("timeout", TIMED_OUT[operation] ?? "did not answer in time", {
            ...details,
            remedy: "check whether the host is overloaded, then run again",
        });
    const lost = isStarting ? undefined : LOST.get(code);
    if (lost !== undefined) return new WmisecError("connectionLost", lost, { ...details, remedy: SERVICE_GONE });
    return isStarting
        ? new WmisecError("execRefused", "refused to start our command", { ...details, remedy: LOOK_UP })
        : new WmisecError("protocol", `answered ${operation} with a fault`, { ...details, remedy: LOOK_UP });
}

const TIMED_OUT: Readonly<Partial<Record<Operation, string>>> = {
    create: "did not make a shell in time",
    command: "did not start our command in time",
    send: "did not take our input in time; how much of it arrived is unknown, so none is sent again",
};
