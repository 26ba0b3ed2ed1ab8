import fc from "fast-check";
import { isGarbled, mixedLines } from "../../provider/sessions/mixedLines";
import { fuzzRuns } from "../fuzz";

const MARKS = { utf8: "efbbbf", "utf-16le": "fffe", "utf-16be": "feff" } as const;
type Encoding = keyof typeof MARKS;

const encoded = (text: string, encoding: Encoding, mark: boolean): Buffer => {
    const body = encoding === "utf8" ? Buffer.from(text) : Buffer.from(text, "utf16le");
    if (encoding === "utf-16be") body.swap16();
    return Buffer.concat([Buffer.from(mark ? MARKS[encoding] : "", "hex"), body]);
};

const encoding = fc.constantFrom<Encoding>("utf8", "utf-16le", "utf-16be");
/** Begins with ASCII, as names, hashes, markers and comments do; a comment at its end may be anything. */
const line = fc
    .tuple(fc.stringMatching(/^[a-z|@#[][ -~]{0,30}$/), fc.constantFrom("", " büro", " 事務所", " 🔑"))
    .map((parts) => parts.join(""));
const part = fc.record({
    lines: fc.array(line, { minLength: 1, maxLength: 3 }),
    encoding,
    mark: fc.boolean(),
    end: fc.constantFrom("\n", "\r\n"),
});

test("lines come out as they were written, whoever appended in which encoding", () => {
    fc.assert(
        fc.property(fc.array(part, { maxLength: 4 }), (parts) => {
            const content = parts.map(({ lines, encoding, mark, end }) =>
                encoded(lines.map((text) => text + end).join(""), encoding, mark),
            );
            const found = mixedLines(Buffer.concat(content));
            expect(found).toEqual(parts.flatMap(({ lines }) => lines));
        }),
        fuzzRuns(),
    );
});

test("a last line without an end, blank lines and bytes that are no text lose nothing of the others", () => {
    expect(mixedLines(Buffer.from("a\n\nb"))).toEqual(["a", "", "b"]);
    expect(mixedLines(encoded("a\r\n\r\nb", "utf-16le", true))).toEqual(["a", "", "b"]);
    expect(mixedLines(Buffer.concat([Buffer.from("a\n"), Buffer.from([0xe4, 0x0a]), Buffer.from("b\n")]))).toEqual(["a", "\ufffd", "b"]);
    expect(mixedLines(Buffer.concat([encoded("a\n", "utf-16le", true), Buffer.from("b")]))).toEqual(["a", "b"]);
    expect(mixedLines(Buffer.alloc(0))).toEqual([]);
});

test.each<[string, Buffer, boolean]>([
    ["UTF-16 behind UTF-8 without a line end", Buffer.concat([Buffer.from("web-06 x"), encoded("web-07 y\r\n", "utf-16le", false)]), true],
    ["UTF-8 behind UTF-16 without a line end", Buffer.concat([encoded("web-06 x", "utf-16le", true), Buffer.from("web-07 y\nz\n")]), true],
    ["a comment in an old code page", Buffer.from("web-07 x b\xfcro\n", "latin1"), false],
    ["a comment in any script", encoded("web-07 x 事務所 büro\n", "utf-16le", true), false],
])("%s: garbled is %p", (_what, content, garbled) => expect(mixedLines(content).some(isGarbled)).toBe(garbled));

test("no bytes make it fail", () => {
    fc.assert(
        fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
            mixedLines(Buffer.from(bytes));
        }),
        fuzzRuns(),
    );
});
