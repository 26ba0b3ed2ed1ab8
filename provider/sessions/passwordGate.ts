import { createHmac, randomBytes } from "node:crypto";
import { WmisecError } from "../core/errors";
import { cancelled } from "./cancelled";

/** The right to send a password to one server. Exactly one of the three must be called; later calls do nothing. */
export interface Turn {
    accepted(): void;
    /** The server said no: nobody else may try this password in this process. */
    denied(): void;
    /** It is not known what the server thinks: the next who waits goes alone. */
    unanswered(): void;
}

type Outcome = keyof Turn;

interface Waiter {
    readonly go: () => void;
    readonly refuse: (error: WmisecError) => void;
}

/** The knowledge of one pair of user and password. */
interface Pair {
    state: "untried" | "trying" | "accepted" | "denied";
    /** The server that denied it. */
    by: string;
    readonly waiting: Waiter[];
}

/**
 * The first use of a user and password in a process goes alone: fifty wrong tries at once would lock a domain account.
 * If it is denied, all others fail untried. Once it was accepted somewhere, nobody waits any more, and a later denial is
 * that server's own affair. User names are compared without case, as Windows does.
 */
export class PasswordGate {
    /** The pairs are known by a salted hash, so that no password stays in memory for the sake of this. */
    readonly #salt = randomBytes(32);
    readonly #pairs = new Map<string, Pair>();

    /**
     * Settles when the password may be sent.
     * @param server for the error of the others, if it is denied here
     * @throws WmisecError `denied` when the pair was denied elsewhere, `cancelled` when `signal` fires first.
     */
    async enter(user: string, password: string, server: string, signal: AbortSignal): Promise<Turn> {
        const pair = this.#pair(user, password);
        if (pair.state === "denied") throw untried(user, pair.by);
        if (pair.state === "accepted") return turn(() => {});
        if (pair.state === "trying") await inLine(pair, signal);
        else pair.state = "trying";
        return turn((outcome) => settle(pair, outcome, user, server));
    }

    #pair(user: string, password: string): Pair {
        const key = createHmac("sha256", this.#salt)
            .update(JSON.stringify([user.toLowerCase(), password]))
            .digest("hex");
        const known = this.#pairs.get(key);
        if (known !== undefined) return known;
        const pair: Pair = { state: "untried", by: "", waiting: [] };
        this.#pairs.set(key, pair);
        return pair;
    }
}

function settle(pair: Pair, outcome: Outcome, user: string, server: string): void {
    if (pair.state !== "trying") return;
    if (outcome === "unanswered") {
        const next = pair.waiting.shift();
        if (next === undefined) pair.state = "untried";
        else next.go();
        return;
    }
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
