const BLOCK = 64;

/** Order of the words and shifts of each round (RFC 1320, 3.4). */
const ROUNDS = [
    {
        mix: (x: number, y: number, z: number) => (x & y) | (~x & z),
        constant: 0,
        order: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
        shifts: [3, 7, 11, 19],
    },
    {
        mix: (x: number, y: number, z: number) => (x & y) | (x & z) | (y & z),
        constant: 0x5a827999,
        order: [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15],
        shifts: [3, 5, 9, 13],
    },
    {
        mix: (x: number, y: number, z: number) => x ^ y ^ z,
        constant: 0x6ed9eba1,
        order: [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15],
        shifts: [3, 9, 11, 15],
    },
] as const;

type State = [number, number, number, number];

/** MD4 (RFC 1320). As a hash it is broken, but NTLM hashes passwords with it. Node.js no longer has it. */
export function md4(message: Buffer): Buffer {
    const padded = Buffer.alloc(Math.ceil((message.length + 9) / BLOCK) * BLOCK);
    message.copy(padded);
    padded[message.length] = 0x80;
    padded.writeBigUInt64LE(BigInt(message.length) * 8n, padded.length - 8);
    let state: State = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
    for (let at = 0; at < padded.length; at += BLOCK) state = afterBlock(state, padded.subarray(at, at + BLOCK));
    const digest = Buffer.alloc(16);
    state.forEach((word, index) => {
        digest.writeUInt32LE(word >>> 0, index * 4);
    });
    return digest;
}

function afterBlock(state: State, block: Buffer): State {
    let [a, b, c, d] = state;
    for (const { mix, constant, order, shifts } of ROUNDS)
        order.forEach((word, step) => {
            const sum = (a + mix(b, c, d) + block.readUInt32LE(word * 4) + constant) | 0;
            const shift = shifts[step % 4] ?? 0;
            [a, b, c, d] = [d, (sum << shift) | (sum >>> (32 - shift)), b, c];
        });
    return [(state[0] + a) | 0, (state[1] + b) | 0, (state[2] + c) | 0, (state[3] + d) | 0];
}
