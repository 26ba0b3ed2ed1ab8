import { resolve } from "node:path";
import { bareHost } from "../../core/bareHost";
import { type Connection, DEFAULT_DIAL_SECONDS } from "../../core/connection";
import { WmisecError } from "../../core/errors";
import { expandHome } from "../expandHome";

/** Under which name the keys of `hostKey` stand in the file that only ssh and we know. */
export const HOST_KEY_ALIAS = "pulumi-wmisec";

/** Whom ssh may trust. `pinned`, `anybody`: FILE is ours, and the server's name in it is HOST_KEY_ALIAS. */
export type OpensshTrust =
    | { readonly keys: "pinned" | "anybody"; readonly file: string }
    /** A file of the program's, instead of the user's and the system's. */
    | { readonly keys: "file"; readonly file: string }
    /** What the user's own configuration says. */
    | { readonly keys: "configured" };

/** Seconds between two signs of life that ssh asks for; three without an answer end the connection. */
const KEEPALIVE = 10;

/**
 * What holds whatever the user's configuration says. No questions, no terminal; `VERBOSE` is the level that says when we are
 * logged in; nothing is forwarded to a host that may be hostile; no connection is shared with others, whose trust would then
 * be ours, or left open behind us; nobody's known_hosts is changed.
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

/** The same of options that ssh knows from 8.7 on: it stays in front, reads what we send and starts our command. */
const ALWAYS_SINCE_807 = ["ForkAfterAuthentication=no", "StdinNull=no", "SessionType=default"];
/** Lines that the user's configuration adds to ssh's log would be taken for its words, and leave no room for those that we look for. */
const ALWAYS_SINCE_805 = ["LogVerbose=none"];
/** ssh asks a program for more keys, if the user's configuration says so. */
const KNOWN_HOSTS_COMMAND_SINCE = 805;

/** What the argument list depends on beside the program: our own files, and which ssh it is for. */
export interface SshSetting {
    readonly trust: OpensshTrust;
    /** The file for ssh's own words. */
    readonly log: string;
    /** 8.7 is 807. */
    readonly version: number;
    /** The home folder that `~/` stands for. */
    readonly home: string;
}

/**
 * The argument list of the program `ssh`. Beside what must hold always, it says only what the Pulumi program said: all else
 * is the user's own configuration. No value can be taken for an option: each is data of an `-o`, or comes behind `--`.
 * @param connection as the schema let it pass
 * @param command as the host's default shell gets it
 * @throws WmisecError `invalidInput` for a path that ssh can't be told.
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

/** The global file is replaced by the same one: `none` is a file's name to older versions of ssh. */
function trustOptions(trust: OpensshTrust, path: (file: string) => string): string[] {
    const strict = `StrictHostKeyChecking=${trust.keys === "anybody" ? "no" : "yes"}`;
    if (trust.keys === "configured") return [strict];
    const file = path(trust.file);
    const only = [strict, `UserKnownHostsFile=${file}`, `GlobalKnownHostsFile=${file}`, "VerifyHostKeyDNS=no"];
    return trust.keys === "file" ? only : [...only, `HostKeyAlias=${HOST_KEY_ALIAS}`];
}

/** In the quotes of ssh_config(5). Windows takes `/` for `\`, which ssh would take for an escape in some places. */
function quoted(path: string, field: string): string {
    const plain = process.platform === "win32" ? path.replaceAll("\\", "/") : path;
    if (!/["\\%\p{Cc}]|\$\{/u.test(plain)) return `"${plain}"`;
    throw new WmisecError("invalidInput", `connection.${field}: the path means something else to ssh`, {
        said: plain,
        remedy: 'use a path without quotes, backslashes, % and ${, or transport "ssh"',
    });
}
