import { createHash } from "node:crypto";
import type { ParsedKey } from "ssh2";
import { WmisecError } from "../core/errors";
import { damaged, KeyProblem } from "./keyProblem";
import { openOpensshKey } from "./opensshKey";
import { openPemKey } from "./pemKey";
import { isPuttyKey, openPuttyKey } from "./puttyKey";

/** Opened keys, by a hash of key and password. Opening an encrypted key is slow on purpose, and a fleet shares one key. */
const opened = new Map<string, ParsedKey>();

/**
 * Opens a key in OpenSSH's format, in PKCS#8, PKCS#1 or SEC1 (PEM), or in PuTTY's format. Each may be encrypted, except PuTTY's
 * format 3. Ignores other blocks beside the key, such as parameters or certificates.
 * @param label names field and place for errors: `connection.privateKey (file ~/.ssh/fleet)`
 * @throws WmisecError `invalidInput` that says what is wrong with the key, and shows none of it.
 */
export function openPrivateKey(text: string, password: string | undefined, label: string): ParsedKey {
    const id = createHash("sha256")
        .update(JSON.stringify([text, password]))
        .digest("hex");
    const known = opened.get(id);
    if (known !== undefined) return known;
    try {
        const key = open(text, password);
        opened.set(id, key);
        return key;
    } catch (error) {
        if (!(error instanceof KeyProblem)) throw error;
        throw new WmisecError("invalidInput", `${label} ${error.problem}`, { remedy: error.remedy });
    }
}

/** Removes a program's indentation, and the byte order mark and line ends of a Windows editor. */
const linesOf = (text: string): string[] =>
    text
        .replace(/^\ufeff/, "")
        .trimStart()
        .split(/\r\n?|\n/)
        .map((line) => line.trimStart());

function open(text: string, password: string | undefined): ParsedKey {
    const lines = linesOf(text);
    // A PuTTY file's comment may end in blanks, and the MAC covers them. So this comes before trimming.
    if (isPuttyKey(lines)) return openPuttyKey(lines, password);
    const plain = lines
        .map((line) => line.trimEnd())
        .join("\n")
        .trimEnd();
    const blocks = [...plain.matchAll(/^-----BEGIN ([A-Z0-9 ]+)-----\n[\s\S]*?\n-----END \1-----$/gm)];
    const [key, ...more] = blocks.filter(([, name = ""]) => name.endsWith("PRIVATE KEY"));
    if (more.length > 0) throw new KeyProblem(`holds ${more.length + 1} private keys`, "give one of them");
    if (key === undefined) throw notAKey(plain);
    const [block, name] = key;
    return name === "OPENSSH PRIVATE KEY" ? openOpensshKey(block, password) : openPemKey(block, password);
}

const PUBLIC = ["is a public key", "give the other file of the pair, the one without .pub"] as const;

/** What people give instead of a private key, by a pattern of its text. The first match counts. */
const OTHERS: readonly (readonly [RegExp, string, string])[] = [
    [/\0/, "is UTF-16 without a byte order mark", "save it as UTF-8"],
    [
        /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----(?!\n)/,
        "has lost its line breaks",
        "pass the key with its line breaks, for example as { file: PATH }",
    ],
    [/-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/, damaged().problem, damaged().remedy],
    [/^---- BEGIN SSH2 ENCRYPTED PRIVATE KEY/, "is in the format of ssh.com", "write it in OpenSSH's format: ssh-keygen -i -f FILE > NEW"],
    [
        /^(ssh|ecdsa|sk)-\S+-cert-v01@openssh\.com /,
        "is a certificate, not a private key",
        'give the private key that it was made for, with the certificate beside it as FILE-cert.pub, and use transport "openssh"',
    ],
    [/^(ssh-|ecdsa-sha2-|sk-)\S+ AAAA/, ...PUBLIC],
    [/^---- BEGIN SSH2 PUBLIC KEY/, ...PUBLIC],
    [/^-----BEGIN (RSA )?PUBLIC KEY-----/m, ...PUBLIC],
    [
        /^-----BEGIN (\w+ )*CERTIFICATE( REQUEST)?-----/m,
        "is an X.509 certificate, not a private key",
        "give the private key that it was made for",
    ],
    [/^-----BEGIN /, "holds no private key", "give the block that begins with -----BEGIN ... PRIVATE KEY-----"],
    [/^\{\s*"/, "is JSON, not a private key", "give the key's text alone: PEM, or OpenSSH's format"],
    [/^</, "is XML, not a private key", "give the key's text alone: PEM, or OpenSSH's format"],
    [/^M[A-Za-z0-9+/\n]{60,}={0,2}$/, "has lost its first and last line", "give it whole, from -----BEGIN to -----END"],
];

function notAKey(plain: string): KeyProblem {
    const [, problem, remedy] = OTHERS.find(([sign]) => sign.test(plain)) ?? [];
    if (problem !== undefined && remedy !== undefined) return new KeyProblem(problem, remedy);
    if (!plain.includes("\n") && /^(~|\.{0,2}[/\\]|[A-Za-z]:[/\\])|[/\\]|\.(pem|key|ppk)$/.test(plain))
        return new KeyProblem("is a path; the text of the key belongs there", "write privateKey: { file: PATH }");
    return new KeyProblem("is not a private key", "give the text of a key in OpenSSH's, PEM or PuTTY's format, or { file: PATH }");
}
