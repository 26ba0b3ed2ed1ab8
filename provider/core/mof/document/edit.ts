import type { NamespacePath } from "../../namespacePath";
import { encryptionMof } from "../generate";
import type { FlagStatement } from "./flag";

/** Replaces the text from `start` to `end` with `by`. */
interface Replacement {
    readonly start: number;
    readonly end: number;
    readonly by: string;
}

/**
 * Sets `required` in each of the statements. If there are none, adds one at the end, which is compiled last.
 * @param statements all of the text's statements for the namespace, in order
 */
export function withFlag(text: string, statements: readonly FlagStatement[], namespace: NamespacePath, required: boolean): string {
    const lineEnd = lineEndOf(text);
    if (statements.length === 0) return `${text}${appendix(text, namespace, required, lineEnd)}`;
    const pieces: string[] = [];
    let at = 0;
    for (const statement of statements) {
        const { start, end, by } = replacement(text, statement, required, lineEnd);
        pieces.push(text.slice(at, start), by);
        at = end;
    }
    return `${pieces.join("")}${text.slice(at)}`;
}

/**
 * The smallest change that writes the value out. A bare qualifier gets a value even if it means the same, because its meaning depends on
 * the release of Windows.
 */
function replacement(text: string, { qualifier, qualifiers, instance }: FlagStatement, required: boolean, lineEnd: string): Replacement {
    const value = required ? "TRUE" : "FALSE";
    const inserted = (at: number, by: string): Replacement => ({ start: at, end: at, by });
    const last = qualifiers.at(-1);
    if (qualifier?.value?.kind === "boolean") {
        const { start, end, value: present } = qualifier.value;
        return { start, end, by: present === required ? text.slice(start, end) : value };
    }
    if (qualifier !== undefined) return inserted(qualifier.name.end, `(${value})`);
    if (last !== undefined) return inserted(last.end, `, RequiresEncryption(${value})`);
    return inserted(instance.start, `[RequiresEncryption(${value})]${separator(text, instance.start, lineEnd)}`);
}

/** The text between a new qualifier list and the instance that begins at `at`: a line break if the instance begins its own line. */
function separator(text: string, at: number, lineEnd: string): string {
    const indentation = text.slice(text.lastIndexOf("\n", at - 1) + 1, at);
    return /^[ \t]*$/.test(indentation) ? `${lineEnd}${indentation}` : " ";
}

/** Our own statement, after an empty line. */
function appendix(text: string, namespace: NamespacePath, required: boolean, lineEnd: string): string {
    const gap = text === "" ? "" : text.endsWith("\n") ? lineEnd : `${lineEnd}${lineEnd}`;
    return `${gap}${encryptionMof(namespace, required).replaceAll("\r\n", lineEnd)}`;
}

/** CRLF, unless more lines end with LF alone. */
function lineEndOf(text: string): "\r\n" | "\n" {
    const all = text.split("\n").length - 1;
    const crlf = text.split("\r\n").length - 1;
    return crlf >= all - crlf ? "\r\n" : "\n";
}
