import { bareHost } from "./bareHost";
import { hostKeysIn } from "./hostKeyText";
import type { SecretSource } from "./secretRef";

/** The fields of a connection that the program `ssh` may not be able to take. */
interface Asked {
    readonly host: string;
    readonly user: string;
    readonly password?: SecretSource | undefined;
    readonly privateKey?: SecretSource | undefined;
    readonly privateKeyPassword?: SecretSource | undefined;
    readonly agentSocketPath?: string | undefined;
    readonly hostKey?: string | readonly string[] | undefined;
    readonly knownHostsFile?: string | undefined;
    readonly proxy?: unknown;
}

/** What is wrong with one field, and what to write instead. Holds no value of the field. */
export interface Refusal {
    readonly path: readonly string[];
    readonly message: string;
}

/**
 * OpenSSH 9.6 and newer take no user of a command line that begins with `-`, has one of these signs, or ends with a
 * backslash (ssh.c, valid_ruser): a ProxyCommand of the user's configuration may put it into a shell. Beside these, control characters, and
 * a dash behind white space, which would be an option there.
 */
const USER_FOR_NO_SHELL = /^-|\s-|['"`;&<>|(){}\p{Cc}]|\\$/u;

/** What a path can't have in an option of ssh in any version: quotes end it, `%` and `\${` are expanded, `$` at its start names a variable. */
const PATH_WITH_MEANING = /["%\p{Cc}]|\$\{|^\$/u;

/**
 * What a connection asks for that can't be told to the program `ssh`: secrets would stand on its command line or in a file,
 * and it asks nobody in batch mode.
 */
export function opensshRefusals(connection: Asked): readonly Refusal[] {
    const { host, user, privateKey, hostKey } = connection;
    const refusals: Refusal[] = [];
    const refuse = (field: keyof Asked, message: string) => refusals.push({ path: [field], message });

    if (bareHost(host).startsWith("-")) refuse("host", "begins with a dash, so that ssh would take it for an option");
    if (USER_FOR_NO_SHELL.test(user))
        refuse("user", "has a sign in it that ssh takes no user with: a quote, a bracket, ; & < > |, or a dash in front or behind a space");
    if (connection.password !== undefined)
        refuse("password", `ssh can't be given a password: use a key, an SSH agent or Kerberos, or ${OTHER_TRANSPORT}`);
    if (privateKey !== undefined && !isFile(privateKey))
        refuse("privateKey", `ssh reads keys from files only: write { file: PATH }, use an SSH agent, or ${OTHER_TRANSPORT}`);
    if (connection.privateKeyPassword !== undefined)
        refuse(
            "privateKeyPassword",
            `ssh can't be given the password of a key: add the key to an SSH agent (ssh-add), or use ${OTHER_TRANSPORT}`,
        );
    if ([hostKey ?? []].flat().some((text) => hostKeysIn(text).keys.some(({ kind }) => kind === "fingerprint")))
        refuse(
            "hostKey",
            `ssh compares whole keys, no fingerprints: write the public key's line (what ssh-keyscan prints), or use ${OTHER_TRANSPORT}`,
        );
    if (connection.proxy !== undefined)
        refuse(
            "proxy",
            `ssh takes jump hosts from its own configuration: write ProxyJump for this host in ~/.ssh/config, or use ${OTHER_TRANSPORT}`,
        );
    for (const [field, path] of [
        ["privateKey", privateKey !== undefined && isFile(privateKey) ? privateKey.file : ""],
        ["agentSocketPath", connection.agentSocketPath ?? ""],
        ["knownHostsFile", connection.knownHostsFile ?? ""],
    ] as const)
        if (PATH_WITH_MEANING.test(path))
            refuse(field, "is a path that means something else to ssh: it may have no quote, no % and no ${ in it");
    return refusals;
}

const OTHER_TRANSPORT = `transport "ssh"`;

const isFile = (source: SecretSource): source is { file: string } => typeof source !== "string" && "file" in source;
