import { randomBytes } from "node:crypto";
import { Malformed } from "../malformed";
import { AV, avPairs, HAS_MIC, readAvPairs } from "./avPairs";
import { flagsOf, missingOf, REQUIRED } from "./flags";
import { channelBindingHash, clientPart, exchangedKey, micOf, ntlmV2Response, responseKey } from "./keys";
import { authenticateMessage, type Challenge, negotiateMessage, readChallenge, withMic } from "./messages";
import { NtlmSealing } from "./sealing";

export interface NtlmAccount {
    readonly user: string;
    /** Empty for an account of the host, and for `name@domain`. */
    readonly domain: string;
    readonly password: string;
}

export interface NtlmTarget {
    /** The service that we log in to: `HTTP/web-07.contoso.com`. */
    readonly servicePrincipal: string;
    /** `tls-server-end-point:` and the certificate's hash; undefined without TLS. */
    readonly channelBinding: Buffer | undefined;
}

/** What differs from login to login. */
export interface Fresh {
    /** 8 bytes. */
    readonly clientChallenge: Buffer;
    /** 16 bytes. */
    readonly sessionKey: Buffer;
    /** Used if the server sends no time. In units of 100 ns since 1601. */
    readonly time: bigint;
}

const SINCE_1601 = 11_644_473_600_000n;

const fresh = (): Fresh => ({
    clientChallenge: randomBytes(8),
    sessionKey: randomBytes(16),
    time: (BigInt(Date.now()) + SINCE_1601) * 10_000n,
});

function timestamp(time: bigint): Buffer {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(time);
    return bytes;
}

const OFFERED = flagsOf([...REQUIRED, "requestTarget", "alwaysSign"]);

/**
 * The client's side of one NTLMv2 login. It asks for signing, sealing and 128-bit keys, and refuses a server that offers less. It always
 * signs the messages (MIC), and over TLS it binds them to the server's certificate.
 */
export class NtlmInitiator {
    readonly #account: NtlmAccount;
    readonly #target: NtlmTarget;
    readonly #fresh: Fresh;
    readonly #negotiate = negotiateMessage(OFFERED);

    constructor(account: NtlmAccount, target: NtlmTarget, chosen = fresh()) {
        this.#account = account;
        this.#target = target;
        this.#fresh = chosen;
    }

    first(): Buffer {
        return this.#negotiate;
    }

    /** @throws Malformed */
    answer(challengeMessage: Buffer): { readonly token: Buffer; readonly sealing: NtlmSealing } {
        const challenge = readChallenge(challengeMessage);
        const missing = missingOf(challenge.flags);
        if (missing.length > 0) throw new Malformed(`an NTLM challenge without ${missing.join(", ")}`);
        const { user, domain, password } = this.#account;
        const { clientChallenge, sessionKey } = this.#fresh;
        const info = this.#targetInfo(challenge);
        const part = clientPart({ time: info.time, clientChallenge, targetInfo: info.bytes });
        const { ntResponse, sessionBaseKey } = ntlmV2Response(responseKey(user, domain, password), challenge.serverChallenge, part);
        const unsigned = authenticateMessage({
            flags: (challenge.flags & OFFERED) >>> 0,
            // Zeros, as MS-NLMP 3.1.5.1.2 asks if the server sends its time: nothing weaker goes along with the NTLMv2 response.
            lmResponse: Buffer.alloc(24),
            ntResponse,
            domain,
            user,
            workstation: "",
            encryptedSessionKey: exchangedKey(sessionBaseKey, sessionKey),
            mic: Buffer.alloc(16),
        });
        const token = withMic(unsigned, micOf(sessionKey, this.#negotiate, challengeMessage, unsigned));
        return { token, sealing: new NtlmSealing(sessionKey, "client") };
    }

    /** The server's own pairs, and ours. */
    #targetInfo({ targetInfo }: Challenge): { readonly bytes: Buffer; readonly time: Buffer } {
        const { servicePrincipal, channelBinding } = this.#target;
        const told = readAvPairs(targetInfo);
        const time = told.get(AV.timestamp) ?? timestamp(this.#fresh.time);
        if (time.length !== 8) throw new Malformed("a time of another length");
        const flags = Buffer.alloc(4);
        const toldFlags = told.get(AV.flags);
        flags.writeUInt32LE(((toldFlags?.length === 4 ? toldFlags.readUInt32LE() : 0) | HAS_MIC) >>> 0);
        const pairs = new Map<number, Buffer>(told);
        pairs.set(AV.flags, flags);
        pairs.set(AV.channelBindings, channelBinding === undefined ? Buffer.alloc(16) : channelBindingHash(channelBinding));
        pairs.set(AV.targetName, Buffer.from(servicePrincipal, "utf16le"));
        return { bytes: avPairs(pairs), time };
    }
}
