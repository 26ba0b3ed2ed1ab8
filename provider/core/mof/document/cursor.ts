import { DefinitionProblem } from "./problem";
import type { Token } from "./tokens";

/** The parser's position in the tokens. An unexpected token is a problem that says what was expected. */
export class Cursor {
    private at = 0;

    /** @param tokens the last one is `end`; the cursor never moves past it */
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

    /** Keywords are case-insensitive. */
    isWord(word: string): boolean {
        return this.next.kind === "word" && this.next.text.toLowerCase() === word;
    }

    /** Whether the token after the next is a name. */
    get isNameAhead(): boolean {
        return this.tokens[this.at + 1]?.kind === "word";
    }

    /** `isWord` for the token after the next. */
    isWordAhead(word: string): boolean {
        return this.isNameAhead && this.tokens[this.at + 1]?.text.toLowerCase() === word;
    }

    isSign(sign: string): boolean {
        return this.next.kind === "sign" && this.next.text === sign;
    }

    /** Takes the next token if it is this sign. */
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

    /** @param what for the message, what the name is for: `a class` */
    name(what: string): Token {
        return this.next.kind === "word" ? this.take() : this.fail(`the name of ${what}`);
    }

    fail(expected: string): never {
        const { kind, text, line } = this.next;
        const found = kind === "end" ? "the file ends" : `${text.length > 40 ? `${text.slice(0, 40)}...` : text} is found`;
        throw new DefinitionProblem(`${expected} is expected, but ${found}`, line);
    }
}
