/** A field in SSH's wire format (RFC 4251 section 5): its length in four bytes, then its content. */
export function field(content: Buffer | string): Buffer {
    const bytes = typeof content === "string" ? Buffer.from(content, "latin1") : content;
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
}

/** A non-negative `mpint`: without leading zeros, except one if the highest bit is set. */
export function integer(content: Buffer): Buffer {
    const first = content.findIndex((byte) => byte !== 0);
    const bytes = first < 0 ? Buffer.alloc(0) : content.subarray(first);
    return field((bytes[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.alloc(1), bytes]) : bytes);
}

/** Reads fields in sequence. */
export class WireReader {
    #at = 0;

    constructor(readonly bytes: Buffer) {}

    /** @throws RangeError if no whole field is left */
    field(): Buffer {
        const length = this.uint32();
        if (length > this.bytes.length - this.#at) throw new RangeError("a field is cut short");
        this.#at += length;
        return this.bytes.subarray(this.#at - length, this.#at);
    }

    /** @throws RangeError */
    uint32(): number {
        if (this.bytes.length - this.#at < 4) throw new RangeError("a length is cut short");
        this.#at += 4;
        return this.bytes.readUInt32BE(this.#at - 4);
    }
}
