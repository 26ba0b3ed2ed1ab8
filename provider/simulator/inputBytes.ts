/** A process's standard input, read by line or by count as bytes arrive. One reader at a time. */
export class InputBytes {
    private chunks: Buffer[] = [];
    private ended = false;
    private wake: () => void = () => undefined;

    /** @param seen `atItsEnd`: readers see nothing before the end of input */
    constructor(private readonly seen: "asItComes" | "atItsEnd" = "asItComes") {}

    push(chunk: Buffer): void {
        this.chunks.push(chunk);
        this.wake();
    }

    /** Also when the connection is gone. */
    end(): void {
        this.ended = true;
        this.wake();
    }

    /**
     * @param limit bytes without a newline after which it gives up
     * @returns the line without its newline; `ended` at the end of input (a line without newline is dropped); `tooLong`
     */
    async line(limit: number): Promise<{ readonly text: string } | "ended" | "tooLong"> {
        for (;;) {
            await this.visible();
            const held = this.held();
            const at = held.indexOf(10);
            if (at > limit || (at < 0 && held.length > limit)) return "tooLong";
            if (at >= 0) {
                this.chunks = [held.subarray(at + 1)];
                return { text: held.toString("latin1", 0, at) };
            }
            if (this.ended) return "ended";
            await this.more();
        }
    }

    /** As `line`, but returns the beginning of a line above the limit: one byte more than the limit. */
    async lineOrBeginning(limit: number): Promise<{ readonly text: string } | "ended"> {
        const line = await this.line(limit);
        if (line !== "tooLong") return line;
        const text = this.held().toString("latin1", 0, limit + 1);
        for (;;) {
            const held = this.held();
            const at = held.indexOf(10);
            this.chunks = at < 0 ? [] : [held.subarray(at + 1)];
            if (at >= 0) return { text };
            if (this.ended) return "ended";
            await this.more();
        }
    }

    /** @returns `ended` if the input ends before so many bytes */
    async bytes(count: number): Promise<Buffer | "ended"> {
        for (;;) {
            await this.visible();
            if (this.chunks.reduce((sum, { length }) => sum + length, 0) >= count) {
                const held = this.held();
                this.chunks = [held.subarray(count)];
                return held.subarray(0, count);
            }
            if (this.ended) return "ended";
            await this.more();
        }
    }

    private async visible(): Promise<void> {
        while (this.seen === "atItsEnd" && !this.ended) await this.more();
    }

    private held(): Buffer {
        const all = Buffer.concat(this.chunks);
        this.chunks = [all];
        return all;
    }

    private more(): Promise<void> {
        return new Promise((settle) => {
            this.wake = settle;
        });
    }
}
