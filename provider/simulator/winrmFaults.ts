import type { NoDetails } from "../model/machineFaults";

/** The messages of a WinRM session. */
export type WinrmMessage = "create" | "command" | "send" | "receive" | "signal" | "delete";

/** Which messages a fault is about; without `message`, any. */
export interface OfMessage {
    readonly message?: WinrmMessage;
}

/** What comes in place of an answer over HTTP. */
export interface HttpAnswer {
    readonly status: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
}

/** How an answer can be XML, and none that may be believed. */
export type WrongXml =
    | "cut"
    | "deep"
    | "entities"
    | "doctype"
    | "twoBodies"
    | "notXml"
    | "notUtf8"
    | "otherNamespace"
    | "html"
    | "notBase64";

/** How a sealed answer can be wrong. */
export type WrongSeal = "signature" | "data" | "replayed" | "sequence" | "length" | "unsealed" | "otherProtocol" | "noBoundary";

/** How a login by NTLM can be wrong on the host's side. */
export type WrongChallenge = "weak" | "unsealed" | "garbled" | "oversized" | "again";

/**
 * What can be wrong with the way to a host by WinRM, beside what can be wrong with any way. A fault about a message bites when that message
 * has been read, unless it says otherwise.
 */
export interface WinrmFaults {
    /** Something before the service answers: a proxy, http.sys without the service. Bites before anybody has said who they are. */
    httpDoor: HttpAnswer;
    /** An answer over HTTP and no SOAP, to somebody who is logged in: nothing was done. */
    httpAnswer: OfMessage & HttpAnswer;
    /** Where TLS should be, HTTP is. Bites when a connection is accepted. */
    noTls: NoDetails;
    /** The host shows another certificate, as somebody in the middle would. Bites when a connection is accepted. */
    otherCertificate: NoDetails;
    /** The ways to log in that the host names, and none is good enough. Bites in authentication. */
    httpOffers: { readonly schemes: readonly string[] };
    /** Each answer sets a cookie; whoever sends it back is told of in `refused`. */
    httpCookie: NoDetails;
    /**
     * A message is lost and the connection stays: no answer ever comes. `before`: its work was not done; `after`: it was.
     */
    messageLost: OfMessage & { readonly when: "before" | "after" };
    /** The connection breaks. `before` the work of a message, `after` it, or `within` its answer. */
    messageCut: OfMessage & { readonly when: "before" | "after" | "within" };
    /** The work is done, and its answer comes this many milliseconds later. */
    messageLate: OfMessage & { readonly ms: number };
    /**
     * The service's own fault, by its number. Nothing was done, or of a `send` the first half (`half`): so it is on a host under load.
     * @example host.faults.on("wsmanFault", { message: "create", code: 2150859173 })
     */
    wsmanFault: OfMessage & { readonly code: number; readonly text?: string; readonly providerText?: string; readonly half?: boolean };
    /** The answer says that it belongs to another message. */
    relatesToAnother: OfMessage;
    /** The answer is longer than any that our side takes. */
    answerTooLong: OfMessage;
    answerWrongXml: OfMessage & { readonly how: WrongXml };
    /** Only where bodies are sealed. */
    answerWrongSeal: OfMessage & { readonly how: WrongSeal };
    /** Only where NTLM is spoken. Bites in authentication. */
    wrongChallenge: { readonly how: WrongChallenge };
    /** What a process writes comes with one byte in each answer. Bites when a Receive has been read. */
    outputInCrumbs: NoDetails;
}
