import { WmisecError } from "../../core/errors";
import { MUTUAL_TLS } from "../../wsman/names";
import type { PasswordGate } from "../passwordGate";
import type { Mechanism, Sealing } from "./mechanism";
import { offered, tokenOf } from "./replyErrors";
import type { Post, Reply, Wire } from "./wire";

/** How we log in. */
export type Proof =
    | { readonly by: "basic"; readonly user: string; readonly password: string }
    | { readonly by: "certificate" }
    | { readonly by: "negotiate"; readonly mechanism: Mechanism; readonly user: string; readonly password: string | undefined };

/** What a login leaves for the requests over the same socket. */
export interface LoggedIn {
    /** The header `Authorization` of each request; undefined if the login belongs to the socket. */
    readonly authorization: string | undefined;
    /** Undefined if the login can't seal messages. */
    readonly sealing: Sealing | undefined;
}

/** What a password has to do with before it is sent, and after. */
export interface Showing {
    readonly gate: Pick<PasswordGate, "enter">;
    /** For the errors of others who wait at the gate, such as `web-07:5986`. */
    readonly server: string;
    /** Fires when the dial is over. */
    readonly over: AbortSignal;
    /** Called before and after a wait for something other than the host. */
    readonly waiting: (isWaiting: boolean) => void;
    /** Called when the host begins and ends to owe the answer to a password. */
    readonly owed: (isOwed: boolean) => void;
}

export interface LoginOptions extends Showing {
    readonly wire: Wire;
    readonly proof: Proof;
    /** Milliseconds for each answer. */
    readonly deadlineMs: number;
}

/** A login takes two or three. */
const MAX_LEGS = 8;

/**
 * Logs one socket in. Kerberos and NTLM exchange tokens in requests without a body: no message goes out before the host knows us, and only
 * the login makes the keys to seal one. Basic and a certificate log in with each message instead.
 *
 * What the host offers goes into errors. It never changes how we log in.
 * @throws WmisecError `denied`, or what the HTTP status means; Malformed, WireLost
 */
export async function logIn(options: LoginOptions, explain: (reply: Reply) => WmisecError): Promise<LoggedIn> {
    const { wire, proof, deadlineMs } = options;
    if (proof.by === "certificate") return { authorization: MUTUAL_TLS, sealing: undefined };
    if (proof.by === "basic")
        return { authorization: `Basic ${Buffer.from(`${proof.user}:${proof.password}`).toString("base64")}`, sealing: undefined };
    const { mechanism } = proof;
    let said: Buffer | undefined;
    for (let leg = 0; leg < MAX_LEGS; leg++) {
        const next = await mechanism.next(said);
        if (next === undefined) break;
        const headers = { Authorization: `${mechanism.scheme} ${next.token.toString("base64")}` };
        const post = { headers, body: Buffer.alloc(0), deadlineMs };
        const reply = next.provesPassword ? await showPassword(wire, post, proof, options) : await wire.post(post);
        said = tokenOf(reply, mechanism.scheme);
        if (reply.status !== 401) {
            if (!isGood(reply)) throw explain(reply);
            if (said !== undefined) await mechanism.next(said);
            return { authorization: undefined, sealing: mechanism.sealing() };
        }
        if (said === undefined) throw refusal(proof, reply);
    }
    throw refused(mechanism.name, []);
}

const isGood = ({ status }: Reply): boolean => status >= 200 && status < 300;

/** Whether a request's login was accepted. Only who is logged in gets a fault. */
const isAccepted = (reply: Reply): boolean => isGood(reply) || (reply.status === 500 && reply.body.length > 0);

/** Sends a request with a password, in its turn. A 401 that does not offer our way to log in says nothing about the password: the host did not look at it. */
export async function showPassword(wire: Wire, post: Post, proof: Proof, { gate, server, over, waiting, owed }: Showing): Promise<Reply> {
    if (proof.by === "certificate" || proof.password === undefined) return await wire.post(post);
    waiting(true);
    const turn = await gate.enter(proof.user, proof.password, server, over);
    try {
        if (over.aborted) throw over.reason;
        waiting(false);
        owed(true);
        const reply = await wire.post(post);
        owed(false);
        if (isAccepted(reply)) turn.accepted();
        else if (reply.status === 401 && isOffered(proof, reply)) turn.denied();
        return reply;
    } finally {
        turn.unanswered();
    }
}

const isOffered = ({ by }: Proof, reply: Reply): boolean =>
    by === "certificate" || offered(reply).some((name) => name.toLowerCase() === by);

/** The error for a 401. */
export function refusal(proof: Proof, reply: Reply): WmisecError {
    const name = proof.by === "negotiate" ? proof.mechanism.name : { basic: "Basic", certificate: "our certificate" }[proof.by];
    return isOffered(proof, reply) ? refused(name, offered(reply)) : notOffered(name, offered(reply));
}

const SEE_SERVICE = "check what the host accepts: winrm get winrm/config/service/auth";

const notOffered = (scheme: string, offers: readonly string[]): WmisecError =>
    new WmisecError("denied", `does not accept ${scheme}`, {
        said: offers.length === 0 ? "it takes nothing" : `it takes: ${offers.join(", ").slice(0, 200)}`,
        remedy: `${SEE_SERVICE}; or choose another connection.authentication. The provider never falls back to another one by itself`,
    });

const refused = (scheme: string, offers: readonly string[]): WmisecError =>
    new WmisecError("denied", `refused our login by ${scheme}`, {
        ...(offers.length < 2 ? {} : { said: `it takes: ${offers.join(", ").slice(0, 200)}` }),
        remedy: [
            "check user and password, and that the account is not locked. The provider does not try again, which could lock it",
            scheme === "Kerberos"
                ? "Kerberos refuses clocks that are more than 5 minutes apart"
                : "a local account other than the built-in Administrator needs LocalAccountTokenFilterPolicy=1 on the host",
            "if CbtHardeningLevel is Strict, the host refuses logins through a proxy that ends TLS",
            SEE_SERVICE,
        ].join("\n"),
    });
