import { MAX_FRAME } from "../core/limits";
import { MAX_NOISE } from "./protocol";

/** The stream contains something that our agent does not write. */
export class FrameError extends Error {
    override readonly name = "FrameError";
}

export interface FrameLimits {
    /** Bytes in one frame. @default MAX_FRAME */
    readonly frame?: number;
    /** Bytes outside frames, since the last one. @default MAX_NOISE */
    readonly noise?: number;
}

const CR = 13;
const LF = 10;

/**
 * Finds `<nonce>{json}<nonce>` in a stream of bytes that comes in pieces, with any text around it: profiles, AutoRun, `chcp`,
 * banners and transcription print before and between frames. CR and LF inside a frame, its marks included, are ignored: a console
 * layer on the way may have wrapped the line.
 *
 * Linear in the number of bytes, and bounded in memory by the limits, however the pieces are cut.
 */
export class FrameReader {
    private readonly nonce: Buffer;
    /** For each length of a matched part of the nonce, the next shorter part that it also ends with (Knuth, Morris, Pratt). */
    private readonly fallback: readonly number[];
    private readonly limits: Required<FrameLimits>;
    private matched = 0;
    private inside = false;
    private held = Buffer.alloc(4096);
    private length = 0;
    private lineEnds = 0;
    private outside = "";

    constructor(nonce: string, limits: FrameLimits = {}) {
        this.nonce = Buffer.from(nonce, "latin1");
        this.fallback = fallbacks(this.nonce);
        this.limits = { frame: limits.frame ?? MAX_FRAME, noise: limits.noise ?? MAX_NOISE };
    }

    /** Text outside frames since the last whole one, unchanged (one character a byte): for error messages. */
    get noise(): string {
        return this.inside ? this.outside : this.outside + this.held.toString("latin1", 0, this.length);
    }

    /** Whether a frame has begun and not ended. */
    get open(): boolean {
        return this.inside;
    }

    /**
     * @returns the content of the frames that this piece completed, in order.
     * @throws FrameError if a limit is exceeded; the reader can't be used afterwards.
     */
    push(piece: Buffer): string[] {
        const frames: string[] = [];
        for (const byte of piece) {
            const lineEnd = byte === CR || byte === LF;
            if (!lineEnd) this.match(byte);
            if (!(lineEnd && this.inside)) this.hold(byte);
            else if (++this.lineEnds > this.limits.frame) throw new FrameError(`a frame with more than ${this.limits.frame} line ends`);
            if (this.matched < this.nonce.length) continue;

            this.matched = 0;
            this.dropMark();
            const text = this.held.toString("latin1", 0, this.length);
            this.length = 0;
            if (this.inside) frames.push(text);
            this.outside = this.inside ? "" : text;
            this.inside = !this.inside;
            this.lineEnds = 0;
        }
        return frames;
    }

    private match(byte: number): void {
        while (this.matched > 0 && byte !== this.nonce[this.matched]) this.matched = this.fallback[this.matched - 1] ?? 0;
        if (byte === this.nonce[this.matched]) this.matched++;
    }

    private hold(byte: number): void {
        // A mark at the end does not count.
        if (this.length >= (this.inside ? this.limits.frame : this.limits.noise) + this.nonce.length) {
            throw new FrameError(
                this.inside ? `a frame of more than ${this.limits.frame} bytes` : `more than ${this.limits.noise} bytes that are no answer`,
            );
        }
        if (this.length === this.held.length) this.held = Buffer.concat([this.held, Buffer.alloc(this.held.length)]);
        this.held[this.length++] = byte;
    }

    private dropMark(): void {
        for (let left = this.nonce.length; left > 0; ) {
            const byte = this.held[--this.length];
            if (byte !== CR && byte !== LF) left--;
        }
    }
}

function fallbacks(nonce: Buffer): readonly number[] {
    const table = [0];
    for (let at = 1, matched = 0; at < nonce.length; at++) {
        while (matched > 0 && nonce[at] !== nonce[matched]) matched = table[matched - 1] ?? 0;
        if (nonce[at] === nonce[matched]) matched++;
        table.push(matched);
    }
    return table;
}
