import { isWmisecError, WmisecError } from "../../core/errors";
import { Malformed } from "../../wsman/malformed";
import type { Operation } from "../../wsman/names";
import type { Listener } from "../tcp";
import { WireLost } from "./wire";

/** The steps of a dial, as errors name them. */
export type WinrmStep = "TCP connection" | "TLS" | "authentication";

/** For errors of a connection that is not made. */
export const LISTENER: Listener = {
    refused:
        "on the host, see that WinRM listens there (winrm enumerate winrm/config/listener): 5986 is usual for HTTPS, 5985 for HTTP; see the firewall, and that the network is not public",
    brokenOff: "see that WinRM listens on this port, and which firewall is in between",
};

const LATE: Readonly<Record<WinrmStep, string>> = {
    "TCP connection": "check that the host is up and that firewalls let the port through, or raise perDialTimeout",
    TLS: "see that the HTTPS listener is on this port and that the host is not overloaded, or raise perDialTimeout",
    authentication: "see whether the host, and we, can reach the domain controller, or raise perDialTimeout",
};

const NOT_AGAIN = "the password is not sent again by itself";

/** @param isOwed whether the host owes the answer to a password */
export function expired(step: WinrmStep, seconds: number, isOwed: boolean): WmisecError {
    const summary = `no answer within ${seconds} s (step: ${step})`;
    return isOwed
        ? new WmisecError("timeout", summary, {
              remedy: `see whether the host can reach its domain controller, or raise perDialTimeout; ${NOT_AGAIN}`,
          })
        : new WmisecError("unreachable", summary, { remedy: LATE[step] });
}

/** How far a login got. */
export interface LoginState {
    readonly step: WinrmStep;
    /** Whether the host still owes the answer to a password. */
    readonly isOwed: boolean;
    /** How long we waited for each answer. Milliseconds. */
    readonly answerMs: number;
}

/** @returns the error for a login that broke off; its code decides whether the login may be tried again */
export function brokenLogin(error: unknown, { step, isOwed, answerMs }: LoginState): unknown {
    if (isWmisecError(error)) return error;
    if (error instanceof Malformed) return malformed(error);
    if (!(error instanceof WireLost)) return error;
    if (isNoHttp(error)) return noHttp(error);
    if (error.how === "late") return expired(step, answerMs / 1000, isOwed);
    const summary = `the connection was closed before we were logged in (step: ${step})${codeText(error)}`;
    const remedy = "see that WinRM runs on the host and is not too busy, and the event log Microsoft-Windows-WinRM/Operational there";
    return isOwed
        ? new WmisecError("connectionLost", summary, { remedy: `${remedy}; ${NOT_AGAIN}`, cause: error })
        : new WmisecError("unreachable", summary, { remedy, cause: error });
}

/** What became of a message that may have gone out: it is not sent again. */
export function brokenMessage(error: WireLost, operation: Operation, deadlineMs: number): WmisecError {
    if (isNoHttp(error)) return noHttp(error);
    if (error.how === "late")
        return new WmisecError("timeout", `no answer to ${operation} within ${deadlineMs / 1000} s`, {
            remedy: "see whether the host is up and not overloaded, then run again",
            cause: error,
        });
    return new WmisecError("connectionLost", `the connection was lost (${operation})${codeText(error)}`, {
        remedy: "see whether the host, or its service WinRM, was restarted or the network is unsteady, then run again",
        cause: error,
    });
}

export const malformed = (error: Malformed): WmisecError =>
    new WmisecError("protocol", `answered with ${error.message}`, {
        remedy: "see what answers there, and what stands between here and the host (a proxy, software that inspects the network); then run again",
        cause: error,
    });

/** Codes of Node.js' parser of HTTP. */
const isNoHttp = ({ code }: WireLost): boolean => code.startsWith("HPE_");

const noHttp = (error: WireLost): WmisecError =>
    new WmisecError("protocol", `does not speak HTTP as WinRM does (${error.code})`, {
        remedy: "see which port is WinRM's (winrm enumerate winrm/config/listener), and scheme and port of the connection",
        cause: error,
    });

const codeText = ({ code }: WireLost): string => (code === "" ? "" : ` (${code})`);
