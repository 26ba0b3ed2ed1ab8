/**
 * A way to read a text: as it is, with escapes resolved, or as the bytes that its hex pairs and base64 encode. Each view knows which part
 * of the text its characters come from.
 */
export interface View {
    readonly codes: Uint16Array;
    /** For each code: where it begins and ends in the text. */
    readonly from: Int32Array;
    readonly to: Int32Array;
    /** Its last code is the last of the text, which may have been truncated there. */
    readonly isOpen: boolean;
}

/** A range of a text or a view. */
export interface Span {
    readonly from: number;
    readonly to: number;
}

/** Separates parts that are not adjacent. Not a character, so no pattern contains it. */
const GAP = 0xffff;

/**
 * Characters that the search ignores, in texts and in secrets: control characters (including NUL, which follows each letter in UTF-16),
 * line ends (terminals and encodings wrap lines), and characters without width.
 */
export const isIgnored = (code: number): boolean =>
    code < 0x20 ||
    code === 0x7f ||
    (code >= 0x200b && code <= 0x200f) ||
    (code >= 0x2028 && code <= 0x202e) ||
    (code >= 0x2060 && code <= 0x2069) ||
    code === 0xfeff;

class Builder {
    #size = 0;
    readonly #codes: Uint16Array;
    readonly #from: Int32Array;
    readonly #to: Int32Array;

    constructor(capacity: number) {
        this.#codes = new Uint16Array(capacity);
        this.#from = new Int32Array(capacity);
        this.#to = new Int32Array(capacity);
    }

    push(code: number, from: number, to: number): void {
        if (isIgnored(code)) return;
        this.#codes[this.#size] = code;
        this.#from[this.#size] = from;
        this.#to[this.#size] = to;
        this.#size++;
    }

    view(isOpen: boolean): View {
        const size = this.#size;
        return { codes: this.#codes.subarray(0, size), from: this.#from.subarray(0, size), to: this.#to.subarray(0, size), isOpen };
    }
}

export function plainView(text: string): View {
    const builder = new Builder(text.length);
    for (let at = 0; at < text.length; at++) builder.push(text.charCodeAt(at), at, at + 1);
    return builder.view(true);
}

/** The character that an escape stands for, and the escape's length. */
interface Escape {
    readonly code: number;
    readonly length: number;
}

const ENTITIES: Readonly<Record<string, number>> = { amp: 38, lt: 60, gt: 62, quot: 34, apos: 39, nbsp: 160 };
/** JSON and C-like languages. The characters that these stand for are ignored. */
const CONTROLS = "bfnrt0";
const LETTER = /[a-z0-9]/i;

/** Longer than any escape. */
const LONGEST_ESCAPE = 12;

/** One escape syntax. */
interface Escapes {
    /** The characters that an escape can begin with. */
    readonly first: ReadonlySet<number>;
    /** Reads the escape at the beginning of a text. */
    readonly read: (text: string) => Escape | undefined;
}

const codesOf = (characters: string): ReadonlySet<number> => new Set([...characters].map((one) => one.charCodeAt(0)));

/**
 * Escapes of data formats: JSON (`\"`, `\u00e4`), URLs (`%C3`, `+`), quoted-printable (`=C3`), HTML and XML (`&quot;`, `&#228;`), CLIXML
 * (`_x000D_`).
 */
export const DATA: Escapes = {
    first: codesOf("\\%=+&_"),
    read: (text) => {
        const [, hex] =
            /^(?:\\u|%u)([0-9a-f]{4})/i.exec(text) ?? /^(?:\\x|%|=)([0-9a-f]{2})/i.exec(text) ?? /^_x([0-9a-f]{4})_/i.exec(text) ?? [];
        if (hex !== undefined)
            return { code: Number.parseInt(hex, 16), length: text.startsWith("_") ? 7 : text.indexOf(hex, 1) + hex.length };
        const [entity, sixteen, ten, name] = /^&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([a-z]{2,4}));/i.exec(text) ?? [];
        if (entity !== undefined) {
            const code = sixteen !== undefined ? Number.parseInt(sixteen, 16) : ten !== undefined ? Number(ten) : ENTITIES[name ?? ""];
            return code === undefined || code > 0x10ffff ? undefined : { code, length: entity.length };
        }
        const [first, second = ""] = text;
        if (first === "+") return { code: 0x20, length: 1 };
        if (first !== "\\" || second === "") return undefined;
        if (!LETTER.test(second)) return { code: second.charCodeAt(0), length: 2 };
        return CONTROLS.includes(second) ? { code: 0, length: 2 } : undefined;
    },
};

/** Escapes of shells: a special character after a caret or a backtick, or a doubled quote. */
export const SHELL: Escapes = {
    first: codesOf("^`\"'"),
    read: (text) => {
        const [first = "", second = ""] = text;
        const doubled = first === second;
        const escaped = first === "^" || first === "`" ? second !== "" && !LETTER.test(second) : doubled;
        return escaped ? { code: second.charCodeAt(0), length: 2 } : undefined;
    },
};

