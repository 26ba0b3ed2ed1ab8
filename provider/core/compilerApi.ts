import { type Compilation, compilationText, OUR_BUG } from "./compilation";
import { WmisecError } from "./errors";
import { remedyFor } from "./mofcomp";
import type { Stopped } from "./step";

type Refusal = Pick<Extract<Stopped, { readonly reason: "compilerApi" }>, "phase" | "hresult" | "object" | "firstLine" | "lastLine">;

/**
 * What IMofCompiler's phases mean (MicrosoftDocs/sdk-api sdk-api-src/content/wbemcli/ns-wbemcli-wbem_compile_status_info.md): 0 no
 * error; 1 reading the text; 2 the arguments; 3 storing. Object and lines are told only of an error that is about an object.
 */
const PHASES: ReadonlyMap<number, string> = new Map([
    [1, "MOF syntax error"],
    [2, "the arguments are wrong"],
    [3, "the repository would not store it"],
]);

/** A refusal by the compiler's API. */
export function compilerApiError(compilation: Compilation, refusal: Refusal): WmisecError {
    const { phase, hresult, object, firstLine, lastLine } = refusal;
    const { refused, tried, syntax } = compilationText(compilation, "IMofCompiler");
    const lines = firstLine <= 0 ? "" : `, lines ${firstLine} to ${Math.max(firstLine, lastLine)}`;
    const about = object <= 0 ? lines : `, object ${object}${lines}`;
    const isSyntax = phase === 1;
    return new WmisecError(
        isSyntax ? "mofSyntax" : "mofRejected",
        `${refused}: ${PHASES.get(phase) ?? `failed in phase ${phase}`} (${hresult}${about})`,
        { tried, remedy: isSyntax ? syntax : phase === 2 ? OUR_BUG : remedyFor([hresult], compilation) },
    );
}
