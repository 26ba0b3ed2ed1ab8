import { execFileSync, spawnSync } from "node:child_process";
import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { isWmisecError, type WmisecError } from "../../provider/core/errors";
import { openPrivateKey } from "../../provider/sessions/privateKey";
import { everythingIn } from "../errors";
import { fuzzRuns } from "../fuzz";
import { newKey } from "./sshServer";

const LABEL = "connection.privateKey (file ~/.ssh/fleet)";
const PASSWORD = "0pen-Sesame";

const pairs = {
    ed25519: () => generateKeyPairSync("ed25519").privateKey,
    rsa: () => generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey,
    "P-256": () => generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey,
    "P-384": () => generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey,
    "P-521": () => generateKeyPairSync("ec", { namedCurve: "P-521" }).privateKey,
} as const;
type Kind = keyof typeof pairs;
const KINDS = Object.keys(pairs) as Kind[];
const made = Object.fromEntries(KINDS.map((kind) => [kind, pairs[kind]()])) as Record<Kind, KeyObject>;

const pem = (key: KeyObject, type: "pkcs8" | "pkcs1" | "sec1", password?: string): string =>
    String(
        key.export({ type, format: "pem", ...(password === undefined ? {} : { cipher: "aes-256-cbc", passphrase: password }) } as never),
    );

/** Node.js is the judge: a key that was opened is the one that was made if it checks what that one has signed. */
function expectSame(text: string, password: string | undefined, key: KeyObject): void {
    const opened = openPrivateKey(text, password, LABEL);
    const data = Buffer.from("a message");
    const digest = key.asymmetricKeyType === "ed25519" ? undefined : "sha256";
    expect(opened.isPrivateKey()).toBe(true);
    expect(opened.verify(data, sign(digest, data, key), digest)).toBe(true);
    expect(opened.verify(data, opened.sign(data, digest), digest)).toBe(true);
}

function refusal(text: string, password?: string): WmisecError {
    try {
        openPrivateKey(text, password, LABEL);
    } catch (error) {
        if (isWmisecError(error)) return error;
        throw error;
    }
    throw new Error("it opened");
}

describe("keys as OpenSSL, Terraform and vaults write them", () => {
    test.each(KINDS)("PKCS#8 of %s, plain and encrypted", (kind) => {
        expectSame(pem(made[kind], "pkcs8"), undefined, made[kind]);
        expectSame(pem(made[kind], "pkcs8", PASSWORD), PASSWORD, made[kind]);
    });

    test.each(["P-256", "P-384", "P-521"] as const)("SEC1 of %s, plain, encrypted, and behind its parameters", (kind) => {
        expectSame(pem(made[kind], "sec1"), undefined, made[kind]);
        expectSame(pem(made[kind], "sec1", PASSWORD), PASSWORD, made[kind]);
        const parameters = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
        expectSame(`${parameters}${pem(made[kind], "sec1")}`, undefined, made[kind]);
    });

    test("PKCS#1 of rsa, plain and encrypted, and with what openssl pkcs12 writes around it", () => {
        expectSame(pem(made.rsa, "pkcs1"), undefined, made.rsa);
        expectSame(pem(made.rsa, "pkcs1", PASSWORD), PASSWORD, made.rsa);
        const certificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
        expectSame(`Bag Attributes\n    friendlyName: web\n${pem(made.rsa, "pkcs8")}${certificate}`, undefined, made.rsa);
    });

    test.each<[string, (text: string) => string]>([
        ["CRLF", (text) => text.replaceAll("\n", "\r\n")],
        ["old Macs' line ends", (text) => text.replaceAll("\n", "\r")],
        ["a byte order mark", (text) => `\ufeff${text}`],
        ["the indentation of a program", (text) => `\n${text.replace(/^/gm, "        ")}`],
        ["no newline at the end", (text) => text.trimEnd()],
        ["spaces at the ends of lines", (text) => text.replaceAll("\n", " \n")],
    ])("with %s, in every format", (_what, changed) => {
        for (const text of [pem(made.ed25519, "pkcs8"), pem(made["P-256"], "sec1"), pem(made.rsa, "pkcs1", PASSWORD), newKey().private])
            expect(openPrivateKey(changed(text), PASSWORD, LABEL).isPrivateKey()).toBe(true);
    });

    test("any numbers, also with zeros in front and with a set highest bit", () => {
        fc.assert(
            fc.property(fc.constantFrom<Kind>("ed25519", "P-256", "P-384", "P-521"), (kind) => {
                const key = pairs[kind]();
                expectSame(pem(key, "pkcs8"), undefined, key);
            }),
            fuzzRuns(),
        );
    });
});

