import { createHash } from "node:crypto";
import { type ParsedKey, utils } from "ssh2";
import { WmisecError } from "../core/errors";

/** Opened keys, by a hash of key and password: opening an encrypted one is slow on purpose, and a fleet shares one key. */
const opened = new Map<string, ParsedKey>();

/**
 * @param label names field and place for errors: `connection.privateKey (file ~/.ssh/fleet)`
 * @throws WmisecError `invalidInput` that says what is wrong with the key without showing any of it.
 */
export function openPrivateKey(text: string, password: string | undefined, label: string): ParsedKey {
    const id = createHash("sha256")
        .update(JSON.stringify([text, password]))
        .digest("hex");
    const known = opened.get(id);
    if (known !== undefined) return known;
    const key = parse(text, password, (problem, remedy) => {
        throw new WmisecError("invalidInput", `${label} ${problem}`, { remedy });
    });
    opened.set(id, key);
    return key;
}

function parse(text: string, password: string | undefined, refuse: (problem: string, remedy: string) => never): ParsedKey {
    let key = utils.parseKey(text);
    // ssh2 tells only by its text that a key is encrypted; 1.17.0 has one wording for all formats.
    if (key instanceof Error && key.message.includes("no passphrase given")) {
        if (password === undefined) return refuse("is encrypted", "set privateKeyPassword");
        key = utils.parseKey(text, password);
        if (key instanceof Error && !/unsupported/i.test(key.message))
            return refuse("does not open with privateKeyPassword", "check privateKeyPassword, and that it belongs to this key");
    }
    if (key instanceof Error) return refuse(...notAKey(text, key.message));
    if (!key.isPrivateKey()) return refuse("is a public key", "give the other file of the pair, the one without .pub");
    return key;
}

/** @returns problem and remedy */
function notAKey(text: string, message: string): [string, string] {
    if (/^-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/m.test(text))
        return ["is in PKCS#8 format, which is not supported", "convert it: ssh-keygen -p -f FILE writes OpenSSH's format"];
    if (/^PuTTY-User-Key-File-3/.test(text.trim()))
        return ["is in PuTTY's format 3, which is not supported", "export it from PuTTYgen in OpenSSH's format"];
    if (text.includes("-----BEGIN") && !/-----\r?\n/.test(text))
        return ["has lost its line breaks", "pass the key with its line breaks, for example as { file: PATH }"];
    if (/unsupported (cipher|kdf|OpenSSH private key type)/i.test(message) || /not supported/i.test(message))
        return ["is of a kind or encrypted in a way that is not supported", "make a new one: ssh-keygen -t ed25519"];
    if (text.includes("-----BEGIN")) return ["is damaged", "copy the whole file again, with its first and last line"];
    if (!text.trim().includes("\n") && /^(~|\.{0,2}[/\\]|[A-Za-z]:[/\\])|[/\\]|\.(pem|key|ppk)$/.test(text.trim()))
        return ["is a path; the text of the key belongs there", "write privateKey: { file: PATH }"];
    return ["is not a private key", "give the text of a key in OpenSSH or PEM format, or { file: PATH }"];
}
