import { X509Certificate } from "node:crypto";
import { TLSSocket } from "node:tls";
import type { FaultTable } from "../../model/faultTable";
import { Malformed } from "../../wsman/malformed";
import { MUTUAL_TLS } from "../../wsman/names";
import type { NtlmSealing } from "../../wsman/ntlm";
import type { Counters } from "../counters";
import type { SimulatorFaults } from "../faults";
import { type AcceptorOptions, NtlmAcceptor } from "./ntlmAcceptor";

/** Ways to log in. `negotiate` is only NTLM here, because Kerberos needs a domain. */
export type WinrmLogin = "negotiate" | "basic" | "certificate";

export interface LoginOptions extends AcceptorOptions {
    readonly methods: readonly WinrmLogin[];
    readonly faults: FaultTable<SimulatorFaults>;
    readonly counters: Counters;
    /** Records what our client never does, or a login that Windows would accept and the simulator does not. */
    refused(what: string): void;
}

/** Whether a request is logged in. */
export type Verdict =
    | { readonly in: true; readonly user: string; readonly sealing: NtlmSealing | undefined }
    | { readonly in: false; readonly challenges: readonly string[] };

const NAMES: Readonly<Record<Exclude<WinrmLogin, "certificate">, string>> = { negotiate: "Negotiate", basic: 'Basic realm="WSMAN"' };

/** The login of one connection. It lasts as long as the connection. */
export class ConnectionLogin {
    private acceptor: NtlmAcceptor | undefined;
    private held: Extract<Verdict, { readonly in: true }> | undefined;
    private isCounted = false;

    constructor(
        private readonly socket: object,
        private readonly options: LoginOptions,
    ) {}

    async judge(authorization: string | undefined): Promise<Verdict> {
        if (this.options.faults.has("httpOffers")) return this.refusal();
        if (authorization === undefined) return this.held ?? this.refusal();
        const [scheme = "", token = ""] = authorization.split(" ");
        if (authorization === MUTUAL_TLS && this.offers("certificate")) return this.byCertificate();
        if (scheme === "Basic" && this.offers("basic")) return this.byPassword(token);
        if (scheme === "Negotiate" && this.offers("negotiate")) return this.byNtlm(token);
        this.options.refused(`a login by ${scheme}`);
        return this.refusal();
    }

    private offers = (method: WinrmLogin): boolean => this.options.methods.includes(method);

    private refusal(): Verdict {
        const offered = this.options.faults.bite("httpOffers")?.schemes;
        const own = this.options.methods.flatMap((method) => (method === "certificate" ? [] : [NAMES[method]]));
        return { in: false, challenges: offered ?? own };
    }

    private byPassword(token: string): Verdict {
        const [, user = "", password = ""] = /^([^:]*):(.*)$/s.exec(Buffer.from(token, "base64").toString("utf8")) ?? [];
        if (!(this.socket instanceof TLSSocket)) this.options.refused("a password in clear text");
        const known = this.options.users.find((one) => one.user.toLowerCase() === user.toLowerCase());
        const isRight = known?.password !== undefined && known.password === password;
        return this.decide(isRight ? { in: true, user: known.user, sealing: undefined } : undefined);
    }

    private byNtlm(token: string): Verdict {
        const bytes = Buffer.from(token, "base64");
        try {
            const { faults } = this.options;
            if (bytes[8] === 1) {
                this.held = undefined;
                this.acceptor = new NtlmAcceptor(this.options);
                return challengeOf(this.acceptor.challengeFor(bytes, faults.bite("wrongChallenge", ({ how }) => how !== "again")?.how));
            }
            const { acceptor } = this;
            if (faults.bite("wrongChallenge", ({ how }) => how === "again") !== undefined)
                return challengeOf(new NtlmAcceptor(this.options).challengeFor(acceptor?.negotiated ?? bytes));
            this.acceptor = undefined;
            const accepted = acceptor?.accept(bytes) ?? "an answer to no challenge";
            if (typeof accepted === "string") this.options.refused(accepted);
            return this.decide(typeof accepted === "string" ? undefined : { in: true, ...accepted });
        } catch (error) {
            if (!(error instanceof Malformed)) throw error;
            this.options.refused(error.message);
            return this.refusal();
        }
    }

    /** Asks for a certificate after the request, as http.sys does (with TLS 1.2 by a second handshake). */
    private async byCertificate(): Promise<Verdict> {
        const { socket } = this;
        if (!(socket instanceof TLSSocket)) return this.refusal();
        if (this.held === undefined) {
            if (socket.getProtocol() !== "TLSv1.2") {
                this.options.refused(`a certificate over ${socket.getProtocol()}, where nobody can be asked for one`);
                return this.decide(undefined);
            }
            await new Promise<void>((settle, fail) => {
                const asks = socket.renegotiate({ requestCert: true, rejectUnauthorized: false }, (error) =>
                    error === null ? settle() : fail(error),
                );
                if (asks === false) settle();
            });
        }
        const shown = socket.getPeerCertificate().raw;
        const known = this.options.users.find(
            ({ certificate }) => certificate !== undefined && shown !== undefined && new X509Certificate(certificate).raw.equals(shown),
        );
        return this.decide(known === undefined ? undefined : { in: true, user: known.user, sealing: undefined });
    }

    private decide(accepted: Extract<Verdict, { readonly in: true }> | undefined): Verdict {
        const { counters, faults } = this.options;
        if (accepted === undefined || faults.bite("authRefused") !== undefined) {
            counters.failedAuthentications += 1;
            return this.refusal();
        }
        if (!this.isCounted) counters.authentications += 1;
        this.isCounted = true;
        this.held = accepted;
        return accepted;
    }
}

const challengeOf = (token: Buffer): Verdict => ({ in: false, challenges: [`Negotiate ${token.toString("base64")}`] });