/** Written by PuTTYgen 0.78 for these tests, worthless otherwise; the encrypted ones open with `secret`. */
const putty = (name: string): string => readFileSync(join(__dirname, "puttyKeys", `${name}.ppk`), "utf8");

describe("PuTTY's keys", () => {
    test.each([...["ed25519", "rsa", "ecdsa"].flatMap((kind) => [`${kind}-v2`, `${kind}-v2-encrypted`, `${kind}-v3`]), "no-comment"])(
        "%s opens",
        (name) => {
            const text = putty(name);
            for (const form of [text, text.replaceAll("\n", "\r\n"), text.replace(/^/gm, "    ")]) {
                const key = openPrivateKey(form, "secret", LABEL);
                const lines = text.split("\n");
                const at = lines.findIndex((line) => line.startsWith("Public-Lines:"));
                const inFile = lines.slice(at + 1, at + 1 + Number(lines[at]?.split(" ")[1])).join("");
                expect(key.getPublicSSH().toString("base64")).toBe(inFile);
                const digest = key.type === "ssh-ed25519" ? undefined : "sha256";
                expect(key.verify(Buffer.from("x"), key.sign(Buffer.from("x"), digest), digest)).toBe(true);
            }
        },
    );

    test.each(["ed25519-v2", "rsa-v2", "ecdsa-v2"])("%s encrypted wants its password, and no other", (name) => {
        expect(refusal(putty(`${name}-encrypted`)).message).toMatch(/is encrypted[\s\S]*set privateKeyPassword/);
        expect(refusal(putty(`${name}-encrypted`), "other").message).toContain("does not open with privateKeyPassword");
    });

    test.each(["ed25519-v3", "rsa-v3", "ecdsa-v3"])("%s encrypted is named, with what rewrites it", (name) => {
        for (const password of [undefined, "secret"])
            expect(refusal(putty(`${name}-encrypted`), password).message).toMatch(
                /is encrypted in PuTTY's format 3[\s\S]*puttygen FILE -O private-openssh-new/,
            );
    });

    test("one that was changed or cut is damaged", () => {
        for (const name of ["ed25519-v2", "ed25519-v3", "rsa-v3"]) {
            const text = putty(name);
            expect(refusal(text.replace("Comment: ", "Comment: my ")).summary).toBe(`${LABEL} is damaged`);
            for (let lines = 1; lines < text.trimEnd().split("\n").length; lines++)
                expect(refusal(text.split("\n").slice(0, lines).join("\n")).summary).toBe(`${LABEL} is damaged`);
        }
    });

    test("one of a kind that SSH has given up is named", () => {
        expect(refusal(putty("dsa-v2")).message).toMatch(
            /is a PuTTY key of type ssh-dss, which can't be used here[\s\S]*ssh-keygen -t ed25519/,
        );
    });
});

