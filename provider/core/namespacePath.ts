/**
 * A WMI namespace path in canonical form: lower case, names separated by `/`, from the root (`root/cimv2`). Two spellings of one namespace
 * become the same text, because WMI ignores case. Only `parseNamespacePath` makes one.
 */
export type NamespacePath = string & { readonly __brand: "NamespacePath" };

/** Our own limits, far above any namespace that Windows ships. WMI documents none. */
export const MAX_NAMESPACE_LEVELS = 32;
export const MAX_NAMESPACE_LENGTH = 255;

/**
 * WMI identifiers have letters, digits and `_`. Some products derive namespace names from instance names: those also have `-`, `.`, `$` and
 * `#`. ASCII only: mofcomp reads a file without a byte order mark as ANSI, and policy must not depend on a code page.
 */
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_$#.-]*$/;

const LOST_BACKSLASH = "write root/cimv2, or root\\\\cimv2";

export type ParsedNamespacePath = { readonly ok: true; readonly path: NamespacePath } | { readonly ok: false; readonly problem: string };

/**
 * @param text names separated by `/` or `\` (also doubled, as in code), in any case: `root/cimv2`, `ROOT\\Contoso\\Billing`.
 *     `\\.\root\cimv2` means this host and is accepted.
 * @returns the path, or one sentence that says what is wrong and what to write instead
 */
export function parseNamespacePath(text: string): ParsedNamespacePath {
    const shown = JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}...` : text);
    const no = (problem: string): ParsedNamespacePath => ({ ok: false, problem: `${shown} is not a namespace path: ${problem}` });
    const example = "write it from the root, for example root/cimv2";

    if (/[\t\n\v\f\r\b]/.test(text.trim()))
        return no(`a single backslash and the letter after it became a control character; ${LOST_BACKSLASH}`);
    if (text.trim() === "") return no(`it is empty; ${example}`);
    if (text !== text.trim()) return no("it begins or ends with a space; remove it");
    if (/^[A-Za-z]:/.test(text)) return no(`it looks like a file path; ${example}`);
    if (/["'`]/.test(text)) return no("it contains quotes; write the bare path");
    if (/[*?%]/.test(text)) return no("wildcards are not expanded; name each namespace");
    if (/[^\x20-\x7e]/.test(text)) return no("only ASCII characters are supported");
    if (text.length > MAX_NAMESPACE_LENGTH) return no(`it has ${text.length} characters; at most ${MAX_NAMESPACE_LENGTH} are supported`);

    const slashed = text.replace(/\\/g, "/");
    const server = /^\/\/+([^/]*)\//.exec(slashed);
    if (server && server[1] !== ".") return no(`it names another computer (${server[1]}); the host comes from \`connection\`, ${example}`);
    const local = server ? slashed.slice(server[0].length) : slashed;
    if (local.startsWith("/")) return no(`it starts with a separator; ${example}`);
    if (local.endsWith("/")) return no("it ends with a separator; remove it");
    if (local.includes(":")) return no("it has a colon, as the path of a class or object does; write only the namespace");

    const names = local.split(/\/+/);
    if (names.length > MAX_NAMESPACE_LEVELS) return no(`it has ${names.length} levels; at most ${MAX_NAMESPACE_LEVELS} are supported`);
    const bad = names.find((name) => !NAME.test(name));
    if (bad !== undefined)
        return no(`${JSON.stringify(bad)} is not a namespace name (letters, digits and _ - . $ #, starting with a letter, a digit or _)`);
    if (names.length === 1 && /^root[a-z0-9_]/i.test(local))
        return no(
            `did you mean ${JSON.stringify(`root/${local.slice(4)}`)}? A single backslash gets lost in a string literal; ${LOST_BACKSLASH}`,
        );
    if (names[0]?.toLowerCase() !== "root")
        return no(`it does not start at the root; did you mean ${JSON.stringify(`root/${names.join("/")}`)}?`);
    return { ok: true, path: names.join("/").toLowerCase() as NamespacePath };
}

/**
 * For paths that were already checked, by `check` or by the schema of the state.
 * @throws TypeError for text that `parseNamespacePath` rejects: that is a bug, not a user's mistake
 */
export function namespacePath(text: string): NamespacePath {
    const parsed = parseNamespacePath(text);
    if (!parsed.ok) throw new TypeError(parsed.problem);
    return parsed.path;
}

/** The path as WMI writes it: `root\cimv2`. */
export const backslashed = (path: NamespacePath): string => path.replaceAll("/", "\\");
