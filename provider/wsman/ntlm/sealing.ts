import { timingSafeEqual } from "node:crypto";
import { Malformed } from "../malformed";
import { hmacMd5, md5 } from "./keys";
import { Rc4 } from "./rc4";

type Side = "client" | "server";

const SIGNATURE_LENGTH = 16;

/** SIGNKEY and SEALKEY with extended session security and 128 bits (MS-NLMP 3.4.5.2, 3.4.5.3). */
const derived = (sessionKey: Buffer, from: Side, use: "signing" | "sealing"): Buffer => {
    const way = from === "client" ? "client-to-server" : "server-to-client";
    return md5(sessionKey, Buffer.from(`session key to ${way} ${use} key magic constant\0`, "latin1"));
};

/** One direction. Messages are numbered, and one cipher stream runs through all of them. */
class Direction {
    readonly #signingKey: Buffer;
    readonly #cipher: Rc4;
    #sequence = 0;

    constructor(sessionKey: Buffer, from: Side) {
        this.#signingKey = derived(sessionKey, from, "signing");
        this.#cipher = new Rc4(derived(sessionKey, from, "sealing"));
    }

    process(bytes: Buffer): Buffer {
        return this.#cipher.process(bytes);
    }

    /** NTLMSSP_MESSAGE_SIGNATURE with extended session security and key exchange (3.4.4.2). Call it after `process`. */
    signature(message: Buffer): Buffer {
        const sequence = Buffer.alloc(4);
        sequence.writeUInt32LE(this.#sequence >>> 0);
        this.#sequence++;
        const checksum = this.#cipher.process(hmacMd5(this.#signingKey, sequence, message).subarray(0, 8));
        return Buffer.concat([Buffer.from([1, 0, 0, 0]), checksum, sequence]);
    }
}

/** Seals the messages that one side sends and unseals those that it gets, in order. It lasts as long as its connection. */
export class NtlmSealing {
    readonly #out: Direction;
    readonly #in: Direction;

    constructor(sessionKey: Buffer, side: Side) {
        this.#out = new Direction(sessionKey, side);
        this.#in = new Direction(sessionKey, side === "client" ? "server" : "client");
    }

    seal(message: Buffer): { readonly signature: Buffer; readonly data: Buffer } {
        const data = this.#out.process(message);
        return { signature: this.#out.signature(message), data };
    }

    /** @throws Malformed if a message was changed, repeated, lost, or sealed by somebody else. After that, nothing can be unsealed. */
    unseal(signature: Buffer, data: Buffer): Buffer {
        const message = this.#in.process(data);
        const expected = this.#in.signature(message);
        if (signature.length !== SIGNATURE_LENGTH || !timingSafeEqual(signature, expected))
            throw new Malformed("a sealed message whose signature is wrong");
        return message;
    }
}
