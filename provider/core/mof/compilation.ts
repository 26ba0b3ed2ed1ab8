import type { NamespacePath } from "../namespacePath";
import type { Stopped } from "../wire/step";

/** What was compiled (our own MOF for one namespace, or a product's definition file), and in which phase. */
export interface Compilation {
    readonly about: { readonly namespace: NamespacePath } | { readonly file: string };
    /** `check`: only the syntax, before anything is replaced. */
    readonly during: Extract<Stopped, { readonly during: unknown }>["during"];
}

export const OUR_BUG =
    "this is a bug in our MOF or our command line: run again with WMISEC_KEEP_MOF=1, which leaves the file on the host, and report both";

interface CompilationText {
    /** The summary of the error. */
    readonly refused: string;
    readonly tried: string;
    /** The remedy for a syntax error. */
    readonly syntax: string;
}

/** @param compiler its name for people */
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
                ? `a syntax check of the edited text by ${compiler}; the file was not touched`
                : `${compiler} on the edited file; the file was restored, but what was stored before the error stays stored`,
        syntax: `check the file as it is (mofcomp -check ${file}, on the host). If that reports no error, our edit is at fault: remove definitionMof and report both`,
    };
}
