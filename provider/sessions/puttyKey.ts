import { createDecipheriv, createHash, createHmac } from "node:crypto";
import type { ParsedKey } from "ssh2";
import { damaged, doesNotOpen, encrypted, KeyProblem, notForSsh, plainName } from "./keyProblem";
import { type Curve, keyOfNumbers, type PrivateNumbers } from "./opensshKey";
import { field, WireReader } from "./wireFields";

const FIRST_LINE = /^PuTTY-User-Key-File-(\d+): *(\S+)/;

export const isPuttyKey = ([first = ""]: readonly string[]): boolean => FIRST_LINE.test(first);

const EXPORT = [
    "write it in OpenSSH's format. PuTTYgen: Load, then Conversions, Export OpenSSH key (force new file format)",
    "elsewhere: puttygen FILE -O private-openssh-new -o NEW",
].join("\n");

interface PuttyFile {
    readonly version: string;
    readonly type: string;
    readonly encryption: string;
    readonly comment: string;
    readonly publicBlob: Buffer;
    readonly privateBlob: Buffer;
    readonly mac: string;
}

/**
 * @param lines of a .ppk file, format 2 or 3
 * @throws KeyProblem; also for an encrypted key in format 3, which needs Argon2: Node.js 20 lacks it
 * @see PuTTY's manual, appendix C
 */
export function openPuttyKey(lines: readonly string[], password: string | undefined): ParsedKey {
    const file = parsed(lines);
    const { version, type, encryption } = file;
    if (version !== "2" && version !== "3") throw new KeyProblem("is in a format of PuTTY that is not supported", EXPORT);
    if (!/^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521))$/.test(type)) throw notForSsh(`is a PuTTY key of type ${plainName(type)}`);
    if (encryption !== "none" && encryption !== "aes256-cbc") throw new KeyProblem("is encrypted in a way that is not supported", EXPORT);
    if (encryption !== "none" && version === "3") throw new KeyProblem("is encrypted in PuTTY's format 3, which is not supported", EXPORT);
    if (encryption === "none") {
        if (macOf(file, file.privateBlob, "") !== file.mac) throw damaged();
        return keyOfNumbers(numbersOf(file, file.privateBlob));
    }
    if (password === undefined) throw encrypted();
    const plain = decrypted(file.privateBlob, password);
    if (macOf(file, plain, password) !== file.mac) throw doesNotOpen();
    return keyOfNumbers(numbersOf(file, plain));
}

function parsed(lines: readonly string[]): PuttyFile {
    const value = (name: string): string => {
        const line = lines.find((each) => each.startsWith(`${name}:`));
        if (line === undefined) throw damaged();
        return line.slice(name.length + 1).replace(/^ /, "");
    };
    const blob = (name: string): Buffer => {
        const at = lines.findIndex((each) => each.startsWith(`${name}-Lines:`));
        return Buffer.from(lines.slice(at + 1, at + 1 + Number(value(`${name}-Lines`))).join(""), "base64");
    };
    const [, version = "", type = ""] = FIRST_LINE.exec(lines[0] ?? "") ?? [];
    return {
        version,
        type,
        encryption: value("Encryption").trim(),
        comment: value("Comment"),
        publicBlob: blob("Public"),
        privateBlob: blob("Private"),
        mac: value("Private-MAC").trim(),
    };
}

/** Key and initial vector of format 2. */
function decrypted(blob: Buffer, password: string): Buffer {
    const half = (count: number) =>
        createHash("sha1")
            .update(Buffer.from([0, 0, 0, count]))
            .update(password)
            .digest();
    const decipher = createDecipheriv("aes-256-cbc", Buffer.concat([half(0), half(1)]).subarray(0, 32), Buffer.alloc(16));
    decipher.setAutoPadding(false);
    if (blob.length % 16 !== 0) throw damaged();
    return Buffer.concat([decipher.update(blob), decipher.final()]);
}

/** In format 3 the key of a file that is not encrypted is empty. */
function macOf({ version, type, encryption, comment, publicBlob }: PuttyFile, privateBlob: Buffer, password: string): string {
    const covered = Buffer.concat([type, encryption, Buffer.from(comment), publicBlob, privateBlob].map(field));
    if (version === "3") return createHmac("sha256", "").update(covered).digest("hex");
    const key = createHash("sha1").update("putty-private-key-file-mac-key").update(password).digest();
    return createHmac("sha1", key).update(covered).digest("hex");
}

function numbersOf({ type, publicBlob }: PuttyFile, privateBlob: Buffer): PrivateNumbers {
    const inPublic = new WireReader(publicBlob);
    const inPrivate = new WireReader(privateBlob);
    try {
        if (inPublic.field().toString("latin1") !== type) throw damaged();
        if (type === "ssh-ed25519") return { type, point: inPublic.field(), seed: inPrivate.field() };
        if (type === "ssh-rsa") {
            const [e, n] = [inPublic.field(), inPublic.field()];
            const [d, p, q, iqmp] = [inPrivate.field(), inPrivate.field(), inPrivate.field(), inPrivate.field()];
            return { type, n, e, d, iqmp, p, q };
        }
        const curve = type.replace("ecdsa-sha2-", "") as Curve;
        if (inPublic.field().toString("latin1") !== curve) throw damaged();
        return { type: `ecdsa-sha2-${curve}`, curve, point: inPublic.field(), d: inPrivate.field() };
    } catch (error) {
        if (error instanceof RangeError) throw damaged();
        throw error;
    }
}
