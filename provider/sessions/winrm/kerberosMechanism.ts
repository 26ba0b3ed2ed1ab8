import { printable, WmisecError } from "../../core/errors";
import { rotated } from "../../wsman/kerberosToken";
import { Malformed } from "../../wsman/malformed";
import {
    bindingsOf,
    bytesOf,
    CONTINUE,
    Given,
    gssapi,
    type Handle,
    handle,
    isError,
    KRB5,
    NAME_TYPES,
    oidOf,
    SPNEGO,
    wordsOf,
} from "./gssapi";
import type { Mechanism, Sealing, Token } from "./mechanism";
import { ntlmNames } from "./ntlmMechanism";

export interface KerberosOptions {
    readonly user: string;
    /** Such as `HTTP/web-07`. Each is tried if the KDC does not know the one before. */
    readonly servicePrincipals: readonly string[];
    readonly channelBinding: Buffer | undefined;
}

/** GSS_C_MUTUAL_FLAG, REPLAY, SEQUENCE, CONF, INTEG. */
const FLAGS = 2 | 4 | 8 | 16 | 32;
const CONFIDENTIAL = 16;
const MUTUAL = 2;
const INITIATE = 1;

const MAJOR = { noCredential: 7, expired: 11 } as const;

/** Minor statuses of MIT's krb5, as unsigned numbers. */
const MINOR = {
    /** KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN */
    unknownService: 2529638919,
    /** KRB5_KDC_UNREACH, KRB5_REALM_CANT_RESOLVE, KRB5_REALM_UNKNOWN */
    noKdc: [2529639068, 2529639066, 2529639050],
    /** KRB5_FCC_NOFILE, KRB5_CC_NOTFOUND, KG_EMPTY_CCACHE, KRB5_CC_END, KRB5KRB_AP_ERR_TKT_EXPIRED */
    noTicket: [2529639107, 2529639053, 39756044, 2529639054, 2529638944],
    /** KRB5KRB_AP_ERR_SKEW */
    skew: 2529638949,
} as const;

/**
 * Kerberos in SPNEGO, by the system's GSS-API, with the ticket of the account that runs pulumi. The host must prove its identity, too, and
 * the session must be confidential.
 */
export class KerberosMechanism implements Mechanism {
    readonly name = "Kerberos";
    readonly scheme = "Negotiate";
    readonly sealedBy = "SPNEGO";
    readonly #options: KerberosOptions;
    readonly #credential: Handle = handle();
    #context: Handle = handle();
    #service: Handle = handle();
    #flags = 0;
    #isDone = false;
    #isClosed = false;
    /** One call at a time, because a context is for one thread. */
    #turn: Promise<unknown> = Promise.resolve();

    constructor(options: KerberosOptions) {
        this.#options = options;
    }

    next(said: Buffer | undefined): Promise<Token | undefined> {
        return this.#alone(() => (said === undefined ? this.#first() : this.#step(said)));
    }

