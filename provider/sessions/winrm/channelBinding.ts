import { createHash } from "node:crypto";

/** Signature algorithms whose hash is not SHA-256, in DER. */
const SHA384 = ["2a864886f70d01010c", "2a8648ce3d040303"];
const SHA512 = ["2a864886f70d01010d", "2a8648ce3d040304"];
const RSA_PSS = "2a864886f70d01010a";
/** RSA_PSS names the hash in its parameters. */
const PSS_SHA384 = "0609608648016503040202";
const PSS_SHA512 = "0609608648016503040203";

/**
 * Binds a login to its TLS connection: `tls-server-end-point` of RFC 5929. That is a hash of the server's certificate, by the hash algorithm
 * of its signature, or by SHA-256 if that one is weaker or unknown.
 * @param certificate in DER
 */
export const channelBindingOf = (certificate: Buffer): Buffer =>
    Buffer.concat([Buffer.from("tls-server-end-point:"), createHash(hashOf(certificate)).update(certificate).digest()]);

function hashOf(certificate: Buffer): "sha256" | "sha384" | "sha512" {
    const algorithm = signatureAlgorithm(certificate).toString("hex");
    const named = (oid: string) => algorithm.startsWith(`06${(oid.length / 2).toString(16).padStart(2, "0")}${oid}`);
    const isPss = named(RSA_PSS);
    if (SHA384.some(named) || (isPss && algorithm.includes(PSS_SHA384))) return "sha384";
    return SHA512.some(named) || (isPss && algorithm.includes(PSS_SHA512)) ? "sha512" : "sha256";
}

/** The content of AlgorithmIdentifier, the second part of a certificate (RFC 5280, 4.1). Empty if the bytes are no certificate. */
function signatureAlgorithm(certificate: Buffer): Buffer {
    const whole = derContent(certificate);
    const signed = derContent(whole.content);
    return derContent(signed.behind).content;
}

function derContent(bytes: Buffer): { readonly content: Buffer; readonly behind: Buffer } {
    const [, first = 0] = bytes;
    const inBytes = first & 0x80 ? first & 0x7f : 0;
    if (bytes.length < 2 + inBytes || inBytes > 4) return { content: Buffer.alloc(0), behind: Buffer.alloc(0) };
    const length = inBytes === 0 ? first : bytes.readUIntBE(2, inBytes);
    const at = 2 + inBytes;
    return { content: bytes.subarray(at, at + length), behind: bytes.subarray(at + length) };
}
