import { resolve } from "node:path";
import { bareHost } from "../../core/bareHost";
import { type Connection, DEFAULT_DIAL_SECONDS } from "../../core/connection";
import { WmisecError } from "../../core/errors";
import { expandHome } from "../expandHome";

/** The server's name in our private known_hosts file with the keys of `hostKey`. */
export const HOST_KEY_ALIAS = "pulumi-wmisec";

/** Which host keys ssh may trust. `pinned`, `anybody`: `file` is ours, and the server's name in it is HOST_KEY_ALIAS. */
export type OpensshTrust =
    | { readonly keys: "pinned" | "anybody"; readonly file: string }
    /** The file of `knownHostsFile`, instead of the user's and the system's. */
    | { readonly keys: "file"; readonly file: string }
    /** As in the user's own configuration. */
    | { readonly keys: "configured" };

/** Seconds between two keepalive requests of ssh; three without an answer end the connection. */
const KEEPALIVE = 10;

/**
 * Options that override the user's configuration. No questions and no terminal. `VERBOSE` is the log level that reports the login.
 * Nothing is forwarded to a host that may be hostile. No connection is shared, because we would share its trust, and none is left
 * open. No known_hosts file is changed.
 */
const ALWAYS = [
    "BatchMode=yes",
    "LogLevel=VERBOSE",
    "RemoteCommand=none",
    "ControlMaster=no",
    "ControlPath=none",
    "ClearAllForwardings=yes",
    "UpdateHostKeys=no",
    "NoHostAuthenticationForLocalhost=no",
    `ServerAliveInterval=${KEEPALIVE}`,
    "ServerAliveCountMax=3",
];

/** The same for options that ssh knows from 8.7 on: it stays in the foreground, reads our input, and starts our command. */
const ALWAYS_SINCE_807 = ["ForkAfterAuthentication=no", "StdinNull=no", "SessionType=default"];
/** More log lines from the user's configuration would look like ssh's messages, and could push out those that we look for. */
const ALWAYS_SINCE_805 = ["LogVerbose=none"];
/** From this version on, the user's configuration can make ssh ask a program for more host keys. */
const KNOWN_HOSTS_COMMAND_SINCE = 805;

/** What the argument list depends on besides the connection: our own files, and the version of ssh. */
export interface SshSetting {
    readonly trust: OpensshTrust;
    /** The path of ssh's log. */
    readonly log: string;
    /** 8.7 is 807. */
    readonly version: number;
    /** The home folder that `~/` means. */
    readonly home: string;
}

/**
 * The argument list of the program `ssh`. Besides what must always hold, it contains only what the Pulumi program said. The rest
 * comes from the user's own configuration. No value can be mistaken for an option: each is data of an `-o`, or comes after `--`.
 * @param connection valid by its schema
 * @param command as the host's default shell gets it
 * @throws WmisecError `invalidInput` for a path that ssh can't get unchanged.
 */
export function sshArguments(connection: Connection, command: string, { trust, log, version, home }: SshSetting): string[] {
    const { host, port, user, perDialTimeout = DEFAULT_DIAL_SECONDS, privateKey, agentSocketPath } = connection;
    const path = (value: string, field: string) => quoted(resolve(expandHome(value, home)), field);
    const options = [...ALWAYS, ...(version >= 805 ? ALWAYS_SINCE_805 : []), ...(version >= 807 ? ALWAYS_SINCE_807 : [])];
    options.push(...trustOptions(trust, (file) => path(file, "knownHostsFile")));
    if (trust.keys !== "configured" && version >= KNOWN_HOSTS_COMMAND_SINCE) options.push("KnownHostsCommand=none");
    if (perDialTimeout > 0) options.push(`ConnectTimeout=${perDialTimeout}`);
    if (typeof privateKey === "object" && "file" in privateKey)
        options.push("IdentitiesOnly=yes", `IdentityFile=${path(privateKey.file, "privateKey")}`);
    if (agentSocketPath !== undefined) options.push(`IdentityAgent=${path(agentSocketPath, "agentSocketPath")}`);
    return [
        ...["-T", "-a", "-x", "-E", log],
        ...options.flatMap((option) => ["-o", option]),
        ...(port === undefined ? [] : ["-p", String(port)]),
        ...["-l", user, "--", bareHost(host), command],
    ];
}

/** Uses the same file as the global one, because older versions of ssh read `none` as a file name. */
function trustOptions(trust: OpensshTrust, path: (file: string) => string): string[] {
    const strict = `StrictHostKeyChecking=${trust.keys === "anybody" ? "no" : "yes"}`;
    if (trust.keys === "configured") return [strict];
    const file = path(trust.file);
    const only = [strict, `UserKnownHostsFile=${file}`, `GlobalKnownHostsFile=${file}`, "VerifyHostKeyDNS=no"];
    return trust.keys === "file" ? only : [...only, `HostKeyAlias=${HOST_KEY_ALIAS}`];
}

/** In the quotes of ssh_config(5). Windows accepts `/` for `\`, which ssh would read as an escape in some places. */
function quoted(path: string, field: string): string {
    const plain = process.platform === "win32" ? path.replaceAll("\\", "/") : path;
    if (!/["\\%\p{Cc}]|\$\{/u.test(plain)) return `"${plain}"`;
    throw new WmisecError("invalidInput", `connection.${field}: ssh would read this path differently`, {
        said: plain,
        remedy: 'use a path without quotes, backslashes, % and ${, or transport "ssh"',
    });
}
