import { printable, WmisecError } from "../../core/errors";
import type { Redaction } from "../../core/redaction";
import type { Reply } from "./wire";

const EVENT_LOG = "read the event log Microsoft-Windows-WinRM/Operational on the host";
const WHO_ANSWERS =
    "check what answers there: connection.path (wsman is usual), the port, and what is in front of the host (a proxy, a load balancer)";

/** The names of the ways to log in that a host offers. */
export function offered(reply: Reply): string[] {
    const names = [...reply.header("www-authenticate").matchAll(/(?:^|,)\s*([A-Za-z][A-Za-z0-9-]*)(?=\s|,|$)/g)].map(
        ([, name = ""]) => name,
    );
    return [...new Set(names)];
}

/** @returns a scheme's token; undefined if there is none. `Wire` limits the size of all headers, and so of the token. */
export function tokenOf(reply: Reply, scheme: string): Buffer | undefined {
    const [, token] =
        new RegExp(`(?:^|,)\\s*${scheme}\\s+([A-Za-z0-9+/]+={0,2})\\s*(?:,|$)`, "i").exec(reply.header("www-authenticate")) ?? [];
    return token === undefined ? undefined : Buffer.from(token, "base64");
}

/** The error for an HTTP response that is neither an answer nor a fault. */
export function statusError({ status, header, body }: Reply, redaction: Redaction): WmisecError {
    const type = header("content-type");
    const said = printable(`HTTP ${status}${type === "" ? "" : `, ${redaction.text(type)}`}, ${body.length} bytes`, 300);
    if (status === 502 || status === 503)
        return new WmisecError("unreachable", `answers that the service WinRM does not run (HTTP ${status})`, {
            said,
            remedy: "check that the service WinRM runs on the host (Get-Service WinRM; winrm quickconfig)",
        });
    if (status === 403)
        return new WmisecError("denied", "forbids access (HTTP 403)", {
            said,
            remedy: "check that the account is a member of the host's Administrators, and check the service's address filters (winrm get winrm/config/service: IPv4Filter, IPv6Filter)",
        });
    if (status === 413)
        return new WmisecError("protocol", "does not accept messages as large as ours (HTTP 413)", {
            said,
            remedy: "set MaxEnvelopeSizekb on the host to 150 or more",
        });
    if (status === 500 && body.length === 0)
        return new WmisecError("protocol", "answered HTTP 500 without a text", { said, remedy: EVENT_LOG });
    return new WmisecError("protocol", `does not answer as WinRM does (HTTP ${status})`, { said, remedy: WHO_ANSWERS });
}
