import { isWmisecError, WmisecError } from "../../core/errors";
import { Malformed } from "../../wsman/malformed";
import type { Operation } from "../../wsman/names";
import type { Listener } from "../tcp";
import { WireLost } from "./wire";

/** The steps of a dial over WinRM, as errors name them. */
export type WinrmStep = "TCP connection" | "TLS" | "authentication";

/** For errors of a connection that can't be made. */
export const LISTENER: Listener = {
    refused:
        "on the host, check that WinRM listens on this port (winrm enumerate winrm/config/listener): 5986 is usual for HTTPS, 5985 for HTTP; check the firewall, and that the network profile is not Public",
    brokenOff: "check that WinRM listens on this port, and which firewall is in between",
};

const LATE: Readonly<Record<WinrmStep, string>> = {
    "TCP connection": "check that the host is up and that firewalls let the port through, or raise perDialTimeout",
    TLS: "check that the HTTPS listener is on this port and that the host is not overloaded, or raise perDialTimeout",
    authentication: "check that the host and this machine can reach the domain controller, or raise perDialTimeout",
};

const NOT_AGAIN = "the provider does not send the password again by itself";

/** @param isOwed whether the host owes the answer to a password */
export function expired(step: WinrmStep, seconds: number, isOwed: boolean): WmisecError {
    const summary = `no answer within ${seconds} s (step: ${step})`;
    return isOwed
        ? new WmisecError("timeout", summary, {
              remedy: `check that the host can reach its domain controller, or raise perDialTimeout; ${NOT_AGAIN}`,
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
    const remedy =
        "check that WinRM runs on the host and is not too busy, and read the event log Microsoft-Windows-WinRM/Operational there";
    return isOwed
        ? new WmisecError("connectionLost", summary, { remedy: `${remedy}; ${NOT_AGAIN}`, cause: error })
        : new WmisecError("unreachable", summary, { remedy, cause: error });
}

/** The error for a message that may have reached the host. It is not sent again. */
export function brokenMessage(error: WireLost, operation: Operation, deadlineMs: number): WmisecError {
    if (isNoHttp(error)) return noHttp(error);
    if (error.how === "late")
        return new WmisecError("timeout", `no answer to ${operation} within ${deadlineMs / 1000} s`, {
            remedy: "check that the host is up and not overloaded, then run again",
            cause: error,
        });
    return new WmisecError("connectionLost", `the connection was lost (${operation})${codeText(error)}`, {
        remedy: "check whether the host or its service WinRM was restarted, or the network is unsteady, then run again",
        cause: error,
    });
}

export const malformed = (error: Malformed): WmisecError =>
    new WmisecError("protocol", `answered with ${error.message}`, {
        remedy: "check what answers on this port, and what is between this machine and the host (a proxy, software that inspects the network); then run again",
        cause: error,
    });

/** Codes of Node.js' HTTP parser. */
const isNoHttp = ({ code }: WireLost): boolean => code.startsWith("HPE_");

const noHttp = (error: WireLost): WmisecError =>
    new WmisecError("protocol", `does not speak HTTP as WinRM does (${error.code})`, {
        remedy: "check which port is WinRM's (winrm enumerate winrm/config/listener), and the connection's scheme and port",
        cause: error,
    });

const codeText = ({ code }: WireLost): string => (code === "" ? "" : ` (${code})`);
