import { MAX_DEFINITION_BYTES } from "../../limits";
import type { NamespacePath } from "../../namespacePath";
import { withFlag } from "./edit";
import { decoded, encoded } from "./encoding";
import { flagStatements, flagsSet } from "./flag";
import { DefinitionProblem } from "./problem";

/** Why a definition file can't be read or edited: a clause for a message, and the line, from 1. */
export interface UnreadableDefinition {
    readonly ok: false;
    readonly problem: string;
    /** Undefined if the problem concerns the file as a whole. */
    readonly line: number | undefined;
}

/** `absent`: the file does not mention the namespace's flag. */
export type FlagInDefinition = { readonly ok: true; readonly flag: boolean | "absent" } | UnreadableDefinition;

/** The flags that compiling the file sets, by namespace. */
export type FlagsInDefinition = { readonly ok: true; readonly flags: ReadonlyMap<NamespacePath, boolean> } | UnreadableDefinition;

/** If `changed` is false, `bytes` equal the input. */
export type EditedDefinition = { readonly ok: true; readonly bytes: Buffer; readonly changed: boolean } | UnreadableDefinition;

/**
 * Which flag a MOF file sets for a namespace: that of the last `instance of __SystemSecurity` in it, because the last one compiled wins.
 * Included files are not read.
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
 * Which flags a MOF file sets, for all namespaces: the whole file is compiled, whichever namespace we edited it for.
 *
 * @param bytes ASCII, or UTF-16 with a byte order mark
 */
export const flagsInDefinition = (bytes: Uint8Array): FlagsInDefinition =>
    readable(() => ({ ok: true, flags: flagsSet(decoded(bytes).text) }));

/**
 * Makes a MOF file set the flag of a namespace: in each `instance of __SystemSecurity` of the namespace, or if there is none, in a new one
 * at the end, which is compiled last. Everything else stays byte for byte, including the encoding. Editing twice changes nothing more.
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
