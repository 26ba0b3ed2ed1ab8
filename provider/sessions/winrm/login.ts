import { WmisecError } from "../../core/errors";
import { MUTUAL_TLS } from "../../wsman/names";
import type { PasswordGate } from "../passwordGate";
import type { Mechanism, Sealing } from "./mechanism";
import { offered, tokenOf } from "./replyErrors";
import type { Post, Reply, Wire } from "./wire";

/** What shows who we are. */
export type Proof =
    | { readonly by: "basic"; readonly user: string; readonly password: string }
    | { readonly by: "certificate" }
    | { readonly by: "negotiate"; readonly mechanism: Mechanism; readonly user: string; readonly password: string | undefined };

/** What a login leaves behind for the requests over the same socket. */
export interface LoggedIn {
    /** The header `Authorization` of each; undefined where the socket is logged in. */
    readonly authorization: string | undefined;
    /** Undefined where nothing can be sealed. */
    readonly sealing: Sealing | undefined;
}

/** At the gate that a password goes through. */
export interface Showing {
    readonly gate: Pick<PasswordGate, "enter">;
    /** For the errors of others who wait at the gate: `web-07:5986`. */
    readonly server: string;
    /** Fires when the dial is over. */
    readonly over: AbortSignal;
    /** Called before and after what is not the host's doing. */
    readonly waiting: (isWaiting: boolean) => void;
    /** Told while the host owes the answer to a password. */
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
 * Logs one socket in. By tokens that takes requests without a body: nothing is said before the host knows us, and where it is to be sealed there is
 * nothing yet to seal it with. Whoever says it in a header does so with each message.
 *
 * What the host offers is told in errors, and changes nothing.
 * @throws WmisecError `denied`, and what a status of HTTP means; Malformed, WireLost
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

/** Of a request that shows who we are: a fault is an answer to somebody who is logged in. */
const isAccepted = (reply: Reply): boolean => isGood(reply) || (reply.status === 500 && reply.body.length > 0);

/** A 401 that does not offer what we showed says nothing of the password: it was not looked at. */
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

/** What a 401 says. */
export function refusal(proof: Proof, reply: Reply): WmisecError {
    const name = proof.by === "negotiate" ? proof.mechanism.name : { basic: "Basic", certificate: "our certificate" }[proof.by];
    return isOffered(proof, reply) ? refused(name, offered(reply)) : notOffered(name, offered(reply));
}

const SEE_SERVICE = "see what the host lets in: winrm get winrm/config/service/auth";

const notOffered = (scheme: string, offers: readonly string[]): WmisecError =>
    new WmisecError("denied", `does not take ${scheme}`, {
        said: offers.length === 0 ? "it takes nothing" : `it takes: ${offers.join(", ").slice(0, 200)}`,
        remedy: `${SEE_SERVICE}; or choose another connection.authentication. We do not fall back by ourselves`,
    });

const refused = (scheme: string, offers: readonly string[]): WmisecError =>
    new WmisecError("denied", `refused to log us in by ${scheme}`, {
        ...(offers.length === 0 ? {} : { said: `it takes: ${offers.join(", ").slice(0, 200)}` }),
        remedy: [
            "check user and password, and that the account is not locked; it is not tried again, so as not to lock it",
            "an account of the host that is not the built-in Administrator needs LocalAccountTokenFilterPolicy=1 there",
            "a host whose CbtHardeningLevel is Strict refuses a login that goes through something that ends TLS before it; Kerberos refuses clocks that are 5 minutes apart",
            SEE_SERVICE,
        ].join("\n"),
    });
