import { Malformed } from "./malformed";

/** The mechanism's name in the content types of sealed bodies: `Kerberos` if the HTTP scheme is `Kerberos`, else `SPNEGO`. */
export type SealedBy = "SPNEGO" | "Kerberos";

/** One message, sealed (MS-WSMV 2.2.9.1). */
export interface Sealed {
    /** Length of the message before it was sealed, in bytes. */
    readonly length: number;
    readonly signature: Buffer;
    readonly data: Buffer;
}

const BOUNDARY = "Encrypted Boundary";
const MAX_HEAD = 1024;

export const protocolOf = (by: SealedBy): string => `application/HTTP-${by}-session-encrypted`;

/** The header `Content-Type` of a sealed body. */
export const sealedType = (by: SealedBy): string => `multipart/encrypted;protocol="${protocolOf(by)}";boundary="${BOUNDARY}"`;

/** Whether a body claims to be sealed; `readSealed` checks it. */
export const isSealedType = (contentType: string): boolean => /^\s*multipart\/encrypted\b/i.test(contentType);

export function sealedBody(by: SealedBy, { length, signature, data }: Sealed): Buffer {
    const head = [
        `--${BOUNDARY}`,
        `\tContent-Type: ${protocolOf(by)}`,
        `\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length=${length}`,
        `--${BOUNDARY}`,
        "\tContent-Type: application/octet-stream",
        "",
    ].join("\r\n");
    const signatureLength = Buffer.alloc(4);
    signatureLength.writeInt32LE(signature.length);
    return Buffer.concat([Buffer.from(head), signatureLength, signature, data, Buffer.from(`--${BOUNDARY}--\r\n`)]);
}

/**
 * Accepts what hosts write: headers with or without an indent, and a space in front of the boundary.
 * @param body limited in size by the caller
 * @throws Malformed
 */
export function readSealed(by: SealedBy, contentType: string, body: Buffer): Sealed {
    const type = new RegExp(`^\\s*multipart/encrypted\\s*;\\s*protocol="${protocolOf(by)}"\\s*;\\s*boundary="${BOUNDARY}"\\s*$`, "i");
    if (!type.test(contentType)) throw new Malformed("a sealed body of another type");
    const head = new RegExp(
        [
            `^-- ?${BOUNDARY}`,
            `[ \\t]*Content-Type:[ ]*${protocolOf(by)}`,
            "[ \\t]*OriginalContent:[ ]*type=application/soap\\+xml;[ ]*charset=UTF-8;[ ]*Length=(\\d{1,9})",
            `-- ?${BOUNDARY}`,
            "[ \\t]*Content-Type:[ ]*application/octet-stream\r\n",
        ].join("\r\n"),
        "i",
    ).exec(body.toString("latin1", 0, MAX_HEAD));
    // Sealed bytes may look like a boundary, so only the end of the body counts.
    const tail = new RegExp(`-- ?${BOUNDARY}--(\r\n)?$`).exec(body.toString("latin1", Math.max(0, body.length - 64)));
    if (head === null || tail === null) throw new Malformed("a sealed body that is not in two parts");
    const content = body.subarray(head[0].length, Math.max(head[0].length, body.length - tail[0].length));
    if (content.length < 4) throw new Malformed("a sealed body without a signature");
    const signatureLength = content.readInt32LE();
    if (signatureLength < 0 || signatureLength > content.length - 4) throw new Malformed("a signature that is cut short");
    return {
        length: Number(head[1]),
        signature: content.subarray(4, 4 + signatureLength),
        data: content.subarray(4 + signatureLength),
    };
}
