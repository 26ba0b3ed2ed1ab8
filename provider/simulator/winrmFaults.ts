import type { NoDetails } from "../model/machineFaults";

/** The messages of a WinRM session. */
export type WinrmMessage = "create" | "command" | "send" | "receive" | "signal" | "delete";

/** Which messages a fault is about; without `message`, any. */
export interface OfMessage {
    readonly message?: WinrmMessage;
}

/** An HTTP response instead of an answer. */
export interface HttpAnswer {
    readonly status: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
}

/** How the XML of an answer can be wrong. */
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

/** What can be wrong with the host's NTLM challenge. */
export type WrongChallenge = "weak" | "unsealed" | "garbled" | "oversized" | "again";

/**
 * Faults of a host's WinRM connections and service, beside the faults of any connection. A fault about a message bites when the host has read
 * that message, unless its comment says otherwise.
 */
export interface WinrmFaults {
    /** Something in front of the service answers, such as a proxy, or http.sys without the service. Bites before the login. */
    httpDoor: HttpAnswer;
    /** After the login, an HTTP response that is no SOAP. The host does nothing. */
    httpAnswer: OfMessage & HttpAnswer;
    /** The port speaks HTTP instead of TLS. Bites when a connection is accepted. */
    noTls: NoDetails;
    /** The host shows another certificate, as a man in the middle would. Bites when a connection is accepted. */
    otherCertificate: NoDetails;
    /** The host refuses every login, and offers these schemes. Bites in authentication. */
    httpOffers: { readonly schemes: readonly string[] };
    /** Each answer sets a cookie. `refused` lists clients that send it back. */
    httpCookie: NoDetails;
    /**
     * A message gets no answer, and the connection stays open. `before`: its work is not done; `after`: it is.
     */
    messageLost: OfMessage & { readonly when: "before" | "after" };
    /** The connection breaks: `before` the work of a message, `after` it, or `within` its answer. */
    messageCut: OfMessage & { readonly when: "before" | "after" | "within" };
    /** The work is done, and the answer comes this many milliseconds later. */
    messageLate: OfMessage & { readonly ms: number };
    /**
     * A fault of the service, by its number. The host does nothing, or with `half` takes the first half of a `send`, as a host under load may.
     * @example host.faults.on("wsmanFault", { message: "create", code: 2150859173 })
     */
    wsmanFault: OfMessage & { readonly code: number; readonly text?: string; readonly providerText?: string; readonly half?: boolean };
    /** The answer names another message as its request. */
    relatesToAnother: OfMessage;
    /** The answer is longer than our client accepts. */
    answerTooLong: OfMessage;
    answerWrongXml: OfMessage & { readonly how: WrongXml };
    /** Only if bodies are sealed. */
    answerWrongSeal: OfMessage & { readonly how: WrongSeal };
    /** Only with NTLM. Bites in authentication. */
    wrongChallenge: { readonly how: WrongChallenge };
    /** Each answer contains one byte of a process's output. Bites when a Receive has been read. */
    outputInCrumbs: NoDetails;
}
