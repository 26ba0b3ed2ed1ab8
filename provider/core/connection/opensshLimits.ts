import { bareHost } from "../bareHost";
import { hostKeysIn } from "./hostKeyText";
import type { SecretSource } from "./secretRef";

/**
 * OpenSSH 9.6 and newer take no user of a command line that begins with `-`, has one of these signs, or ends with a
 * backslash (ssh.c, valid_ruser): a ProxyCommand of the user's configuration may put it into a shell. Beside these, control characters, and
 * a dash behind white space, which would be an option there.
 */
const USER_FOR_NO_SHELL = /^-|\s-|['"`;&<>|(){}\p{Cc}]|\\$/u;

/** What a path can't have in an option of ssh in any version: quotes end it, `%` and `\${` are expanded, `$` at its start names a variable. */
const PATH_WITH_MEANING = /["%\p{Cc}]|\$\{|^\$/u;

const OTHER_TRANSPORT = `transport "ssh"`;

const isFile = (source: SecretSource): source is { file: string } => typeof source !== "string" && "file" in source;

/*
 * For each field what can't be told to the program `ssh`, and what to write instead: secrets would stand on its command line or in a
 * file, and it asks nobody in batch mode. None holds a value of the field.
 */

export const host = (name: string): string | undefined =>
    bareHost(name).startsWith("-") ? "begins with a dash, so that ssh would take it for an option" : undefined;

export const user = (name: string): string | undefined =>
    USER_FOR_NO_SHELL.test(name)
        ? "has a sign in it that ssh takes no user with: a quote, a bracket, ; & < > |, or a dash in front or behind a space"
        : undefined;

export const password = (): string => `ssh can't be given a password: use a key, an SSH agent or Kerberos, or ${OTHER_TRANSPORT}`;

export const privateKey = (source: SecretSource): string | undefined =>
    isFile(source) ? path(source.file) : `ssh reads keys from files only: write { file: PATH }, use an SSH agent, or ${OTHER_TRANSPORT}`;

export const privateKeyPassword = (): string =>
    `ssh can't be given the password of a key: add the key to an SSH agent (ssh-add), or use ${OTHER_TRANSPORT}`;

export const path = (name: string): string | undefined =>
    PATH_WITH_MEANING.test(name) ? "is a path that means something else to ssh: it may have no quote, no % and no ${ in it" : undefined;

export const hostKey = (keys: string | readonly string[]): string | undefined =>
    [keys].flat().some((text) => hostKeysIn(text).keys.some(({ kind }) => kind === "fingerprint"))
        ? `ssh compares whole keys, no fingerprints: write the public key's line (what ssh-keyscan prints), or use ${OTHER_TRANSPORT}`
        : undefined;

export const proxy = (): string =>
    `ssh takes jump hosts from its own configuration: write ProxyJump for this host in ~/.ssh/config, or use ${OTHER_TRANSPORT}`;
