import { createHash } from "node:crypto";
import type { ServerHostKeyAlgorithm } from "ssh2";

/**
 * Signature algorithms with which a server may prove its key, in our order of preference. SHA-1 (`ssh-rsa`) is left out:
 * every OpenSSH for Windows supports better ones.
 */
export const HOST_KEY_ALGORITHMS: readonly ServerHostKeyAlgorithm[] = [
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
];

/** Type of the key that an algorithm proves: both `rsa-sha2` algorithms prove an `ssh-rsa` key (RFC 8332 section 3). */
export const keyTypeOf = (algorithm: ServerHostKeyAlgorithm): string => (algorithm.startsWith("rsa-sha2") ? "ssh-rsa" : algorithm);

/** As `ssh-keygen -l` prints it: `SHA256:` and 43 characters. */
export const fingerprintOf = (key: Buffer): string => `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;

/** The type that a public key in SSH's wire format says it has (RFC 4253 section 6.6); undefined when it is not one. */
export function typeOfKey(key: Buffer): string | undefined {
    if (key.length < 4) return undefined;
    const end = 4 + key.readUInt32BE(0);
    return end < key.length ? key.toString("latin1", 4, end) : undefined;
}

/**
 * @param type the text before the key
 * @returns the key in wire format; undefined if it is cut short, is not base64, or has another type.
 */
export function decodeKey(type: string, base64: string): Buffer | undefined {
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64) || base64.length % 4 !== 0) return undefined;
    const key = Buffer.from(base64, "base64");
    return typeOfKey(key) === type && fieldsFill(key) ? key : undefined;
}

/** A key in wire format consists only of fields with a length in front. If it was cut short, the lengths do not add up. */
function fieldsFill(key: Buffer): boolean {
    let at = 0;
    while (at + 4 <= key.length) at += 4 + key.readUInt32BE(at);
    return at === key.length;
}
