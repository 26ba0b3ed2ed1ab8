import { type ParsedKey, utils } from "ssh2";
import { damaged, doesNotOpen, encrypted, KeyProblem, notForSsh, plainName } from "./keyProblem";
import { field, integer, WireReader } from "./wireFields";

/** The numbers of a private key that SSH's format has, each big-endian. */
export type PrivateNumbers =
    | { readonly type: "ssh-ed25519"; readonly point: Buffer; readonly seed: Buffer }
    | {
          readonly type: "ssh-rsa";
          readonly n: Buffer;
          readonly e: Buffer;
          readonly d: Buffer;
          readonly iqmp: Buffer;
          readonly p: Buffer;
          readonly q: Buffer;
      }
    | { readonly type: `ecdsa-sha2-${Curve}`; readonly curve: Curve; readonly point: Buffer; readonly d: Buffer };

export type Curve = "nistp256" | "nistp384" | "nistp521";

const MAGIC = Buffer.from("openssh-key-v1\0");
const LABEL = "OPENSSH PRIVATE KEY";

/** The ciphers that ssh2 supports. ssh-keygen also writes chacha20-poly1305. */
const CIPHERS = /^(none|3des-cbc|aes(128|192|256)-(cbc|ctr)|aes(128|256)-gcm@openssh\.com)$/;
const TYPES = /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521))$/;

/**
 * @param text one block in OpenSSH's own format, with its first and last line
 * @throws KeyProblem
 * @see OpenSSH's PROTOCOL.key
 */
export function openOpensshKey(text: string, password: string | undefined): ParsedKey {
    const { cipher, kdf, type } = headerOf(text);
    if (/^sk-/.test(type))
        throw new KeyProblem(
            "needs the security key (FIDO) that it was made with",
            'use transport "openssh", whose ssh can ask the security key, or another kind of key',
        );
    if (!TYPES.test(type)) throw notForSsh(`is a key of type ${plainName(type)}`);
    if (!CIPHERS.test(cipher) || !/^(none|bcrypt)$/.test(kdf))
        throw new KeyProblem(
            `is encrypted with ${plainName(cipher)}, which is not supported`,
            "encrypt it in another way, which changes the file: ssh-keygen -p -Z aes256-ctr -f FILE",
        );
    if (cipher !== "none" && password === undefined) throw encrypted();
    const key = utils.parseKey(text, password);
    if (!(key instanceof Error)) return key;
    throw cipher === "none" ? damaged() : doesNotOpen();
}

/** The header can be read without the password. */
function headerOf(text: string): { cipher: string; kdf: string; type: string } {
    const content = Buffer.from(text.replace(/-----[^-]+-----/g, ""), "base64");
    if (!content.subarray(0, MAGIC.length).equals(MAGIC)) throw damaged();
    const reader = new WireReader(content.subarray(MAGIC.length));
    try {
        const [cipher, kdf] = [reader.field().toString("latin1"), reader.field().toString("latin1")];
        reader.field();
        if (reader.uint32() !== 1) throw damaged();
        return { cipher, kdf, type: new WireReader(reader.field()).field().toString("latin1") };
    } catch (error) {
        if (error instanceof RangeError) throw damaged();
        throw error;
    }
}

/**
 * A key for ssh2, in OpenSSH's format: ssh2 supports all of that format, and only some of the others.
 * @throws KeyProblem for numbers that are not a key
 */
export function keyOfNumbers(numbers: PrivateNumbers): ParsedKey {
    const kind = field(numbers.type);
    const check = Buffer.alloc(8);
    const [inPublic, inPrivate] = fieldsOf(numbers);
    const inside = Buffer.concat([check, kind, ...inPrivate, field("")]);
    const padding = Buffer.from(Array.from({ length: (8 - (inside.length % 8)) % 8 }, (_, at) => at + 1));
    const one = Buffer.from([0, 0, 0, 1]);
    const content = Buffer.concat([
        ...[MAGIC, field("none"), field("none"), field(""), one],
        field(Buffer.concat([kind, ...inPublic])),
        field(Buffer.concat([inside, padding])),
    ]);
    const lines = content.toString("base64").replace(/.{70}/g, "$&\n");
    const key = utils.parseKey(`-----BEGIN ${LABEL}-----\n${lines}\n-----END ${LABEL}-----\n`);
    if (key instanceof Error) throw damaged();
    return key;
}

/** @returns the fields of the public key, and those of the private key */
function fieldsOf(numbers: PrivateNumbers): [Buffer[], Buffer[]] {
    if (numbers.type === "ssh-ed25519") {
        const { point, seed } = numbers;
        return [[field(point)], [field(point), field(Buffer.concat([seed, point]))]];
    }
    if (numbers.type === "ssh-rsa") {
        const { n, e, d, iqmp, p, q } = numbers;
        return [[e, n].map(integer), [n, e, d, iqmp, p, q].map(integer)];
    }
    const shared = [field(numbers.curve), field(numbers.point)];
    return [shared, [...shared, integer(numbers.d)]];
}
