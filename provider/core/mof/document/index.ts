import { MAX_DEFINITION_BYTES } from "../../limits";
import type { NamespacePath } from "../../namespacePath";
import { withFlag } from "./edit";
import { decoded, encoded } from "./encoding";
import { flagStatements, flagsSet } from "./flag";
import { DefinitionProblem } from "./problem";

/** Why a definition can't be read or edited: a clause for a message, and the line that it is about, from 1. */
export interface UnreadableDefinition {
    readonly ok: false;
    readonly problem: string;
    /** Undefined when it is about the file as a whole. */
    readonly line: number | undefined;
}

/** `absent`: nothing in the file says anything about the namespace's flag. */
export type FlagInDefinition = { readonly ok: true; readonly flag: boolean | "absent" } | UnreadableDefinition;

/** By namespace, what compiling the file sets. */
export type FlagsInDefinition = { readonly ok: true; readonly flags: ReadonlyMap<NamespacePath, boolean> } | UnreadableDefinition;

/** `changed: false`: `bytes` are those that were given. */
export type EditedDefinition = { readonly ok: true; readonly bytes: Buffer; readonly changed: boolean } | UnreadableDefinition;

/**
 * What a MOF file says of a namespace's encryption requirement: the last `instance of __SystemSecurity` in that namespace,
 * because what is compiled last wins. Files that it includes are not read.
 *
 * @param bytes ASCII, or UTF-16 with a byte order mark
 */
export function flagInDefinition(bytes: Uint8Array, namespace: NamespacePath): FlagInDefinition {
    return readable(() => {
        const last = flagStatements(decoded(bytes).text, namespace).at(-1);
        return { ok: true, flag: last?.flag ?? "absent" };
    });
}

/**
 * The flags that a MOF file sets, of whichever namespace: all of it is compiled, whatever it was edited for.
 *
 * @param bytes ASCII, or UTF-16 with a byte order mark
 */
export const flagsInDefinition = (bytes: Uint8Array): FlagsInDefinition =>
    readable(() => ({ ok: true, flags: flagsSet(decoded(bytes).text) }));

/**
 * Makes a MOF file say whether a namespace requires encryption: in each `instance of __SystemSecurity` of the namespace, or, where
 * there is none, in one at the end of the file, which is compiled last. Everything else, its encoding too, stays byte for byte.
 * Editing what was edited changes nothing.
 *
 * @param bytes ASCII, or UTF-16 with a byte order mark
 */
export function editDefinition(bytes: Uint8Array, namespace: NamespacePath, required: boolean): EditedDefinition {
    return readable(() => {
        const { text, encoding } = decoded(bytes);
        const edited = withFlag(text, flagStatements(text, namespace), namespace, required);
        if (edited === text) return { ok: true, bytes: Buffer.from(bytes), changed: false };
        const result = encoded(edited, encoding);
        if (result.length <= MAX_DEFINITION_BYTES) return { ok: true, bytes: result, changed: true };
        throw new DefinitionProblem(`with the flag in it, it would be larger than ${MAX_DEFINITION_BYTES} bytes`);
    });
}

function readable<T>(read: () => T): T | UnreadableDefinition {
    try {
        return read();
    } catch (error) {
        if (!(error instanceof DefinitionProblem)) throw error;
        return { ok: false, problem: error.message, line: error.line };
    }
}
