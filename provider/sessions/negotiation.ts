import type { WmisecError } from "../core/errors";
import { type Negotiated, NoCommonAlgorithm } from "./noCommonAlgorithm";

/** What ssh2 calls what is agreed about, in the error that ends a dial and in what it tells before. */
const NAMES: readonly (readonly [RegExp, RegExp, Negotiated])[] = [
    [/key exchange algorithm$/, /^KEX method$/, "key exchange method"],
    [/host key format$/, /^Host key format$/, "host key type"],
    [/cipher$/, /cipher$/, "cipher"],
    [/MAC$/, /MAC$/, "MAC"],
    [/compression/, /compression$/, "compression method"],
];

/** Listens to what ssh2 tells of its handshake, because its error does not say what either side had. */
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

    /** From now on nothing is listened to. */
    over(): void {
        this.#over = true;
    }

    /** @param error ssh2's; @returns undefined when it says something else */
    failure(error: Error): WmisecError | undefined {
        if (!error.message.startsWith("Handshake failed: no matching ")) return undefined;
        const [, told, what] = NAMES.find(([inError]) => inError.test(error.message)) ?? [];
        // The last that was told is the one that failed: each direction has a cipher of its own.
        const name = [...this.#remote.keys()].reverse().find((one) => told?.test(one));
        if (what === undefined || name === undefined) return undefined;
        return new NoCommonAlgorithm(what, this.#remote.get(name) ?? "", this.#local.get(name), "us");
    }
}
