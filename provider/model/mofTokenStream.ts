import { MofSyntaxError, type SyntaxErrorCode } from "./mofErrors";
import { type MofToken, mofTokens } from "./mofLexer";

/** The tokens of a MOF text, one after the other. Words are case-insensitive. */
export class MofTokenStream {
    readonly all: readonly MofToken[];
    private at = 0;

    /** @throws MofSyntaxError if the text can't be split into tokens */
    constructor(text: string) {
        this.all = mofTokens(text);
    }

    get here(): MofToken {
        return this.all[Math.min(this.at, this.all.length - 1)] as MofToken;
    }

    advance(): void {
        this.at += 1;
    }

    fail(code: SyntaxErrorCode, line = this.here.line): never {
        throw new MofSyntaxError(code, line);
    }

    isSign(sign: string): boolean {
        const { here } = this;
        return here.kind === "sign" && here.text === sign;
    }

    isWord(word: string): boolean {
        const { here } = this;
        return here.kind === "word" && here.text.toLowerCase() === word;
    }

    accept(sign: string): boolean {
        if (!this.isSign(sign)) return false;
        this.advance();
        return true;
    }

    acceptWord(word: string): boolean {
        if (!this.isWord(word)) return false;
        this.advance();
        return true;
    }

    expect(sign: string, code: SyntaxErrorCode): void {
        if (!this.accept(sign)) this.fail(code);
    }

    name(code: SyntaxErrorCode): string {
        const { here } = this;
        if (here.kind !== "word") return this.fail(code);
        this.advance();
        return here.text;
    }
}
