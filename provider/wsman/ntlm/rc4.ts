/** RC4. One stream runs through all calls, as NTLM's sealing needs it. Node.js no longer has it. */
export class Rc4 {
    readonly #box = Uint8Array.from({ length: 256 }, (_, index) => index);
    #i = 0;
    #j = 0;

    constructor(key: Buffer) {
        const box = this.#box;
        for (let i = 0, j = 0; i < 256; i++) {
            const kept = box[i] as number;
            j = (j + kept + (key[i % key.length] as number)) & 0xff;
            box[i] = box[j] as number;
            box[j] = kept;
        }
    }

    /** Encrypts and decrypts. */
    process(bytes: Buffer): Buffer {
        const box = this.#box;
        const result = Buffer.alloc(bytes.length);
        let i = this.#i;
        let j = this.#j;
        for (let at = 0; at < bytes.length; at++) {
            i = (i + 1) & 0xff;
            const first = box[i] as number;
            j = (j + first) & 0xff;
            const second = box[j] as number;
            box[i] = second;
            box[j] = first;
            result[at] = (bytes[at] as number) ^ (box[(first + second) & 0xff] as number);
        }
        this.#i = i;
        this.#j = j;
        return result;
    }
}
