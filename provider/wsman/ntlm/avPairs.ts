import { Malformed } from "../malformed";

/** AvId (MS-NLMP 2.2.2.1). */
export const AV = {
    end: 0,
    computerName: 1,
    domainName: 2,
    dnsComputerName: 3,
    dnsDomainName: 4,
    flags: 6,
    timestamp: 7,
    targetName: 9,
    channelBindings: 10,
} as const;

/** In `AV.flags`: the message has a MIC. */
export const HAS_MIC = 0x2;

export type AvPairs = ReadonlyMap<number, Buffer>;

const MAX_PAIRS = 32;

/** @throws Malformed */
export function readAvPairs(bytes: Buffer): AvPairs {
    const pairs = new Map<number, Buffer>();
    for (let at = 0; pairs.size < MAX_PAIRS; ) {
        if (bytes.length - at < 4) throw new Malformed("target information that is cut short");
        const id = bytes.readUInt16LE(at);
        const length = bytes.readUInt16LE(at + 2);
        if (id === AV.end) return pairs;
        if (length > bytes.length - at - 4) throw new Malformed("target information that is cut short");
        if (pairs.has(id)) throw new Malformed("target information that says one thing twice");
        pairs.set(id, bytes.subarray(at + 4, at + 4 + length));
        at += 4 + length;
    }
    throw new Malformed("target information that is too long");
}

export function avPairs(pairs: AvPairs): Buffer {
    const written = [...pairs, [AV.end, Buffer.alloc(0)] as const].map(([id, value]) => {
        const head = Buffer.alloc(4);
        head.writeUInt16LE(id);
        head.writeUInt16LE(value.length, 2);
        return Buffer.concat([head, value]);
    });
    return Buffer.concat(written);
}