describe("what is refused is named, with what to do, and shows nothing of the key", () => {
    const other = (...args: Parameters<typeof generateKeyPairSync>) => pem(generateKeyPairSync(...args).privateKey as KeyObject, "pkcs8");
    const [ours, der] = [newKey(), made.rsa.export({ type: "pkcs8", format: "der" })];
    test.each<[string, string, RegExp]>([
        ["PKCS#8, encrypted", pem(made.ed25519, "pkcs8", PASSWORD), /is encrypted[\s\S]*set privateKeyPassword/],
        ["SEC1, encrypted", pem(made["P-256"], "sec1", PASSWORD), /is encrypted[\s\S]*set privateKeyPassword/],
        ["Ed448", other("ed448" as never, undefined as never), /is a key of type ed448[\s\S]*ssh-keygen -t ed25519/],
        ["X25519", other("x25519" as never, undefined as never), /is a key of type x25519/],
        ["DSA", other("dsa" as never, { modulusLength: 1024 } as never), /is a key of type dsa/],
        ["RSA-PSS", other("rsa-pss" as never, { modulusLength: 2048 } as never), /is a key of type rsa-pss/],
        ["a curve of Bitcoin", other("ec" as never, { namedCurve: "secp256k1" } as never), /curve other than P-256, P-384 and P-521/],
        ["two keys", `${pem(made.ed25519, "pkcs8")}${pem(made.rsa, "pkcs8")}`, /holds 2 private keys/],
        ["PKCS#8, cut", pem(made.rsa, "pkcs8").replace(/\n[^\n]+\n-----END/, "\n-----END"), /is damaged/],
        ["PKCS#8 without its last line", pem(made.rsa, "pkcs8").replace(/-----END.*/, ""), /is damaged/],
        ["PKCS#8 in one line", pem(made.ed25519, "pkcs8").replaceAll("\n", " "), /has lost its line breaks/],
        ["PKCS#8 with \\n written out", pem(made.ed25519, "pkcs8").replaceAll("\n", "\\n"), /has lost its line breaks/],
        ["PKCS#8 without first and last line", pem(made.rsa, "pkcs8").replace(/-----.*\n/g, ""), /has lost its first and last line/],
        ["DER as base64", der.toString("base64"), /has lost its first and last line/],
        ["UTF-16 without a mark", Buffer.from(ours.private, "utf16le").toString("utf8"), /is UTF-16 without a byte order mark/],
        ["a public key", ours.line, /is a public key[\s\S]*without \.pub/],
        ["a public key of OpenSSL", "-----BEGIN PUBLIC KEY-----\nMCow\n-----END PUBLIC KEY-----", /is a public key/],
        ["a public key of PuTTY", '---- BEGIN SSH2 PUBLIC KEY ----\nComment: "x"\nAAAA\n---- END SSH2 PUBLIC KEY ----', /is a public key/],
        [
            "a user's certificate",
            "ssh-ed25519-cert-v01@openssh.com AAAA me",
            /is a certificate[\s\S]*-cert\.pub, and use transport "openssh"/,
        ],
        ["an X.509 certificate", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----", /is an X\.509 certificate/],
        ["parameters alone", "-----BEGIN EC PARAMETERS-----\nBggq\n-----END EC PARAMETERS-----", /holds no private key/],
        ["a JSON Web Key", JSON.stringify(made.ed25519.export({ format: "jwk" })), /is JSON/],
        ["a key of .NET", "<RSAKeyValue><Modulus>AQAB</Modulus></RSAKeyValue>", /is XML/],
        ["a key of ssh.com", "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nAAAA\n---- END SSH2 ENCRYPTED PRIVATE KEY ----", /ssh\.com/],
    ])("%s", (_what, text, words) => {
        const error = refusal(text);
        expect(error.code).toBe("invalidInput");
        expect(error.message).toMatch(words);
        expect(error.message).toContain(LABEL);
        const shown = everythingIn(error);
        for (const line of text.split(/\\n|[\n ]/).filter((line) => /^[A-Za-z0-9+/=]{24,}$/.test(line))) expect(shown).not.toContain(line);
    });

    test.each(KINDS)("%s with another password, whatever format it is in", (kind) => {
        const formats = ["pkcs8", ...(kind === "rsa" ? ["pkcs1"] : kind === "ed25519" ? [] : ["sec1"])] as ("pkcs8" | "pkcs1" | "sec1")[];
        for (const format of formats) {
            const error = refusal(pem(made[kind], format, PASSWORD), "wr0ng-Sesame");
            expect(error.summary).toBe(`${LABEL} does not open with privateKeyPassword`);
            expect(everythingIn(error)).not.toMatch(/wr0ng|0pen/);
        }
    });
});

test("no change to a key's text makes it fail in another way than by naming what is wrong, without a part of it", () => {
    const texts = [
        newKey().private,
        newKey("ed25519", "secret").private,
        pem(made.ed25519, "pkcs8"),
        putty("ecdsa-v2"),
        putty("rsa-v2-encrypted"),
    ];
    const change = fc.record({ text: fc.constantFrom(...texts), at: fc.nat(), cut: fc.nat({ max: 40 }), put: fc.string({ maxLength: 8 }) });
    fc.assert(
        fc.property(change, fc.constantFrom(undefined, "secret"), ({ text, at, cut, put }, password) => {
            const from = at % text.length;
            try {
                openPrivateKey(text.slice(0, from) + put + text.slice(from + cut), password, LABEL);
            } catch (error) {
                if (!isWmisecError(error)) throw error;
                expect(error.code).toBe("invalidInput");
                expect(error.message).not.toMatch(/[A-Za-z0-9+/]{30}/);
            }
        }),
        fuzzRuns(),
    );
});

describe("keys that ssh-keygen and openssl write in their own ways", () => {
    const missing = ["ssh-keygen", "openssl"].find((program) => spawnSync(program, ["version"]).error !== undefined);
    if (missing !== undefined) console.warn(`skipped: there is no ${missing} here`);
    const testWithPrograms = missing === undefined ? test : test.skip;
    let folder: string;
    beforeAll(() => {
        folder = mkdtempSync(join(tmpdir(), "wmisec-keys-"));
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));
    const keygen = (...args: string[]) => execFileSync("ssh-keygen", ["-q", ...args], { stdio: "ignore" });
    const openssl = (args: string[], input?: string) =>
        execFileSync("openssl", args, { stdio: ["pipe", "pipe", "ignore"], ...(input === undefined ? {} : { input }) }).toString();

    testWithPrograms("every cipher of ssh-keygen opens, or is named with a command that helps", () => {
        const ciphers = execFileSync("ssh", ["-Q", "cipher"]).toString().trim().split("\n");
        expect(ciphers).toContain("chacha20-poly1305@openssh.com");
        for (const [at, cipher] of ciphers.entries()) {
            const file = join(folder, `cipher${at}`);
            keygen("-t", "ed25519", "-N", PASSWORD, "-Z", cipher, "-f", file);
            expect(refusal(readFileSync(file, "utf8")).summary).toMatch(/is encrypted/);
            if (cipher.startsWith("chacha")) {
                const error = refusal(readFileSync(file, "utf8"), PASSWORD);
                expect(error.message).toContain(`is encrypted with ${cipher}, which is not supported`);
                expect(error.details.remedy).toContain("ssh-keygen -p -Z aes256-ctr -f FILE");
                keygen("-p", "-P", PASSWORD, "-N", PASSWORD, "-Z", "aes256-ctr", "-f", file);
            }
            expect(openPrivateKey(readFileSync(file, "utf8"), PASSWORD, LABEL).type).toBe("ssh-ed25519");
        }
    });

    testWithPrograms("an old encryption is named with a command that helps", () => {
        const legacy = ["-provider", "legacy", "-provider", "default"];
        const old = openssl(["pkcs8", "-topk8", "-v1", "PBE-MD5-DES", ...legacy, "-passout", `pass:${PASSWORD}`], pem(made.rsa, "pkcs8"));
        for (const password of [PASSWORD, "other"]) {
            const error = refusal(old, password);
            expect(error.summary).toContain("is encrypted in an old way");
            expect(error.details.remedy).toContain(`openssl pkcs8 -topk8 -v2 aes256 ${legacy.join(" ")} -in FILE -out NEW`);
        }
        const anew = openssl(
            ["pkcs8", "-topk8", "-v2", "aes256", ...legacy, "-passin", `pass:${PASSWORD}`, "-passout", `pass:${PASSWORD}`],
            old,
        );
        expectSame(anew, PASSWORD, made.rsa);
    });

    testWithPrograms("explicit parameters of a curve, and scrypt, open", () => {
        const explicit = openssl(["ecparam", "-name", "prime256v1", "-param_enc", "explicit", "-genkey", "-noout"]);
        expectSame(explicit, undefined, createPrivateKey(explicit));
        const scrypt = openssl(["pkcs8", "-topk8", "-scrypt", "-passout", `pass:${PASSWORD}`], pem(made.rsa, "pkcs8"));
        expectSame(scrypt, PASSWORD, made.rsa);
    });

    test("a key of a security key, an unknown type, and a damaged header of OpenSSH's format", () => {
        const field = (text: string | Buffer) => Buffer.concat([Buffer.from([0, 0, 0, text.length]), Buffer.from(text)]);
        const file = (type: string, cipher = "none") => {
            const content = [
                field(cipher),
                field("none"),
                field(""),
                Buffer.from([0, 0, 0, 1]),
                field(field(type)),
                field("CANARY-IN-KEY"),
            ];
            const base64 = Buffer.concat([Buffer.from("openssh-key-v1\0"), ...content]).toString("base64");
            return `-----BEGIN OPENSSH PRIVATE KEY-----\n${base64}\n-----END OPENSSH PRIVATE KEY-----`;
        };
        expect(refusal(file("sk-ssh-ed25519@openssh.com")).message).toMatch(/needs the security key[\s\S]*transport "openssh"/);
        expect(refusal(file("ssh-dss")).message).toContain("is a key of type ssh-dss");
        expect(refusal(file("\u001b[31m!")).message).toContain("is a key of type unknown");
        expect(refusal(file("ssh-ed25519", "rot13"), "x").message).toContain("is encrypted with rot13");
        expect(refusal(file("ssh-ed25519")).message).toContain("is damaged");
        const whole = newKey().private.split("\n");
        for (let keep = 0; keep < (whole[1]?.length ?? 0); keep += 4)
            expect(refusal([whole[0], whole[1]?.slice(0, keep), whole.at(-2)].join("\n")).code).toBe("invalidInput");
    });
});
