import { randomUUID } from "node:crypto";
import { sealedBody, sealedType } from "../../wsman/framing";
import type { NtlmSealing } from "../../wsman/ntlm";
import { MAX_ENVELOPE } from "../../wsman/soap";
import type { WrongSeal, WrongXml } from "../winrmFaults";

/** An answer's body and its type. */
export interface Bytes {
    readonly type: string;
    readonly body: Buffer;
}

/** A proxy's page for people. */
export const HTML_PAGE =
    '<!DOCTYPE html><html><head><meta charset="utf-8"><title>Proxy</title></head><body><h1>Access denied</h1><br></body></html>';

const DEEP = 200;
const LAUGHS = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>' as const;

/** Damages an envelope. */
export const WRONG_XML: Readonly<Record<WrongXml, (xml: string) => string | Buffer>> = {
    cut: (xml) => xml.slice(0, xml.length / 2),
    deep: (xml) => xml.replace("<s:Body>", `<s:Body>${"<d>".repeat(DEEP)}${"</d>".repeat(DEEP)}`),
    entities: (xml) => xml.replace("<s:Body>", "<s:Body>&nbsp;"),
    doctype: (xml) => `${LAUGHS}${xml.replace("<s:Body>", "<s:Body>&b;")}`,
    twoBodies: (xml) => xml.replace(/<s:Body>.*<\/s:Body>/s, "$&$&"),
    notXml: () => "this is not XML",
    notUtf8: (xml) => Buffer.from(xml.replace("<s:Body>", "<s:Body>\u00fc"), "latin1"),
    otherNamespace: (xml) => xml.replace("http://www.w3.org/2003/05/soap-envelope", "http://schemas.xmlsoap.org/soap/envelope/"),
    html: () => HTML_PAGE,
    notBase64: (xml) => xml.replace(/(<rsp:Stream [^>]*>)[^<]*/, "$1!this is not base64!"),
};

/** The same answer, to another message. */
export const ofAnother = (xml: string): string => xml.replace(/<a:RelatesTo>[^<]*/, `<a:RelatesTo>uuid:${randomUUID().toUpperCase()}`);

export const tooLong = (xml: string): string => xml.replace("<s:Body>", `<s:Body>${" ".repeat(MAX_ENVELOPE)}`);

const flipped = (bytes: Buffer, at: number): Buffer => {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    return changed;
};

/** Seals the answers of one connection, and damages them on request. */
export class Sealer {
    private last: Bytes | undefined;

    constructor(private readonly sealing: NtlmSealing) {}

    sealed(plain: Buffer, plainType: string, wrong?: WrongSeal): Bytes {
        if (wrong === "unsealed") return { type: plainType, body: plain };
        if (wrong === "replayed" && this.last !== undefined) return this.last;
        if (wrong === "sequence") this.sealing.seal(plain);
        const whole = { length: plain.length, ...this.sealing.seal(plain) };
        const spoiled = {
            signature: { ...whole, signature: flipped(whole.signature, 5) },
            data: { ...whole, data: flipped(whole.data, whole.data.length >> 1) },
            length: { ...whole, length: whole.length + 1 },
        };
        const shown = wrong === "signature" || wrong === "data" || wrong === "length" ? spoiled[wrong] : whole;
        const by = wrong === "otherProtocol" ? "Kerberos" : "SPNEGO";
        const type = wrong === "noBoundary" ? "multipart/encrypted" : sealedType(by);
        const bytes = { type, body: sealedBody(by, shown) };
        this.last = bytes;
        return bytes;
    }
}
