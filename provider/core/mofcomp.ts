import { type Compilation, compilationText, OUR_BUG } from "./compilation";
import { printable, WmisecError } from "./errors";

/**
 * What mofcomp's exit codes mean (MicrosoftDocs/win32 desktop-src/WmiSdk/mofcomp.md): 0 done; 1 no connection to WMI, or the
 * repository would not have it; 2 a bad switch; 3 a syntax error in the MOF; anything else is a WMI error code.
 *
 * The text around the codes is localized, so only hexadecimal codes are read from it.
 */
export function mofcompError(compilation: Compilation, exit: number, output: string): WmisecError {
    const codes = [...new Set([...output.matchAll(/0[xX]8004[0-9a-fA-F]{4}/g)].map(([found]) => found.toLowerCase()))];
    const { refused, tried, syntax } = compilationText(compilation, "mofcomp");
    const tail = codes.length === 0 ? "" : `, ${codes.join(", ")}`;
    const details = { said: printable(output), tried };
    switch (exit) {
        case 3:
            return new WmisecError("mofSyntax", `${refused}: MOF syntax error (exit 3${tail})`, { ...details, remedy: syntax });
        case 2:
            return new WmisecError("mofRejected", `${refused}: bad switch (exit 2${tail})`, { ...details, remedy: OUR_BUG });
        case 1:
            return new WmisecError(
                "mofRejected",
                `${refused}: no connection to WMI, or the repository would not store it (exit 1${tail})`,
                {
                    ...details,
                    remedy: remedyFor(codes),
                },
            );
        default: {
            const hex = `0x${(exit >>> 0).toString(16).padStart(8, "0")}`;
            return new WmisecError("mofRejected", `${refused}: WMI error ${hex}`, { ...details, remedy: remedyFor([hex, ...codes]) });
        }
    }
}

/** What an administrator can do about a WMI error that a compiler ended with. */
export function remedyFor(codes: readonly string[]): string {
    if (codes.includes("0x80041003"))
        return "the account may not write to this namespace: give it Full Write and Edit Security there (wmimgmt.msc, Security)";
    if (codes.includes("0x8004100e"))
        return "the namespace is gone: install the role or product that brings it, or take it out of the program";
    return "see that the service winmgmt runs (sc query winmgmt) and that the repository is sound (winmgmt /verifyrepository), then run again";
}
