import { createHmac, randomBytes } from "node:crypto";
import { WmisecError } from "../core/errors";
import { cancelled } from "./cancelled";

/** The right to send a password to one server. Exactly one of the three must be called; later calls do nothing. */
export interface Turn {
    accepted(): void;
    /** The server said no: nobody else may try this password in this process. */
    denied(): void;
    /** It is not known what the server thinks: the next who waits goes. */
    unanswered(): void;
}

type Outcome = keyof Turn;

interface Waiter {
    readonly go: () => void;
    readonly refuse: (error: WmisecError) => void;
}

/** The knowledge of one pair of user and password. */
interface Pair {
    state: "open" | "accepted" | "denied";
    /** Sent a moment ago, and not answered yet. */
    fresh: boolean;
    /** The server that denied it. */
    by: string;
    readonly waiting: Waiter[];
}

/**
 * The first use of a user and password in a process goes alone: fifty wrong tries at once would lock a domain account.
 * If it is denied, all others fail untried. Once it was accepted somewhere, nobody waits any more, and a later denial is
 * that server's own affair. User names are compared without case, as Windows does.
 *
 * A server that says nothing for a while holds up nobody for longer: the next one goes, again alone, until one of them
 * answers. So a wrong password is tried once, and once more at each server that had it and kept silent.
 */
export class PasswordGate {
    /** The pairs are known by a salted hash, so that no password stays in memory for the sake of this. */
    readonly #salt = randomBytes(32);
    readonly #pairs = new Map<string, Pair>();
    readonly #patienceMs: number;

    /**
     * @param patienceMs how long a server that says nothing holds up the others: longer than a server takes to say no, which
     *     OpenSSH puts off for some seconds on purpose. Milliseconds. @default 5000
     */
    constructor(patienceMs = 5000) {
        this.#patienceMs = patienceMs;
    }

    /**
     * Settles when the password may be sent.
     * @param server for the error of the others, if it is denied here
     * @throws WmisecError `denied` when the pair was denied elsewhere, `cancelled` when `signal` fires first.
     */
    async enter(user: string, password: string, server: string, signal: AbortSignal): Promise<Turn> {
        const pair = this.#pair(user, password);
        if (pair.state === "denied") throw untried(user, pair.by);
        if (pair.state === "accepted") return turn(() => {});
        if (pair.fresh) await inLine(pair, signal);
        else pair.fresh = true;
        let silent = false;
        const next = () => {
            if (silent || pair.state !== "open") return;
            silent = true;
            clearTimeout(patience);
            goOn(pair);
        };
        const patience = setTimeout(next, this.#patienceMs).unref();
        return turn((outcome) => {
            if (outcome === "unanswered") return next();
            clearTimeout(patience);
            settle(pair, outcome, user, server);
        });
    }

    #pair(user: string, password: string): Pair {
        const key = createHmac("sha256", this.#salt)
            .update(JSON.stringify([user.toLowerCase(), password]))
            .digest("hex");
        const known = this.#pairs.get(key);
        if (known !== undefined) return known;
        const pair: Pair = { state: "open", fresh: false, by: "", waiting: [] };
        this.#pairs.set(key, pair);
        return pair;
    }
}

/** The next who waits goes; where nobody does, the next who comes. */
function goOn(pair: Pair): void {
    const next = pair.waiting.shift();
    pair.fresh = next !== undefined;
    next?.go();
}

/** Of several answers the first one counts. */
function settle(pair: Pair, outcome: "accepted" | "denied", user: string, server: string): void {
    if (pair.state !== "open") return;
    pair.state = outcome;
    pair.by = server;
    for (const waiter of pair.waiting.splice(0)) {
        if (outcome === "accepted") waiter.go();
        else waiter.refuse(untried(user, server));
    }
}

function inLine(pair: Pair, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
        const leave = () => signal.removeEventListener("abort", stop);
        const waiter: Waiter = {
            go: () => {
                leave();
                resolve();
            },
            refuse: (error) => {
                leave();
                reject(error);
            },
        };
        const stop = () => {
            pair.waiting.splice(pair.waiting.indexOf(waiter), 1);
            reject(cancelled());
        };
        pair.waiting.push(waiter);
        signal.addEventListener("abort", stop, { once: true });
    });
}

function turn(done: (outcome: Outcome) => void): Turn {
    let over = false;
    const once = (outcome: Outcome) => () => {
        if (over) return;
        over = true;
        done(outcome);
    };
    return { accepted: once("accepted"), denied: once("denied"), unanswered: once("unanswered") };
}

const untried = (user: string, server: string): WmisecError =>
    new WmisecError("denied", `the password of ${user} was not tried here, because ${server} has refused it`, {
        remedy: "correct the password and run again; it was held back because wrong tries on many hosts lock the account",
    });
