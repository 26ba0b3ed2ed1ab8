import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { isSealedType, readSealed, sealedBody, sealedType } from "../../provider/wsman/framing";
import { rotated } from "../../provider/wsman/kerberosToken";
import { Malformed } from "../../provider/wsman/malformed";
import { fuzzRuns } from "../fuzz";

const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));

test("the text of a sealed body", () => {
    const sealed = sealedBody("SPNEGO", { length: 4, signature: Buffer.from("SIGN"), data: Buffer.from("DATA") });
    expect(sealed.toString("latin1")).toBe(
        [
            "--Encrypted Boundary",
            "\tContent-Type: application/HTTP-SPNEGO-session-encrypted",
            "\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length=4",
            "--Encrypted Boundary",
            "\tContent-Type: application/octet-stream",
            "\x04\0\0\0SIGNDATA--Encrypted Boundary--",
            "",
        ].join("\r\n"),
    );
    expect(sealedType("Kerberos")).toBe(
        'multipart/encrypted;protocol="application/HTTP-Kerberos-session-encrypted";boundary="Encrypted Boundary"',
    );
});

test("what is framed is read again, whatever is in it", () => {
    const tricky = fc.constantFrom(Buffer.from("--Encrypted Boundary--\r\n"), Buffer.from("-- Encrypted Boundary--"));
    fc.assert(
        fc.property(
            fc.constantFrom("SPNEGO" as const, "Kerberos" as const),
            bytes(80),
            fc.oneof(bytes(300), tricky),
            (by, signature, data) => {
                const body = sealedBody(by, { length: data.length, signature, data });
                expect(readSealed(by, sealedType(by), body)).toEqual({ length: data.length, signature, data });
            },
        ),
        fuzzRuns(),
    );
});

test("reads what hosts write: no indent, a space behind the dashes, no line end at the end", () => {
    const body = sealedBody("SPNEGO", { length: 4, signature: Buffer.from("SIGN"), data: Buffer.from("DATA") })
        .toString("latin1")
        .replaceAll("\t", "")
        .replaceAll("--Encrypted", "-- Encrypted")
        .replace(/\r\n$/, "");
    const type = 'multipart/encrypted; protocol="application/HTTP-SPNEGO-session-encrypted"; boundary="Encrypted Boundary"';
    expect(readSealed("SPNEGO", type, Buffer.from(body, "latin1"))).toMatchObject({ length: 4, data: Buffer.from("DATA") });
});

test("refuses what is sealed by another mechanism", () => {
    const body = sealedBody("Kerberos", { length: 0, signature: Buffer.alloc(16), data: Buffer.alloc(0) });
    expect(() => readSealed("SPNEGO", sealedType("Kerberos"), body)).toThrow(Malformed);
    expect(() => readSealed("SPNEGO", sealedType("SPNEGO"), body)).toThrow(Malformed);
});

test.each<[string, string, string]>([
    ["another type", "multipart/encrypted", "another type"],
    ["another boundary", sealedType("SPNEGO").replace("Encrypted Boundary", "x"), "another type"],
    ["the type of another mechanism", sealedType("Kerberos"), "another type"],
])("refuses a sealed body with %s in its header", (_what, type, said) => {
    const body = sealedBody("SPNEGO", { length: 0, signature: Buffer.alloc(16), data: Buffer.alloc(0) });
    expect(() => readSealed("SPNEGO", type, body)).toThrow(said);
});

test.each([-1, 21, 0x7fffffff])("refuses a signature that says it has %d bytes", (length) => {
    const body = sealedBody("SPNEGO", { length: 4, signature: Buffer.alloc(16), data: Buffer.alloc(4) });
    body.writeInt32LE(length, body.indexOf("octet-stream\r\n") + "octet-stream\r\n".length);
    expect(() => readSealed("SPNEGO", sealedType("SPNEGO"), body)).toThrow("cut short");
});

test("any bytes are a sealed body or Malformed", () => {
    const good = sealedBody("SPNEGO", { length: 40, signature: randomBytes(16), data: randomBytes(40) });
    const changed = fc.tuple(fc.nat(good.length - 1), fc.nat(255)).map(([at, value]) => Buffer.from(good).fill(value, at, at + 1));
    const cut = fc.nat(good.length).map((length) => good.subarray(0, length));
    fc.assert(
        fc.property(fc.oneof(changed, cut, bytes(300)), (body) => {
            try {
                const { signature, data } = readSealed("SPNEGO", sealedType("SPNEGO"), body);
                expect(signature.length + data.length).toBeLessThan(body.length);
            } catch (error) {
                expect(error).toBeInstanceOf(Malformed);
            }
        }),
        fuzzRuns(300),
    );
});

test("knows a sealed type", () => {
    expect(["multipart/encrypted;boundary=x", "Multipart/Encrypted", "multipart/encryptedly", "text/html"].map(isSealedType)).toEqual([
        true,
        true,
        false,
        false,
    ]);
});

describe("rotation of a Kerberos token", () => {
    const header = (flags = 2, extra = 0, turned = 0) => {
        const it = Buffer.from([5, 4, flags, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7]);
        it.writeUInt16BE(extra, 4);
        it.writeUInt16BE(turned, 6);
        return it;
    };

    test("takes what stands behind the message to its front, for any length of message, filling and checksum", () => {
        fc.assert(
            fc.property(bytes(200), fc.nat(16), fc.constantFrom(12, 16, 24), (message, extra, checksum) => {
                const [confounder, behind] = [randomBytes(16), randomBytes(16 + checksum + extra)];
                const { signature, data } = rotated(Buffer.concat([header(2, extra), confounder, message, behind]), message.length);
                expect(data).toEqual(message);
                expect(signature).toEqual(Buffer.concat([header(2, extra, behind.length), behind, confounder]));
            }),
            fuzzRuns(),
        );
    });

    test.each<[string, Buffer, string]>([
        ["of RC4", Buffer.concat([hexToken(), Buffer.alloc(60)]), "not of RFC 4121"],
        ["that is not sealed", Buffer.concat([header(0), Buffer.alloc(48)]), "not sealed"],
        ["that is rotated", Buffer.concat([header(2, 0, 28), Buffer.alloc(48)]), "rotated already"],
        ["that is cut", Buffer.concat([header(), Buffer.alloc(40)]), "another length"],
        ["that is too long", Buffer.concat([header(), Buffer.alloc(400)]), "another length"],
        ["that is nothing", Buffer.alloc(0), "not of RFC 4121"],
    ])("refuses one %s", (_what, token, said) => {
        expect(() => rotated(token, 4)).toThrow(said);
    });
});

function hexToken(): Buffer {
    return Buffer.from("60820100", "hex");
}
