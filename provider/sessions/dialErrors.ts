import type { ClientErrorExtensions } from "ssh2";
import { printable, WmisecError } from "../core/errors";
import type { DialStep } from "./dialClock";

/** An error of ssh2 or of the socket. `code` is a number for the reason of an SSH DISCONNECT message. */
export type SshError = Error & ClientErrorExtensions & { readonly code?: string | number };

/** @param passwordOwed a password was sent and not answered: it may have been right */
export function expired(step: DialStep, seconds: number, passwordOwed: boolean): WmisecError {
    const summary = `no answer within ${seconds} s (step: ${step})`;
    if (passwordOwed)
        return new WmisecError("timeout", summary, {
            remedy: "check whether the host can reach its domain controller, or raise perDialTimeout; the password is not sent again by itself",
        });
    return new WmisecError("unreachable", summary, { remedy: EXPIRED_REMEDIES[step] });
}

const EXPIRED_REMEDIES: Readonly<Record<DialStep, string>> = {
    "TCP connection": "check that the host is up and that firewalls let the port through, or raise perDialTimeout",
    "key exchange": "check that an SSH server answers on this port and that the host is not overloaded, or raise perDialTimeout",
    authentication: "check whether the host can reach its domain controller, and whether the SSH agent answers, or raise perDialTimeout",
};

/** @param error undefined when the connection was closed without one */
export function broken(step: DialStep, error: SshError | undefined, passwordOwed: boolean): WmisecError {
    const code = typeof error?.code === "string" ? ` (${error.code})` : "";
    const summary = `the connection was closed before we were logged in (step: ${step})${code}`;
    const details = { said: printable(error?.message ?? "nothing"), cause: error };
    if (step === "authentication" && error?.message === "Bad packet length")
        return new WmisecError("protocol", "sent an SSH packet that is garbled, or larger than our client takes (35,000 bytes)", {
            ...details,
            remedy: 'it may be the login banner: make it shorter (Banner in the host\'s sshd_config), or use transport "openssh", which takes 256 kB',
        });
    if (passwordOwed)
        return new WmisecError("connectionLost", summary, {
            ...details,
            remedy: "see the host's SSH log (Applications and Services Logs, OpenSSH); the password is not sent again by itself",
        });
    return new WmisecError("unreachable", summary, {
        ...details,
        remedy: "check that an SSH server answers on this port, that it is not too busy (MaxStartups in sshd_config), and its log on the host",
    });
}
