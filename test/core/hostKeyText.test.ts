import fc from "fast-check";
import { hostKeysIn } from "../../provider/core/connection/hostKeyText";
import { fuzzRuns } from "../fuzz";

const TYPES = ["ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"];
const FINGERPRINT = "SHA256:nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8";
const base64 = fc.uint8Array({ minLength: 3, maxLength: 60 }).map((bytes) => `AAAA${Buffer.from(bytes).toString("base64")}`);
/** What stands in front of a key: anything without white space that is no comment, no marker and no type. */
const names = fc.stringMatching(/^[!-~]{1,40}$/).filter((text) => !/^[#@]/.test(text) && !TYPES.includes(text));
const comment = fc.stringMatching(/^[ -~]{0,30}$/).filter((text) => !text.includes("SHA256:"));
const end = fc.constantFrom("\n", "\r\n", "\r");

test("a key is found whatever name stands in front of it and whatever comment behind it, in any number of lines", () => {
    const line = fc.record({ name: fc.option(names, { nil: undefined }), type: fc.constantFrom(...TYPES), base64, comment });
    fc.assert(
        fc.property(fc.array(line, { minLength: 1, maxLength: 4 }), end, (lines, newline) => {
            const text = lines
                .map(({ name, type, base64, comment }) => [...(name === undefined ? [] : [name]), type, base64, comment].join(" "))
                .join(newline);
            const { keys, problem } = hostKeysIn(text);
            expect(problem).toBeUndefined();
            expect(keys.map((key) => (key.kind === "key" ? [key.type, key.base64] : []))).toEqual(
                lines.map(({ type, base64 }) => [type, base64]),
            );
        }),
        fuzzRuns(),
    );
});

test("a word in front of a fingerprint that is no type names none", () => {
    for (const word of ["constructor", "toString", "web-07"])
        expect(hostKeysIn(`${word} ${FINGERPRINT}`).keys).toEqual([{ kind: "fingerprint", fingerprint: FINGERPRINT, type: undefined }]);
});

test.each([
    ["256", "(ED25519)", "ssh-ed25519"],
    ["3072", "(RSA)", "ssh-rsa"],
    ["256", "(ECDSA)", "ecdsa-sha2-nistp256"],
    ["521", "(ECDSA)", "ecdsa-sha2-nistp521"],
    ["256", "(ED25519-SK)", undefined],
])("a fingerprint of %s bits and %s is found whatever comment stands between them", (bits, name, type) => {
    fc.assert(
        fc.property(comment, (text) => {
            const { keys, problem } = hostKeysIn(`${bits} ${FINGERPRINT} ${text} ${name}`);
            expect([keys, problem]).toEqual([[{ kind: "fingerprint", fingerprint: FINGERPRINT, type }], undefined]);
        }),
        fuzzRuns(),
    );
});

test("no text makes it fail: it names a key or a problem, and a key that it names stands in the text", () => {
    const word = fc.oneof(
        fc.string(),
        fc.constantFrom(...TYPES, FINGERPRINT, "256", "(ED25519)", "@revoked", "#", "AAAA", "SHA256:", "|1|a|b"),
    );
    fc.assert(
        fc.property(fc.array(fc.array(word, { maxLength: 5 }).map((words) => words.join(" "))), (lines) => {
            const text = lines.join("\n");
            const { keys, problem } = hostKeysIn(text);
            expect(keys.length > 0 || problem !== undefined).toBe(true);
            for (const key of keys) expect(text).toContain(key.kind === "key" ? `${key.base64}` : key.fingerprint);
        }),
        fuzzRuns(),
    );
});
