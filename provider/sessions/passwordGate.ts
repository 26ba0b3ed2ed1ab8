import { createHmac, randomBytes } from "node:crypto";
import { WmisecError } from "../core/errors";
import { cancelled } from "./cancelled";

/** The right to send a password to one server. Call exactly one of the three; later calls do nothing. */
export interface Turn {
    accepted(): void;
    /** The server refused it: this process does not send this password anywhere else. */
    denied(): void;
    /** The server's answer is not known: the next in line goes. */
    unanswered(): void;
}

type Outcome = keyof Turn;

interface Waiter {
    readonly go: () => void;
    readonly refuse: (error: WmisecError) => void;
}

/** What is known about one pair of user and password. */
interface Pair {
    state: "open" | "accepted" | "denied";
    /** Sent recently, and not answered yet. */
    fresh: boolean;
    /** The server that accepted or denied it. */
    by: string;
    readonly waiting: Waiter[];
}

/**
 * A process first sends a user's password to one server alone: fifty wrong attempts at once would lock a domain account.
 * If that server denies it, all others fail without trying. Once a server accepted it, nobody waits any more, and a later denial
 * concerns only the server that denies. User names are compared without case, as Windows does.
 *
 * If a server does not answer for a while, the next one gets the password, again alone, until one of them answers. So a wrong
 * password is tried once, and once more at each server that got it and stayed silent.
 */
export class PasswordGate {
    /** The keys are salted hashes, so that the gate keeps no password in memory. */
    readonly #salt = randomBytes(32);
    readonly #pairs = new Map<string, Pair>();
    readonly #patienceMs: number;

    /**
     * @param patienceMs how long a silent server holds up the others, in milliseconds. It must be longer than a denial takes,
     *     which OpenSSH delays by some seconds on purpose. @default 5000
     */
    constructor(patienceMs = 5000) {
        this.#patienceMs = patienceMs;
    }

    /**
     * Settles when the password may be sent.
     * @param server for the error of the others, if this server denies it
     * @throws WmisecError `denied` if another server denied the pair, `cancelled` if `signal` fires first.
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

/** Lets the next in line go. If nobody waits, the next who enters goes at once. */
function goOn(pair: Pair): void {
    const next = pair.waiting.shift();
    pair.fresh = next !== undefined;
    next?.go();
}

/** The first answer counts. */
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
        remedy: "correct the password and run again; it was held back because wrong attempts on many hosts lock the account",
    });
