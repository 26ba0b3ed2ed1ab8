import { Malformed } from "./malformed";

const HEADER = 16;
const CONFOUNDER = 16;
/** After the message come a sealed copy of the header and the cipher's checksum: 12 bytes with RFC 3962, up to 24 with RFC 8009. */
const BEHIND = { least: HEADER + 12, most: HEADER + 24 };

const SEALED = 0x02;

/**
 * Splits a sealed GSS-API token (RFC 4121, 4.2.6.2), as MIT's `gss_wrap` makes it, into the signature and the data that Windows expects.
 * What follows the message is rotated to its front, and the data is as long as the message.
 * @param length of the message, in bytes
 * @throws Malformed for other tokens, such as those of RC4 keys
 */
export function rotated(token: Buffer, length: number): { readonly signature: Buffer; readonly data: Buffer } {
    if (token.length < HEADER || token.readUInt16BE(0) !== 0x0504 || token[3] !== 0xff)
        throw new Malformed("a Kerberos token that is not of RFC 4121 (a session key of RC4 or DES gives such)");
    if (((token[2] ?? 0) & SEALED) === 0) throw new Malformed("a Kerberos token that is signed, and not sealed");
    if (token.readUInt16BE(6) !== 0) throw new Malformed("a Kerberos token that is rotated already");
    const extra = token.readUInt16BE(4);
    const behind = token.length - HEADER - CONFOUNDER - length;
    if (behind < BEHIND.least + extra || behind > BEHIND.most + extra) throw new Malformed("a Kerberos token of another length");
    const header = Buffer.from(token.subarray(0, HEADER));
    header.writeUInt16BE(behind, 6);
    const turned = Buffer.concat([header, token.subarray(-behind), token.subarray(HEADER, -behind)]);
    return { signature: turned.subarray(0, turned.length - length), data: turned.subarray(turned.length - length) };
}
