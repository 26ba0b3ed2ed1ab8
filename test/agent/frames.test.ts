import fc from "fast-check";
import { FrameError, FrameReader } from "../../provider/agent/frames";
import { asciiJson } from "../../provider/agent/protocol";
import { fuzzRuns } from "../fuzz";

const NONCE = "0123456789abcdef00112233445566ff";
const frame = (text: string) => `${NONCE}${text}${NONCE}`;

/** Feeds a stream in pieces that end at the given places. */
function read(stream: string, cuts: readonly number[] = [], reader = new FrameReader(NONCE)): string[] {
    const bytes = Buffer.from(stream, "latin1");
    const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
    return ends.flatMap((end, index) => reader.push(bytes.subarray(ends[index - 1] ?? 0, end)));
}

const cuts = fc.array(fc.nat(), { maxLength: 12 });
/** Bytes that hold no nonce; parts of one are likely. */
const noise = fc
    .array(
        fc.oneof(
            fc.string({ unit: "binary" }),
            fc.constant(NONCE.slice(0, 31)),
            fc.constant(NONCE.slice(5)),
            fc.constant("\r\n0123456789"),
        ),
        {
            maxLength: 4,
        },
    )
    .map((parts) => Buffer.from(parts.join("|"), "utf8").toString("latin1"))
    .filter((text) => !text.replace(/[\r\n]/g, "").includes(NONCE));
const json = fc.jsonValue().map(asciiJson);

/** CR and LF put into a text, as a console layer does that wraps lines. */
const wrapped = (text: string, places: readonly number[]): string =>
    places.reduce((so, place) => `${so.slice(0, place % (so.length + 1))}\r\n${so.slice(place % (so.length + 1))}`, text);

describe("frames in a stream", () => {
    test("are found whole and in order, whatever stands around them and wherever the stream is cut", () => {
        fc.assert(
            fc.property(fc.array(fc.tuple(noise, json), { maxLength: 4 }), noise, cuts, (pairs, rest, at) => {
                const stream = `${pairs.map(([before, text]) => `${before}${frame(text)}`).join("")}${rest}`;
                expect(read(stream, at)).toEqual(pairs.map(([, text]) => text));
            }),
            fuzzRuns(),
        );
    });

    test("may be wrapped anywhere, in their marks too", () => {
        fc.assert(
            fc.property(json, fc.array(fc.nat(), { maxLength: 8 }), cuts, (text, places, at) => {
                expect(read(`banner\r\n${wrapped(frame(text), places)}\r\n`, at)).toEqual([text]);
            }),
            fuzzRuns(),
        );
    });

    test("are found when part of a mark comes just before the whole mark", () => {
        const tricky = "aabaabaaab";
        const reader = new FrameReader(tricky);
        expect(reader.push(Buffer.from(`aabaabaabaaab{1}aabaabaabaaab`))).toEqual(["{1}aab"]);
    });

    test("leave what stands around them for error messages, the last of it only", () => {
        const reader = new FrameReader(NONCE);
        read(`Willkommen\r\nauf web-07 ${frame("1")}`, [], reader);
        expect(reader.noise).toBe("");
        read("\r\nActive code page: 850\r\n", [], reader);
        expect(reader.noise).toBe("\r\nActive code page: 850\r\n");
        read(`${NONCE}{"unfinished`, [40], reader);
        expect(reader.noise).toBe("\r\nActive code page: 850\r\n");
    });

    test("nothing between two marks is an empty frame", () => {
        expect(read(frame(""))).toEqual([""]);
    });
});

describe("a hostile stream", () => {
    const limits = { frame: 100, noise: 50 };
    const refused = (stream: string, at: readonly number[] = []) => {
        try {
            return read(stream, at, new FrameReader(NONCE, limits));
        } catch (error) {
            return error instanceof FrameError ? error.message : error;
        }
    };

    test("may fill a frame, and noise, to the limit", () => {
        expect(refused(`${"n".repeat(50)}${frame("x".repeat(100))}${"n".repeat(50)}`)).toEqual(["x".repeat(100)]);
    });

    test("is refused when a frame is too long, finished or not, however it comes", () => {
        fc.assert(
            fc.property(fc.integer({ min: 101, max: 1000 }), fc.boolean(), cuts, (length, finished, at) => {
                expect(refused(`${NONCE}${"x".repeat(length)}${finished ? NONCE : "x".repeat(32)}`, at)).toBe(
                    "a frame of more than 100 bytes",
                );
            }),
            fuzzRuns(),
        );
    });

    test("is refused when there is too much noise, before the first frame or later", () => {
        const tooMuch = "more than 50 bytes that are no answer";
        expect(refused("n".repeat(1000))).toBe(tooMuch);
        expect(refused(`${frame("1")}${"n".repeat(83)}`)).toBe(tooMuch);
        expect(refused(`${"n".repeat(51)}${frame("1")}`, [60])).toBe(tooMuch);
    });

    test("cannot make the reader slow with almost-marks in single bytes", () => {
        const reader = new FrameReader("a".repeat(31).concat("b"));
        const bytes = Buffer.from("a".repeat(300_000));
        for (let at = 0; at < bytes.length; at++) reader.push(bytes.subarray(at, at + 1));
        expect(reader.push(Buffer.from(`b{}${"a".repeat(31)}b`))).toEqual(["{}"]);
    });
});

test("a frame may not contain endless line ends", () => {
    const reader = new FrameReader(NONCE, { frame: 1000 });
    expect(() => reader.push(Buffer.from(`${NONCE}${"\r\n".repeat(501)}`))).toThrow(FrameError);
});
