import { createHash, createHmac } from "node:crypto";
import { md4 } from "./md4";
import { withMic } from "./messages";
import { Rc4 } from "./rc4";

/** NTLMv2's keys and responses (MS-NLMP 3.3.2, 3.4.5, 3.1.5.1.2). */

export const md5 = (...parts: Buffer[]): Buffer => createHash("md5").update(Buffer.concat(parts)).digest();
export const hmacMd5 = (key: Buffer, ...parts: Buffer[]): Buffer => createHmac("md5", key).update(Buffer.concat(parts)).digest();

const utf16 = (text: string): Buffer => Buffer.from(text, "utf16le");

/** NTOWFv2. */
export const responseKey = (user: string, domain: string, password: string): Buffer =>
    hmacMd5(md4(utf16(password)), utf16(user.toUpperCase() + domain));

export interface Response {
    readonly ntResponse: Buffer;
    readonly sessionBaseKey: Buffer;
}

export interface ClientPart {
    /** 100 ns since 1601, 8 bytes. */
    readonly time: Buffer;
    /** 8 bytes, random. */
    readonly clientChallenge: Buffer;
    /** AV pairs. */
    readonly targetInfo: Buffer;
}

/** The client's part of the NTLMv2 response: what follows the proof in `ntResponse`. */
export const clientPart = ({ time, clientChallenge, targetInfo }: ClientPart): Buffer =>
    Buffer.concat([Buffer.from([1, 1, 0, 0, 0, 0, 0, 0]), time, clientChallenge, Buffer.alloc(4), targetInfo, Buffer.alloc(4)]);

/** Offset of the AV pairs in `clientPart`. */
export const TARGET_INFO_AT = 28;

/** Length of the proof in front of `clientPart`. */
export const PROOF_LENGTH = 16;

/** @param part as `clientPart` returns it, or as a client sent it */
export function ntlmV2Response(key: Buffer, serverChallenge: Buffer, part: Buffer): Response {
    const proof = hmacMd5(key, serverChallenge, part);
    return { ntResponse: Buffer.concat([proof, part]), sessionBaseKey: hmacMd5(key, proof) };
}

/** Encrypts or decrypts the session's own key, with the key that both sides derive from the password. */
export const exchangedKey = (sessionBaseKey: Buffer, key: Buffer): Buffer => new Rc4(sessionBaseKey).process(key);

/** MsvAvChannelBindings: MD5 over gss_channel_bindings_struct (RFC 4121 4.1.1.2) with nothing but application data. */
export function channelBindingHash(applicationData: Buffer): Buffer {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(applicationData.length);
    return md5(Buffer.alloc(16), length, applicationData);
}

/** Covers all three messages, so that nobody in between can change one. */
export const micOf = (sessionKey: Buffer, negotiate: Buffer, challenge: Buffer, authenticate: Buffer): Buffer =>
    hmacMd5(sessionKey, negotiate, challenge, withMic(authenticate));
