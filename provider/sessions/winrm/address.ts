import { isIPv6 } from "node:net";
import { bareHost } from "../../core/bareHost";
import { type Connection, settingOf } from "../../core/connection";

/** Where a host's listener is. */
export interface Address {
    readonly host: string;
    readonly port: number;
    readonly isHttps: boolean;
    /** `web-07:5986`, as in the header `Host`. */
    readonly authority: string;
    /** `/wsman`. */
    readonly path: string;
    /** The whole URL, as messages name it. */
    readonly url: string;
}

export function addressOf(connection: Connection): Address {
    const scheme = settingOf(connection, "scheme") ?? "https";
    const port = settingOf(connection, "port") ?? 0;
    const path = `/${(settingOf(connection, "path") ?? "").replace(/^\//, "")}`;
    const bare = bareHost(connection.host);
    // The zone of an address means something only on this machine.
    const named = isIPv6(bare) ? `[${bare.replace(/%.*/, "")}]` : bare;
    const authority = `${named}:${port}`;
    return { host: connection.host, port, isHttps: scheme === "https", authority, path, url: `${scheme}://${authority}${path}` };
}
