import { WmisecError } from "../core/errors";

/**
 * The host answered, and took our credentials: that is no silence, and nothing may pass over it as such. An OpenSSH server on
 * Windows does so where it can't make a process for the account (its profile, its logon rights), or start its shell.
 */
export const closedAfterLogin = (user: string, said: string | undefined): WmisecError =>
    new WmisecError("execRefused", `closed the connection right after login as ${user}`, {
        said,
        remedy: [
            "see the SSH server's log on the host: Event Viewer, Applications and Services Logs, OpenSSH; or C:\\ProgramData\\ssh\\logs\\sshd.log",
            "see that the account can log on there and load its profile (C:\\Users), and, for a domain account, that its user principal name (UPN) is right",
            "see that the program that DefaultShell in HKLM\\SOFTWARE\\OpenSSH names is there",
        ].join("\n"),
    });
