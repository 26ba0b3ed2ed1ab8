import { createHash, randomBytes } from "node:crypto";
import fc from "fast-check";
import { Malformed } from "../../provider/wsman/malformed";
import {
    AV,
    avPairs,
    challengeMessage,
    channelBindingHash,
    exchangedKey,
    flagsOf,
    HAS_MIC,
    micOf,
    NtlmInitiator,
    NtlmSealing,
    ntlmV2Response,
    PROOF_LENGTH,
    REQUIRED,
    readAuthenticate,
    readAvPairs,
    readNegotiate,
    responseKey,
    TARGET_INFO_AT,
} from "../../provider/wsman/ntlm";
import { clientPart } from "../../provider/wsman/ntlm/keys";
import { md4 } from "../../provider/wsman/ntlm/md4";
import { Rc4 } from "../../provider/wsman/ntlm/rc4";
import { fuzzRuns } from "../fuzz";

const hex = (text: string) => Buffer.from(text.replace(/\s/g, ""), "hex");
const utf16 = (text: string) => Buffer.from(text, "utf16le");

/** RFC 1320, A.5. */
test.each([
    ["", "31d6cfe0d16ae931b73c59d7e0c089c0"],
    ["a", "bde52cb31de33e46245e05fbdbd6fb24"],
    ["abc", "a448017aaf21d8525fc10ae87aa6729d"],
    ["message digest", "d9130a8164549fe818874806e1c7014b"],
    ["abcdefghijklmnopqrstuvwxyz", "d79e1c308aa5bbcdeea8ed63df412da9"],
    ["ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "043f8582f241db351ce627e153e7f0e4"],
    ["1234567890".repeat(8), "e33b4ddc9c38f2199c3e7b164fcc0536"],
])("MD4 of %p", (text, digest) => {
    expect(md4(Buffer.from(text)).toString("hex")).toBe(digest);
});

/** RFC 6229, offsets 0 and 16. */
test.each([
    ["0102030405", "b2396305f03dc027ccc3524a0a1118a8 6982944f18fc82d589c403a47a0d0919"],
    ["0102030405060708090a0b0c0d0e0f10", "9ac7cc9a609d1ef7b2932899cde41b97 5248c4959014126a6e8a84f11d1a9e1c"],
])("RC4 with the key %s", (key, stream) => {
    const rc4 = new Rc4(hex(key));
    const parts = [5, 0, 16, 11].map((length) => rc4.process(Buffer.alloc(length)));
    expect(Buffer.concat(parts)).toEqual(hex(stream));
});

/** MS-NLMP 4.2.4: User, Domain, Password, and so on. */
describe("the vectors of MS-NLMP", () => {
    const key = responseKey("User", "Domain", "Password");
    const targetInfo = avPairs(
        new Map([
            [AV.domainName, utf16("Domain")],
            [AV.computerName, utf16("Server")],
        ]),
    );
    const part = clientPart({ time: Buffer.alloc(8), clientChallenge: Buffer.alloc(8, 0xaa), targetInfo });
    const { ntResponse, sessionBaseKey } = ntlmV2Response(key, hex("0123456789abcdef"), part);
    const sessionKey = Buffer.alloc(16, 0x55);

    test("keys and answers", () => {
        expect(key.toString("hex")).toBe("0c868a403bfd7a93a3001ef22ef02e3f");
        expect(ntResponse.subarray(0, PROOF_LENGTH).toString("hex")).toBe("68cd0ab851e51c96aabc927bebef6a1c");
        expect(sessionBaseKey.toString("hex")).toBe("8de40ccadbc14a82f15cb0ad0de95ca3");
        expect(exchangedKey(sessionBaseKey, sessionKey).toString("hex")).toBe("c5dad2544fc9799094ce1ce90bc9d03e");
        expect(part.subarray(TARGET_INFO_AT, TARGET_INFO_AT + targetInfo.length)).toEqual(targetInfo);
    });

    test("a sealed message", () => {
        const { signature, data } = new NtlmSealing(sessionKey, "client").seal(utf16("Plaintext"));
        expect(data.toString("hex")).toBe("54e50165bf1936dc996020c1811b0f06fb5f");
        expect(signature.toString("hex")).toBe("010000007fb38ec5c55d497600000000");
    });
});

test("messages are numbered, each way by itself", () => {
    const [client, server] = (["client", "server"] as const).map((side) => new NtlmSealing(Buffer.alloc(16, 0x55), side));
    const numbers = [client, client, server, client].map((side) => side?.seal(Buffer.from("x")).signature.readUInt32LE(12));
    expect(numbers).toEqual([0, 1, 0, 2]);
});

test.each<[string, Buffer]>([
    ["cut within a head", hex("0100")],
    ["cut within a value", hex("0100 0400 0000")],
    ["that says one thing twice", hex("0100 0000 0100 0000 0000 0000")],
    ["with more than 32 pairs", Buffer.concat(Array.from({ length: 34 }, (_, id) => Buffer.from([(id + 1) % 34, 0, 0, 0])))],
])("refuses target information %s", (_what, bytes) => {
    expect(() => readAvPairs(bytes)).toThrow(Malformed);
});

const flipped = (bytes: Buffer, at: number): Buffer => Buffer.from(bytes.map((byte, index) => (index === at ? byte ^ 1 : byte)));

describe("sealing", () => {
    const pair = () => {
        const key = randomBytes(16);
        return { client: new NtlmSealing(key, "client"), server: new NtlmSealing(key, "server") };
    };

    test("each message gets over, both ways", () => {
        fc.assert(
            fc.property(fc.array(fc.tuple(fc.boolean(), fc.uint8Array({ maxLength: 300 }))), (messages) => {
                const { client, server } = pair();
                for (const [fromClient, bytes] of messages) {
                    const [from, to] = fromClient ? [client, server] : [server, client];
                    const { signature, data } = from.seal(Buffer.from(bytes));
                    expect(to.unseal(signature, data)).toEqual(Buffer.from(bytes));
                }
            }),
            fuzzRuns(),
        );
    });

    test.each<[string, (sent: { signature: Buffer; data: Buffer }[]) => { signature: Buffer; data: Buffer } | undefined]>([
        ["one that comes twice", ([first]) => first],
        ["one that another was left out before", ([, , third]) => third],
        ["one whose text was changed", ([, second]) => second && { ...second, data: flipped(second.data, 0) }],
        ["one whose signature was changed", ([, second]) => second && { ...second, signature: flipped(second.signature, 5) }],
        ["one with half a signature", ([, second]) => second && { ...second, signature: second.signature.subarray(0, 8) }],
    ])("refuses %s", (_what, chosen) => {
        const { client, server } = pair();
        const sent = ["one", "two", "three"].map((text) => client.seal(Buffer.from(text)));
        const [first] = sent;
        server.unseal(first?.signature ?? Buffer.alloc(0), first?.data ?? Buffer.alloc(0));
        const next = chosen(sent);
        expect(() => server.unseal(next?.signature ?? Buffer.alloc(0), next?.data ?? Buffer.alloc(0))).toThrow(Malformed);
    });

    test("refuses what it sealed itself", () => {
        const { client } = pair();
        const { signature, data } = client.seal(Buffer.from("one"));
        expect(() => client.unseal(signature, data)).toThrow(Malformed);
    });
});

describe("a login", () => {
    const account = { user: "Administrator", domain: "WEB-07", password: "geheim-ÄÖ-€" };
    const serverChallenge = hex("0123456789abcdef");
    const time = hex("0090d336b734c301");
    const told = new Map<number, Buffer>([
        [AV.domainName, utf16("CONTOSO")],
        [AV.computerName, utf16("WEB-07")],
        [AV.timestamp, time],
    ]);
    const challengeWith = (flags: number, pairs: ReadonlyMap<number, Buffer> = told) =>
        challengeMessage({ flags, serverChallenge, targetInfo: avPairs(pairs), targetName: "CONTOSO" });

    /** What an acceptor does that has the password. */
    const login = (channelBinding: Buffer | undefined, pairs = told) => {
        const initiator = new NtlmInitiator(account, { servicePrincipal: "HTTP/web-07", channelBinding });
        const challenge = challengeWith(readNegotiate(initiator.first()) | flagsOf(["targetInfo"]), pairs);
        const { token, sealing } = initiator.answer(challenge);
        const answer = readAuthenticate(token);
        const part = answer.ntResponse.subarray(PROOF_LENGTH);
        const expected = ntlmV2Response(responseKey(answer.user, answer.domain, account.password), serverChallenge, part);
        const sessionKey = exchangedKey(expected.sessionBaseKey, answer.encryptedSessionKey);
        return {
            answer,
            isProven: answer.ntResponse.equals(expected.ntResponse),
            isSigned: answer.mic.equals(micOf(sessionKey, initiator.first(), challenge, token)),
            said: readAvPairs(part.subarray(TARGET_INFO_AT)),
            timeSaid: part.subarray(8, 16),
            server: new NtlmSealing(sessionKey, "server"),
            sealing,
        };
    };

    test("proves the password, is signed, and seals", () => {
        const { answer, isProven, isSigned, timeSaid, server, sealing } = login(undefined);
        expect(answer).toMatchObject({ user: "Administrator", domain: "WEB-07", workstation: "" });
        expect({ isProven, isSigned }).toEqual({ isProven: true, isSigned: true });
        expect(timeSaid).toEqual(time);
        expect(answer.lmResponse).toEqual(Buffer.alloc(24));
        const { signature, data } = sealing.seal(Buffer.from("<e/>"));
        expect(server.unseal(signature, data).toString()).toBe("<e/>");
    });

    test("is bound to the service and to the certificate", () => {
        const binding = Buffer.concat([Buffer.from("tls-server-end-point:"), createHash("sha256").update("certificate").digest()]);
        const { said } = login(binding);
        expect(said.get(AV.channelBindings)).toEqual(channelBindingHash(binding));
        expect(said.get(AV.targetName)).toEqual(utf16("HTTP/web-07"));
        expect(said.get(AV.flags)?.readUInt32LE()).toBe(HAS_MIC);
        expect(login(undefined).said.get(AV.channelBindings)).toEqual(Buffer.alloc(16));
    });

    test("takes no binding from the server, and is signed where the server tells no time", () => {
        const { said, isSigned } = login(undefined, new Map([[AV.channelBindings, Buffer.alloc(16, 7)]]));
        expect(said.get(AV.channelBindings)).toEqual(Buffer.alloc(16));
        expect(isSigned).toBe(true);
    });

    /** MS-NLMP 2.2.2.5. By number, so that the list in the code can't lose one unseen. */
    test.each([
        ["unicode", 0x1],
        ["sign", 0x10],
        ["seal", 0x20],
        ["ntlm", 0x200],
        ["extendedSessionSecurity", 0x80000],
        ["targetInfo", 0x800000],
        ["key128", 0x20000000],
        ["keyExchange", 0x40000000],
    ])("refuses a challenge without %s", (flag, bit) => {
        const initiator = new NtlmInitiator(account, { servicePrincipal: "HTTP/web-07", channelBinding: undefined });
        const challenge = challengeWith((flagsOf(REQUIRED) & ~bit) >>> 0);
        expect(() => initiator.answer(challenge)).toThrow(`without ${flag}`);
    });

    test("any bytes for a challenge are an answer or Malformed", () => {
        const good = challengeWith(flagsOf(REQUIRED));
        const changed = fc
            .array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 4 })
            .map((changes) => changes.reduce((bytes, [at, value]) => bytes.fill(value, at, at + 1), Buffer.from(good)));
        const cut = fc.nat(good.length).map((length) => good.subarray(0, length));
        const junk = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
        fc.assert(
            fc.property(fc.oneof(changed, cut, junk), (challenge) => {
                const initiator = new NtlmInitiator(account, { servicePrincipal: "HTTP/web-07", channelBinding: undefined });
                try {
                    initiator.answer(challenge);
                } catch (error) {
                    expect(error).toBeInstanceOf(Malformed);
                }
            }),
            fuzzRuns(300),
        );
    });
});
