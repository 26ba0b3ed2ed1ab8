import { Malformed } from "../../wsman/malformed";
import { NtlmInitiator, type NtlmSealing } from "../../wsman/ntlm";
import type { Mechanism, Sealing, Token } from "./mechanism";

/** Reads `DOMAIN\name`, `name@domain` (the whole is the name) and `name` (a local account). */
export function ntlmNames(user: string): { readonly user: string; readonly domain: string } {
    const at = user.indexOf("\\");
    return at < 0 ? { user, domain: "" } : { user: user.slice(at + 1), domain: user.slice(0, at) };
}

export class NtlmMechanism implements Mechanism {
    readonly name = "NTLM";
    readonly scheme = "Negotiate";
    readonly sealedBy = "SPNEGO";
    readonly #initiator: NtlmInitiator;
    #sealing: NtlmSealing | undefined;

    constructor(user: string, password: string, servicePrincipal: string, channelBinding: Buffer | undefined) {
        this.#initiator = new NtlmInitiator({ ...ntlmNames(user), password }, { servicePrincipal, channelBinding });
    }

    async next(said: Buffer | undefined): Promise<Token | undefined> {
        if (said === undefined) return { token: this.#initiator.first(), provesPassword: false };
        if (this.#sealing !== undefined) return undefined;
        const { token, sealing } = this.#initiator.answer(said);
        this.#sealing = sealing;
        return { token, provesPassword: true };
    }

    sealing(): Sealing {
        const sealing = this.#sealing;
        if (sealing === undefined) throw new Malformed("an end to a login that has not begun");
        return {
            seal: async (message) => sealing.seal(message),
            unseal: async (signature, data) => sealing.unseal(signature, data),
        };
    }

    close(): void {
        this.#sealing = undefined;
    }
}
