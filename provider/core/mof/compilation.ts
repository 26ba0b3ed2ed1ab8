import type { NamespacePath } from "../namespacePath";
import type { Stopped } from "../wire/step";

/** What was compiled: MOF of our own about one namespace, or a definition file of somebody else; and at what point. */
export interface Compilation {
    readonly about: { readonly namespace: NamespacePath } | { readonly file: string };
    /** `check`: the syntax only, before anything is replaced. */
    readonly during: Extract<Stopped, { readonly during: unknown }>["during"];
}

export const OUR_BUG =
    "this is a bug in our MOF or our command line; rerun with WMISEC_KEEP_MOF=1, which leaves the file on the host, and report both";

interface CompilationText {
    /** For the summary. */
    readonly refused: string;
    readonly tried: string;
    /** What to do about a syntax error. */
    readonly syntax: string;
}

/** @param compiler as people call it */
export function compilationText({ about, during }: Compilation, compiler: string): CompilationText {
    if ("namespace" in about)
        return {
            refused: `${compiler} refused ${about.namespace}`,
            tried: `${compiler} on a short MOF file of this one namespace`,
            syntax: OUR_BUG,
        };
    const { file } = about;
    return {
        refused: `${compiler} refused ${file}`,
        tried:
            during === "check"
                ? `a check of the edited text's syntax by ${compiler}; the file was not touched`
                : `${compiler} on the edited file; the file was put back as it was, but what was stored before the error stays stored`,
        syntax: `see what the compiler says of the file as it is (mofcomp -check ${file}, on the host). If it has nothing to say, our edit is at fault: take definitionMof out and report both`,
    };
}
