import type { WmisecError } from "../core/errors";
import { type Negotiated, NoCommonAlgorithm } from "./noCommonAlgorithm";

/** What the two sides negotiate: its name in ssh2's error, its name in ssh2's debug output, and ours. */
const NAMES: readonly (readonly [RegExp, RegExp, Negotiated])[] = [
    [/key exchange algorithm$/, /^KEX method$/, "key exchange method"],
    [/host key format$/, /^Host key format$/, "host key type"],
    [/cipher$/, /cipher$/, "cipher"],
    [/MAC$/, /MAC$/, "MAC"],
    [/compression/, /compression$/, "compression method"],
];

/** Listens to ssh2's debug output about the handshake, because its error does not list what the two sides offered. */
export class Negotiation {
    readonly #local = new Map<string, string>();
    readonly #remote = new Map<string, string>();
    #over = false;

    /** ssh2's `debug`. */
    readonly listen = (text: string): void => {
        if (this.#over) return;
        const [, side, name = "", names = ""] = /^Handshake: \((local|remote)\) ([^:]+): (.*)$/.exec(text) ?? [];
        if (side !== undefined) (side === "local" ? this.#local : this.#remote).set(name, names);
    };

    /** Stops listening. */
    over(): void {
        this.#over = true;
    }

    /** @param error ssh2's; @returns undefined if it is about something else */
    failure(error: Error): WmisecError | undefined {
        if (!error.message.startsWith("Handshake failed: no matching ")) return undefined;
        const [, inDebug, what] = NAMES.find(([inError]) => inError.test(error.message)) ?? [];
        // Each direction has its own cipher. The last one in the debug output is the one that failed.
        const name = [...this.#remote.keys()].reverse().find((one) => inDebug?.test(one));
        if (what === undefined || name === undefined) return undefined;
        return new NoCommonAlgorithm(what, this.#remote.get(name) ?? "", this.#local.get(name), "us");
    }
}
