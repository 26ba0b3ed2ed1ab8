import { bareHost } from "../bareHost";
import { hostKeysIn } from "./hostKeyText";
import type { SecretSource } from "./secretRef";

/**
 * OpenSSH 9.6 and newer rejects a user on the command line that begins with `-`, contains one of these characters, or ends with a backslash
 * (ssh.c, valid_ruser), because a ProxyCommand might pass it to a shell. We also reject control characters, and a dash after white space,
 * which would be an option there.
 */
const USER_FOR_NO_SHELL = /^-|\s-|['"`;&<>|(){}\p{Cc}]|\\$/u;

/**
 * What a path can't contain in an option of any version of ssh: quotes end it, `%` and `\${` are expanded, `$` at its start names a
 * variable.
 */
const PATH_WITH_MEANING = /["%\p{Cc}]|\$\{|^\$/u;

const OTHER_TRANSPORT = `transport "ssh"`;

const isFile = (source: SecretSource): source is { file: string } => typeof source !== "string" && "file" in source;

/*
 * For each field: which values the program `ssh` can't take, and what to write instead. Secrets would be visible on its command line or in
 * a file, and in batch mode it asks for nothing. No text contains the value.
 */

export const host = (name: string): string | undefined =>
    bareHost(name).startsWith("-") ? "begins with a dash, so ssh would take it for an option" : undefined;

export const user = (name: string): string | undefined =>
    USER_FOR_NO_SHELL.test(name)
        ? "has a character that ssh does not accept in a user name: a quote, a bracket, ; & < > |, or a dash at the beginning or after a space"
        : undefined;

export const password = (): string => `can't be passed to ssh: use a key, an SSH agent or Kerberos, or ${OTHER_TRANSPORT}`;

export const privateKey = (source: SecretSource): string | undefined =>
    isFile(source)
        ? path(source.file)
        : `must be { file: PATH }, because ssh reads keys only from files; or use an SSH agent or ${OTHER_TRANSPORT}`;

export const privateKeyPassword = (): string => `can't be passed to ssh: add the key to an SSH agent (ssh-add), or use ${OTHER_TRANSPORT}`;

export const path = (name: string): string | undefined =>
    PATH_WITH_MEANING.test(name) ? "is a path that means something else to ssh: it must not contain a quote, % or ${" : undefined;

export const hostKey = (keys: string | readonly string[]): string | undefined =>
    [keys].flat().some((text) => hostKeysIn(text).keys.some(({ kind }) => kind === "fingerprint"))
        ? `must not be a fingerprint, because ssh compares whole keys: write the public key's line (what ssh-keyscan prints), or use ${OTHER_TRANSPORT}`
        : undefined;

export const proxy = (): string =>
    `can't be passed to ssh, which takes jump hosts from its own configuration: write ProxyJump for this host in ~/.ssh/config, or use ${OTHER_TRANSPORT}`;