/** @returns undefined if there is no escape */
export function unescapedView({ codes, from, to, isOpen }: View, { first, read }: Escapes): View | undefined {
    let builder: Builder | undefined;
    for (let at = 0; at < codes.length; ) {
        const code = codes[at] ?? GAP;
        const found = first.has(code) ? read(String.fromCharCode(...codes.subarray(at, at + LONGEST_ESCAPE))) : undefined;
        if (found !== undefined && builder === undefined) {
            builder = new Builder(codes.length);
            for (let before = 0; before < at; before++) builder.push(codes[before] ?? GAP, from[before] ?? 0, to[before] ?? 0);
        }
        const length = found?.length ?? 1;
        const stands = found?.code ?? code;
        const [begin, end] = [from[at] ?? 0, to[at + length - 1] ?? 0];
        const written = stands > 0xffff ? String.fromCodePoint(stands) : undefined;
        if (written === undefined) builder?.push(stands, begin, end);
        else for (let half = 0; half < written.length; half++) builder?.push(written.charCodeAt(half), begin, end);
        at += length;
    }
    return builder?.view(isOpen);
}

/** Shorter runs of hex digits or base64 characters are not decoded. */
const SHORTEST_HEX = 12;
const SHORTEST_BASE64 = 8;

const BITS = { hex: 4, base64: 6 } as const;

/**
 * The bytes that runs of hex digits (`43414e`, `43 41`, `43-41`, `0x43, 0x41`) and of base64 encode, one character per byte. Nobody knows
 * where the first byte of a run begins, so there is one view for each possible start.
 */
export function decodedViews(view: View): View[] {
    return [...viewsOfRuns(view, "hex", hexRuns(view)), ...viewsOfRuns(view, "base64", base64Runs(view))];
}

interface Run {
    /** Four or six bits per digit. */
    readonly digits: readonly number[];
    /** Indexes into the view. */
    readonly places: readonly number[];
}

function viewsOfRuns({ from, to, codes, isOpen }: View, kind: keyof typeof BITS, runs: readonly Run[]): View[] {
    if (runs.length === 0) return [];
    const bits = BITS[kind];
    const size = runs.reduce((sum, { digits }) => sum + digits.length + 1, 0);
    const endsOpen = isOpen && runs.at(-1)?.places.at(-1) === codes.length - 1;
    // Two hex digits make one byte; four base64 characters make three.
    return Array.from({ length: kind === "hex" ? 2 : 4 }, (_, phase) => {
        const builder = new Builder(size);
        for (const { digits, places } of runs) {
            let held = 0;
            let count = 0;
            let first = phase;
            for (let at = phase; at < digits.length; at++) {
                if (count === 0) first = at;
                held = ((held << bits) | (digits[at] ?? 0)) & 0xffff;
                count += bits;
                if (count < 8) continue;
                count -= 8;
                builder.push((held >> count) & 0xff, from[places[first] ?? 0] ?? 0, to[places[at] ?? 0] ?? 0);
                // The remaining bits begin the next byte.
                if (count > 0) first = at;
            }
            builder.push(GAP, 0, 0);
        }
        return builder.view(endsOpen);
    });
}

function hexRuns({ codes }: View): Run[] {
    return runsIn(codes, SHORTEST_HEX, (code, run) => {
        const digit = hexDigit(code);
        if (digit !== undefined) return digit;
        const isX = code === 0x78 || code === 0x58;
        // The 0 of 0x is not a digit.
        if (isX && run.digits.at(-1) === 0) {
            run.digits.pop();
            run.places.pop();
            return "between";
        }
        return code === 0x20 || code === 0x2d || code === 0x3a || code === 0x2c ? "between" : "end";
    });
}

function base64Runs({ codes }: View): Run[] {
    return runsIn(codes, SHORTEST_BASE64, (code) => sextet(code) ?? "end");
}

type Digits = { readonly digits: number[]; readonly places: number[] };

function runsIn(codes: Uint16Array, shortest: number, digitOf: (code: number, run: Digits) => number | "between" | "end"): Run[] {
    const runs: Run[] = [];
    let run: Digits = { digits: [], places: [] };
    const flush = () => {
        if (run.digits.length >= shortest) runs.push(run);
        if (run.digits.length > 0) run = { digits: [], places: [] };
    };
    for (let at = 0; at < codes.length; at++) {
        const digit = digitOf(codes[at] ?? GAP, run);
        if (digit === "end") flush();
        else if (digit !== "between") {
            run.digits.push(digit);
            run.places.push(at);
        }
    }
    flush();
    return runs;
}

function hexDigit(code: number): number | undefined {
    if (code >= 0x30 && code <= 0x39) return code - 0x30;
    const lower = code | 0x20;
    return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : undefined;
}

/** Accepts the standard and the URL-safe alphabet. */
function sextet(code: number): number | undefined {
    if (code >= 0x41 && code <= 0x5a) return code - 0x41;
    if (code >= 0x61 && code <= 0x7a) return code - 0x47;
    if (code >= 0x30 && code <= 0x39) return code + 4;
    if (code === 0x2b || code === 0x2d) return 62;
    return code === 0x2f || code === 0x5f ? 63 : undefined;
}
