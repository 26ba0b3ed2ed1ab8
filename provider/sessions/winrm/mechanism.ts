import type { SealedBy } from "../../wsman/framing";

/** Seals what goes to the host and unseals what comes, in order, for one connection. */
export interface Sealing {
    seal(message: Buffer): Promise<{ readonly signature: Buffer; readonly data: Buffer }>;
    /** @throws Malformed, WmisecError: nothing more can be unsealed then */
    unseal(signature: Buffer, data: Buffer): Promise<Buffer>;
}

export interface Token {
    readonly token: Buffer;
    /** Whether a host learns from it if the password is right: the next wrong one may lock the account. */
    readonly provesPassword: boolean;
}

/** One login by tokens that go to and fro in HTTP's headers, for one connection. */
export interface Mechanism {
    /** For errors: `NTLM`. */
    readonly name: string;
    /** The scheme of HTTP. */
    readonly scheme: "Negotiate";
    readonly sealedBy: SealedBy;
    /**
     * @param said the host's last token; undefined at the start
     * @returns undefined where there is nothing more to say
     * @throws Malformed, WmisecError
     */
    next(said: Buffer | undefined): Promise<Token | undefined>;
    /**
     * To be called when the host has taken the login.
     * @throws Malformed, WmisecError where it is not over for us, or the session is not confidential
     */
    sealing(): Sealing;
    /** Frees what it holds outside of this process's own memory. Twice is as good as once. */
    close(): void;
}
