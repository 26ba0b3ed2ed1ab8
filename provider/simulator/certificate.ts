import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { isIPv4 } from "node:net";

export interface Certificate {
    /** PEM. Signed by itself: its own certification authority. */
    readonly certificate: string;
    /** PEM, PKCS#8, without a password. */
    readonly privateKey: string;
    /** SHA-256 of the certificate in DER, as `serverCertificate` takes it: `SHA256:` and base64. */
    readonly fingerprint: string;
    /** What it is signed with, which is also the hash of its channel binding. */
    readonly hash: NonNullable<CertificateOptions["hash"]>;
}

export interface CertificateOptions {
    /** Names and IPv4 addresses; the first one is the subject, too. */
    readonly names: readonly string[];
    /** @default since yesterday */
    readonly from?: Date;
    /** @default for a year */
    readonly until?: Date;
    /** What it is signed with. @default "sha256" */
    readonly hash?: "sha256" | "sha384" | "sha512";
}

const DAY = 86_400_000;

/** ecdsa-with-SHA256, -SHA384, -SHA512 (RFC 5758, 3.2). */
const SIGNATURES = { sha256: "1.2.840.10045.4.3.2", sha384: "1.2.840.10045.4.3.3", sha512: "1.2.840.10045.4.3.4" } as const;
const COMMON_NAME = "2.5.4.3";
const SUBJECT_ALTERNATIVE_NAME = "2.5.29.17";
const BASIC_CONSTRAINTS = "2.5.29.19";
const SUBJECT_KEY_IDENTIFIER = "2.5.29.14";
const TRUE = Buffer.from([0x01, 0x01, 0xff]);

/**
 * A new certificate for the key of a host that speaks HTTPS, or of a user who logs in with one: P-256, signed by itself (RFC 5280). Node.js
 * makes keys and signatures; around them is nothing but DER.
 */
export function newCertificate({
    names,
    from = new Date(Date.now() - DAY),
    until = new Date(Date.now() + 365 * DAY),
    hash = "sha256",
}: CertificateOptions): Certificate {
    const [subject] = names;
    if (subject === undefined) throw new Error("a certificate has a name");
    const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const publicKey = keys.publicKey.export({ type: "spki", format: "der" });
    const signature = sequence(oid(SIGNATURES[hash]));
    const name = sequence(tagged(0x31, sequence(oid(COMMON_NAME), utf8(subject))));
    const content = sequence(
        tagged(0xa0, integer(Buffer.from([2]))),
        // Positive, and not zero.
        integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
        signature,
        name,
        sequence(time(from), time(until)),
        name,
        publicKey,
        tagged(
            0xa3,
            sequence(
                sequence(oid(BASIC_CONSTRAINTS), TRUE, octets(sequence(TRUE))),
                sequence(oid(SUBJECT_KEY_IDENTIFIER), octets(octets(createHash("sha1").update(publicKey).digest()))),
                sequence(oid(SUBJECT_ALTERNATIVE_NAME), octets(sequence(...names.map(alternative)))),
            ),
        ),
    );
    const der = sequence(content, signature, bits(sign(hash, content, keys.privateKey)));
    return {
        certificate: `-----BEGIN CERTIFICATE-----\n${der.toString("base64").replace(/.{64}/g, "$&\n").trimEnd()}\n-----END CERTIFICATE-----\n`,
        privateKey: keys.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
        fingerprint: `SHA256:${createHash("sha256").update(der).digest("base64")}`,
        hash,
    };
}

function tagged(tag: number, ...contents: readonly Buffer[]): Buffer {
    const content = Buffer.concat(contents);
    return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content]);
}

function lengthOf(length: number): Buffer {
    if (length < 0x80) return Buffer.from([length]);
    return length < 0x100 ? Buffer.from([0x81, length]) : Buffer.from([0x82, length >> 8, length & 0xff]);
}

const sequence = (...contents: readonly Buffer[]): Buffer => tagged(0x30, ...contents);
const integer = (bytes: Buffer): Buffer => tagged(0x02, bytes);
const octets = (bytes: Buffer): Buffer => tagged(0x04, bytes);
const bits = (bytes: Buffer): Buffer => tagged(0x03, Buffer.from([0]), bytes);
const utf8 = (text: string): Buffer => tagged(0x0c, Buffer.from(text));
/** UTCTime up to 2049, GeneralizedTime from 2050 (RFC 5280, 4.1.2.5). */
function time(moment: Date): Buffer {
    const text = `${moment.toISOString().replace(/[-:T]|\.\d+/g, "")}`;
    return moment.getUTCFullYear() < 2050 ? tagged(0x17, Buffer.from(text.slice(2))) : tagged(0x18, Buffer.from(text));
}
/** dNSName or iPAddress. */
const alternative = (name: string): Buffer =>
    isIPv4(name) ? tagged(0x87, Buffer.from(name.split(".").map(Number))) : tagged(0x82, Buffer.from(name));

function oid(dotted: string): Buffer {
    const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
    return tagged(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(sevenBits)]));
}

/** Big-endian, seven bits in a byte, all but the last one marked. */
function sevenBits(number: number): number[] {
    const bytes = [number & 0x7f];
    for (let rest = number >>> 7; rest > 0; rest >>>= 7) bytes.unshift((rest & 0x7f) | 0x80);
    return bytes;
}
