import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { Malformed } from "../../wsman/malformed";
import {
    AV,
    avPairs,
    challengeMessage,
    channelBindingHash,
    exchangedKey,
    flagsOf,
    HAS_MIC,
    micOf,
    missingOf,
    NtlmSealing,
    ntlmV2Response,
    PROOF_LENGTH,
    REQUIRED,
    readAuthenticate,
    readAvPairs,
    readNegotiate,
    responseKey,
    TARGET_INFO_AT,
} from "../../wsman/ntlm";
import type { SimulatedUser } from "../simulatedUser";
import type { WrongChallenge } from "../winrmFaults";

/** `CbtHardeningLevel` (MS-WSMV 2.2.4.34). `relaxed`, the default, accepts no binding, but no wrong one. */
export type ChannelBinding = "none" | "relaxed" | "strict";

export interface AcceptorOptions {
    readonly machine: string;
    readonly users: readonly SimulatedUser[];
    /** The binding that the client must send; undefined without TLS. */
    readonly channelBinding: Buffer | undefined;
    readonly level: ChannelBinding;
}

export interface Accepted {
    readonly user: string;
    readonly sealing: NtlmSealing;
}

const SINCE_1601 = 11_644_473_600_000n;
const FLAGS_ASKED = flagsOf([...REQUIRED, "requestTarget", "alwaysSign", "targetTypeServer"]);

/** The host's side of one NTLMv2 login (MS-NLMP 3.2.5). It is stricter than Windows: it refuses logins without a MIC, 128-bit keys or sealing. */
export class NtlmAcceptor {
    private readonly serverChallenge = randomBytes(8);
    private negotiate: Buffer | undefined;
    private challenge: Buffer | undefined;

    constructor(private readonly options: AcceptorOptions) {}

    /** The client's first message. */
    get negotiated(): Buffer | undefined {
        return this.negotiate;
    }

    /** @throws Malformed */
    challengeFor(negotiate: Buffer, wrong?: WrongChallenge): Buffer {
        readNegotiate(negotiate);
        this.negotiate = negotiate;
        const weaker = wrong === "weak" ? flagsOf(["key128"]) : wrong === "unsealed" ? flagsOf(["seal"]) : 0;
        this.challenge = challengeMessage({
            flags: (FLAGS_ASKED & ~weaker) >>> 0,
            serverChallenge: this.serverChallenge,
            targetInfo: this.targetInfo(),
            targetName: this.options.machine,
        });
        if (wrong === "garbled") return this.challenge.subarray(0, 40);
        return wrong === "oversized" ? Buffer.concat([this.challenge, Buffer.alloc(100_000)]) : this.challenge;
    }

    /**
     * @returns the login, or why it is refused, for tests
     * @throws Malformed
     */
    accept(authenticate: Buffer): Accepted | string {
        const { negotiate, challenge } = this;
        if (negotiate === undefined || challenge === undefined) throw new Malformed("an answer to no challenge");
        const message = readAuthenticate(authenticate);
        if (missingOf(message.flags).length > 0) return `a login without ${missingOf(message.flags).join(", ")}`;
        const account = this.options.users.find(({ user }) => isNamed(user, message.domain, message.user, this.options.machine));
        if (account?.password === undefined) return "nobody of that name has a password";
        const { ntResponse } = message;
        if (ntResponse.length < PROOF_LENGTH + TARGET_INFO_AT) return "no NTLMv2 answer";
        const part = ntResponse.subarray(PROOF_LENGTH);
        const key = responseKey(message.user, message.domain, account.password);
        const expected = ntlmV2Response(key, this.serverChallenge, part);
        if (!timingSafeEqual(expected.ntResponse, ntResponse)) return "another password";
        const sessionKey = exchangedKey(expected.sessionBaseKey, message.encryptedSessionKey);
        const pairs = readAvPairs(part.subarray(TARGET_INFO_AT));
        if (((pairs.get(AV.flags)?.readUInt32LE() ?? 0) & HAS_MIC) === 0) return "a login without a MIC";
        if (!timingSafeEqual(micOf(sessionKey, negotiate, challenge, authenticate), message.mic)) return "a wrong MIC";
        return this.bindingProblem(pairs.get(AV.channelBindings)) ?? { user: account.user, sealing: new NtlmSealing(sessionKey, "server") };
    }

    private bindingProblem(told: Buffer = Buffer.alloc(16)): string | undefined {
        const { channelBinding, level } = this.options;
        if (channelBinding === undefined || level === "none") return undefined;
        if (told.equals(Buffer.alloc(16))) return level === "strict" ? "a login without a channel binding" : undefined;
        return told.equals(channelBindingHash(channelBinding)) ? undefined : "the channel binding of another certificate";
    }

    private targetInfo(): Buffer {
        const { machine } = this.options;
        const text = (value: string) => Buffer.from(value, "utf16le");
        const time = Buffer.alloc(8);
        time.writeBigUInt64LE((BigInt(Date.now()) + SINCE_1601) * 10_000n);
        return avPairs(
            new Map([
                [AV.domainName, text(machine)],
                [AV.computerName, text(machine)],
                [AV.dnsDomainName, text(machine.toLowerCase())],
                [AV.dnsComputerName, text(machine.toLowerCase())],
                [AV.timestamp, time],
            ]),
        );
    }
}

/** RFC 5929, 4.1. */
export const endPointBinding = (der: Buffer, hash: "sha256" | "sha384" | "sha512"): Buffer =>
    Buffer.concat([Buffer.from("tls-server-end-point:"), createHash(hash).update(der).digest()]);

/** Without regard to case. A name without a domain is an account of this machine. */
function isNamed(known: string, domain: string, user: string, machine: string): boolean {
    const told = (domain === "" ? user : `${domain}\\${user}`).toLowerCase();
    const local =
        known.includes("\\") || known.includes("@") ? undefined : [`${machine}\\${known}`, `.\\${known}`].map((one) => one.toLowerCase());
    return told === known.toLowerCase() || local?.includes(told) === true;
}
