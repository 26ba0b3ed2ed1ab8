import { DefinitionProblem } from "./problem";
import type { Token } from "./tokens";

/** The grammar's way through the tokens. What is not as expected ends in a problem that says what was expected. */
export class Cursor {
    private at = 0;

    /** @param tokens with `end` as the last, which is never passed */
    constructor(private readonly tokens: readonly Token[]) {}

    get next(): Token {
        return this.tokens[this.at] as Token;
    }

    get isAtEnd(): boolean {
        return this.next.kind === "end";
    }

    take(): Token {
        const { next } = this;
        if (next.kind !== "end") this.at += 1;
        return next;
    }

    /** Keywords are compared without case. */
    isWord(word: string): boolean {
        return this.next.kind === "word" && this.next.text.toLowerCase() === word;
    }

    /** Whether a name comes after the next token. */
    get isNameAhead(): boolean {
        return this.tokens[this.at + 1]?.kind === "word";
    }

    /** As `isWord`, of the token after the next. */
    isWordAhead(word: string): boolean {
        return this.isNameAhead && this.tokens[this.at + 1]?.text.toLowerCase() === word;
    }

    isSign(sign: string): boolean {
        return this.next.kind === "sign" && this.next.text === sign;
    }

    /** @returns the sign, if it is the next token, which is then taken */
    accept(sign: string): Token | undefined {
        return this.isSign(sign) ? this.take() : undefined;
    }

    acceptWord(word: string): Token | undefined {
        return this.isWord(word) ? this.take() : undefined;
    }

    sign(sign: string): Token {
        return this.accept(sign) ?? this.fail(sign);
    }

    keyword(word: string): Token {
        return this.acceptWord(word) ?? this.fail(word);
    }

    /** @param what what the name is of, for the message: `a class` */
    name(what: string): Token {
        return this.next.kind === "word" ? this.take() : this.fail(`the name of ${what}`);
    }

    fail(expected: string): never {
        const { kind, text, line } = this.next;
        const found = kind === "end" ? "the file ends" : `${text.length > 40 ? `${text.slice(0, 40)}...` : text} is found`;
        throw new DefinitionProblem(`${expected} is expected, but ${found}`, line);
    }
}
