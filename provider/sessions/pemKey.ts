import { createPrivateKey, type KeyObject } from "node:crypto";
import type { ParsedKey } from "ssh2";
import { damaged, doesNotOpen, encrypted, KeyProblem, notForSsh } from "./keyProblem";
import { type Curve, keyOfNumbers, type PrivateNumbers } from "./opensshKey";

/** JSON Web Key names of the curves that SSH supports. */
const CURVES: Readonly<Record<string, Curve>> = { "P-256": "nistp256", "P-384": "nistp384", "P-521": "nistp521" };

/**
 * @param text one block: PKCS#8 as OpenSSL, Terraform and cloud vaults write it, or PKCS#1 or SEC1; each may be encrypted
 * @throws KeyProblem
 */
export function openPemKey(text: string, password: string | undefined): ParsedKey {
    const isEncrypted = /BEGIN ENCRYPTED|^Proc-Type: *4, *ENCRYPTED/m.test(text);
    if (isEncrypted && password === undefined) throw encrypted();
    let key: KeyObject;
    try {
        key = createPrivateKey({ key: text, format: "pem", ...(password === undefined ? {} : { passphrase: password }) });
    } catch (error) {
        throw isEncrypted ? notOpened(error as Error) : damaged();
    }
    return keyOfNumbers(numbersOf(key));
}

/** OpenSSL 3 no longer supports unsafe ciphers, such as DES and RC2. */
function notOpened({ message }: Error): KeyProblem {
    if (/digital envelope routines::unsupported|unknown cipher|UNSUPPORTED_ENCRYPTION|unsupported encryption/i.test(message))
        return new KeyProblem(
            "is encrypted in an old way that is not supported",
            "encrypt it again: openssl pkcs8 -topk8 -v2 aes256 -provider legacy -provider default -in FILE -out NEW",
        );
    return doesNotOpen();
}

function numbersOf(key: KeyObject): PrivateNumbers {
    const kind = key.asymmetricKeyType ?? "";
    if (kind !== "rsa" && kind !== "ec" && kind !== "ed25519") throw notForSsh(`is a key of type ${kind}`);
    if (kind === "ec" && !/^(prime256v1|secp384r1|secp521r1)$/.test(key.asymmetricKeyDetails?.namedCurve ?? ""))
        throw notForSsh("is a key on a curve other than P-256, P-384 and P-521");
    const jwk = key.export({ format: "jwk" });
    const number = (value: string | undefined) => Buffer.from(value ?? "", "base64url");
    if (kind === "ed25519") return { type: "ssh-ed25519", point: number(jwk.x), seed: number(jwk.d) };
    const d = number(jwk.d);
    if (kind === "rsa")
        return { type: "ssh-rsa", n: number(jwk.n), e: number(jwk.e), d, iqmp: number(jwk.qi), p: number(jwk.p), q: number(jwk.q) };
    const curve = CURVES[jwk.crv ?? ""];
    if (curve === undefined) throw damaged();
    return { type: `ecdsa-sha2-${curve}`, curve, point: Buffer.concat([Buffer.from([4]), number(jwk.x), number(jwk.y)]), d };
}
