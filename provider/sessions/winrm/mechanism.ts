import type { SealedBy } from "../../wsman/framing";

/** Seals the messages to the host and unseals its answers, in order, for one connection. */
export interface Sealing {
    seal(message: Buffer): Promise<{ readonly signature: Buffer; readonly data: Buffer }>;
    /** @throws Malformed, WmisecError. After that, nothing can be unsealed */
    unseal(signature: Buffer, data: Buffer): Promise<Buffer>;
}

export interface Token {
    readonly token: Buffer;
    /** Whether the token proves the password. A wrong one may lock the account. */
    readonly provesPassword: boolean;
}

/** One login by tokens in HTTP headers, for one connection. */
export interface Mechanism {
    /** For errors: `NTLM`. */
    readonly name: string;
    /** The HTTP scheme. */
    readonly scheme: "Negotiate";
    readonly sealedBy: SealedBy;
    /**
     * @param said the host's last token; undefined at the start
     * @returns undefined if there is nothing more to send
     * @throws Malformed, WmisecError
     */
    next(said: Buffer | undefined): Promise<Token | undefined>;
    /**
     * Call it when the host has accepted the login.
     * @throws Malformed, WmisecError if the login is not over for us, or the session is not confidential
     */
    sealing(): Sealing;
    /** Frees what the library holds. A second call does nothing. */
    close(): void;
}