    sealing(): Sealing {
        if (!this.#isDone) throw new Malformed("an end to a Kerberos login that is not over");
        if ((this.#flags & CONFIDENTIAL) === 0 || (this.#flags & MUTUAL) === 0)
            throw new Malformed("a Kerberos login that is not confidential, or not mutual");
        return {
            seal: (message) => this.#alone(() => this.#wrap(message)),
            unseal: (signature, data) => this.#alone(() => this.#unwrap(Buffer.concat([signature, data]))),
        };
    }

    close(): void {
        if (this.#isClosed) return;
        // After the calls under way.
        const freed = this.#alone(() => this.#free());
        this.#isClosed = true;
        // A handle that can't be freed is only a leak.
        freed.catch(() => undefined);
    }

    #alone<T>(work: () => Promise<T>): Promise<T> {
        if (this.#isClosed) return Promise.reject(new Malformed("a message after the end of a login"));
        const done = this.#turn.then(work);
        // The caller gets the error; the next call only waits for the end of this one.
        this.#turn = done.catch(() => undefined);
        return done;
    }

    async #first(): Promise<Token | undefined> {
        await this.#acquire();
        const { servicePrincipals } = this.#options;
        for (const [index, principal] of servicePrincipals.entries()) {
            this.#service = await this.#imported(principal);
            // SPNEGO replaces each failure's code by its own. Plain Kerberos reports the real one, and fetches the ticket on the way.
            const { major, minor } = await this.#initiate(undefined, KRB5);
            if (isError(major) && (minor !== MINOR.unknownService || index === servicePrincipals.length - 1))
                throw await this.#problem(major, minor, KRB5);
            if (!isError(major)) break;
            await this.#freeContext();
        }
        await gssapi().deleteContext([0], this.#context, null);
        return await this.#step(undefined);
    }

    async #step(said: Buffer | undefined): Promise<Token | undefined> {
        if (this.#isDone) return undefined;
        const { token, major, minor } = await this.#initiate(said, SPNEGO);
        if (isError(major)) throw await this.#problem(major, minor, SPNEGO);
        return token.length === 0 ? undefined : { token, provesPassword: false };
    }

    async #initiate(said: Buffer | undefined, mechanism: Buffer): Promise<{ token: Buffer; major: number; minor: number }> {
        const { channelBinding } = this.#options;
        const output = new Given();
        const [minor, flags] = [[0], [0]];
        const major = await gssapi().initContext(
            ...[minor, this.#credential[0], this.#context, this.#service[0], oidOf(mechanism), FLAGS, 0],
            channelBinding === undefined ? null : bindingsOf(channelBinding),
            said === undefined ? null : bytesOf(said),
            ...[[null], output.out, flags, [0]],
        );
        this.#flags = flags[0] ?? 0;
        this.#isDone = mechanism === SPNEGO && !isError(major) && (major & CONTINUE) === 0;
        return { token: await output.take(), major, minor: minor[0] ?? 0 };
    }

    /** The ticket must be the user's: nobody acts as somebody else because of what the cache happens to hold. */
    async #acquire(): Promise<void> {
        const gss = gssapi();
        const minor = [0];
        const acquired = await gss.acquire(minor, null, 0, null, INITIATE, this.#credential, [null], [0]);
        if (isError(acquired)) throw await this.#problem(acquired, minor[0] ?? 0);
        const name = handle();
        const inquired = await gss.inquire(minor, this.#credential[0], name, [0], [0], [null]);
        if (isError(inquired)) throw await this.#problem(inquired, minor[0] ?? 0);
        const shown = new Given();
        await gss.displayName(minor, name[0], shown.out, [null]);
        const owner = printable((await shown.take()).toString("utf8"), 200);
        await gss.releaseName(minor, name);
        const { user } = this.#options;
        const wanted = ntlmNames(user).user.split("@")[0] ?? "";
        if (owner.split("@")[0]?.toLowerCase() === wanted.toLowerCase()) return;
        throw new WmisecError("secretUnavailable", `the Kerberos ticket is not ${user}'s`, {
            said: `it is ${owner}'s`,
            remedy: "get this user's ticket (kinit), or set connection.user to the ticket's owner. KRB5CCNAME names the ticket cache",
        });
    }

    async #imported(principal: string): Promise<Handle> {
        const [minor, name] = [[0], handle()];
        const major = await gssapi().importName(minor, bytesOf(Buffer.from(principal)), oidOf(NAME_TYPES.principal), name);
        if (isError(major)) throw await this.#problem(major, minor[0] ?? 0);
        return name;
    }

    async #wrap(message: Buffer): Promise<{ signature: Buffer; data: Buffer }> {
        const [minor, isSealed, output] = [[0], [0], new Given()];
        const major = await gssapi().wrap(minor, this.#context[0], 1, 0, bytesOf(message), isSealed, output.out);
        const token = await output.take();
        if (isError(major)) throw await this.#problem(major, minor[0] ?? 0);
        if (isSealed[0] !== 1) throw new Malformed("a Kerberos session that does not encrypt");
        return rotated(token, message.length);
    }

    async #unwrap(token: Buffer): Promise<Buffer> {
        const [minor, isSealed, output] = [[0], [0], new Given()];
        const major = await gssapi().unwrap(minor, this.#context[0], bytesOf(token), output.out, isSealed, [0]);
        const message = await output.take();
        // GSS-API also reports messages that come twice or out of order here.
        if (major !== 0 || isSealed[0] !== 1) throw new Malformed("a message that Kerberos can't decrypt");
        return message;
    }

    async #free(): Promise<void> {
        await this.#freeContext();
        if (this.#credential[0] !== null) await gssapi().releaseCredential([0], this.#credential);
    }

    async #freeContext(): Promise<void> {
        if (this.#context[0] !== null) await gssapi().deleteContext([0], this.#context, null);
        if (this.#service[0] !== null) await gssapi().releaseName([0], this.#service);
        this.#context = handle();
        this.#service = handle();
    }

    async #problem(major: number, minor: number, mechanism = KRB5): Promise<WmisecError> {
        const said = printable(await wordsOf(major, minor, mechanism), 500);
        const routine = (major >>> 16) & 0xff;
        const services = this.#options.servicePrincipals.join(", ");
        const details = { said, tried: `asked for a ticket for ${services}` };
        if (minor === MINOR.unknownService)
            return new WmisecError("denied", "Kerberos does not know this service", {
                ...details,
                remedy: "write the host's full name as the domain knows it, or set connection.servicePrincipal (setspn -L HOST shows the host's names)",
            });
        if (MINOR.noKdc.some((code) => code === minor))
            return new WmisecError("unreachable", "no domain controller (KDC) answered for Kerberos", {
                ...details,
                remedy: "check that the machine that runs pulumi reaches the domain controllers (port 88), and check its krb5.conf and name servers",
            });
        if (minor === MINOR.skew)
            return new WmisecError("denied", "Kerberos refuses our clock", {
                ...details,
                remedy: "set the clock of the machine that runs pulumi: it may differ by at most 5 minutes",
            });
        if (MINOR.noTicket.some((code) => code === minor) || routine === MAJOR.noCredential || routine === MAJOR.expired)
            return new WmisecError("secretUnavailable", "there is no valid Kerberos ticket", {
                ...details,
                remedy: "get one where pulumi runs (kinit, or a keytab named by KRB5_CLIENT_KTNAME); klist shows your tickets. Or set connection.password to use NTLM",
            });
        return new WmisecError("denied", "the Kerberos login failed", {
            ...details,
            remedy: "check klist and krb5.conf where pulumi runs, the service's names (setspn), and the clocks of both machines",
        });
    }
}
