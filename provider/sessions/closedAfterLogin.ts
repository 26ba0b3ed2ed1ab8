import { WmisecError } from "../core/errors";

/**
 * The host answered and accepted our credentials, so it does not count as unreachable. An OpenSSH server on Windows closes the
 * connection then if it can't create a process for the account (profile, logon rights), or can't start its shell.
 */
export const closedAfterLogin = (user: string, said: string | undefined): WmisecError =>
    new WmisecError("execRefused", `closed the connection right after login as ${user}`, {
        said,
        remedy: [
            "see the SSH server's log on the host: Event Viewer, Applications and Services Logs, OpenSSH; or C:\\ProgramData\\ssh\\logs\\sshd.log",
            "check that the account can log on there and load its profile (C:\\Users), and, for a domain account, that its user principal name (UPN) is right",
            "check that the program in DefaultShell of HKLM\\SOFTWARE\\OpenSSH exists",
        ].join("\n"),
    });
