import { WmisecError } from "../errors";
import type { Stopped } from "../wire/step";
import { type Compilation, compilationText, OUR_BUG } from "./compilation";
import { compilerRemedy } from "./mofcomp";

type Refusal = Pick<Extract<Stopped, { readonly reason: "compilerApi" }>, "phase" | "hresult" | "object" | "firstLine" | "lastLine">;

/**
 * What IMofCompiler's phases mean (MicrosoftDocs/sdk-api sdk-api-src/content/wbemcli/ns-wbemcli-wbem_compile_status_info.md): 0 no error; 1
 * reading the text; 2 the arguments; 3 storing. Only an error about an object has an object number and lines.
 */
const PHASES: ReadonlyMap<number, string> = new Map([
    [1, "MOF syntax error"],
    [2, "the arguments are wrong"],
    [3, "the repository would not store it"],
]);

/** The error for a refusal by IMofCompiler. */
export function compilerApiError(compilation: Compilation, refusal: Refusal): WmisecError {
    const { phase, hresult, object, firstLine, lastLine } = refusal;
    const { refused, tried, syntax } = compilationText(compilation, "IMofCompiler");
    const lines = firstLine <= 0 ? "" : `, lines ${firstLine} to ${Math.max(firstLine, lastLine)}`;
    const about = object <= 0 ? lines : `, object ${object}${lines}`;
    const isSyntax = phase === 1;
    return new WmisecError(
        isSyntax ? "mofSyntax" : "mofRejected",
        `${refused}: ${PHASES.get(phase) ?? `failed in phase ${phase}`} (${hresult}${about})`,
        {
            tried,
            remedy: isSyntax
                ? syntax
                : phase === 2
                  ? OUR_BUG
                  : DENIED.has(hresult)
                    ? remedyForDenied(compilation)
                    : compilerRemedy([hresult], compilation),
        },
    );
}

/** WBEM_E_ACCESS_DENIED, E_ACCESSDENIED */
const DENIED = new Set(["0x80041003", "0x80070005"]);

/**
 * WMI refuses clients whose process has too low an impersonation level (MicrosoftDocs/win32 desktop-src/WmiSdk/
 * setting-the-default-process-security-level-using-c-.md). A process can set that only once, before its first call, and the agent's process
 * has already asked WMI for the machine's identity. So an account that may write can be refused here, and only here.
 */
const remedyForDenied = (compilation: Compilation): string =>
    `set compiler: "mofcomp": WMI may refuse PowerShell's process where it accepts mofcomp.exe, whatever the account's permissions. If that is refused, too, ${compilerRemedy(["0x80041003"], compilation)}`;
