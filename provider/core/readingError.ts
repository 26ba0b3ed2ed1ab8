import { type ErrorCode, WmisecError } from "./errors";
import { codeOfFailure, type HostFailure } from "./hostFailure";
import { describeItem, type Item } from "./item";

/** An item of which the host could not tell what it is. Nothing was written. */
export function readingError(item: Item, failure: HostFailure): WmisecError {
    const code = codeOfFailure(failure);
    return new WmisecError(code, `${describeItem(item)} could not be read`, {
        said: `${failure.wmiCode ?? failure.hresult} ${failure.type}: ${failure.message}`,
        remedy: remedyFor(item, code),
    });
}

function remedyFor(item: Item, code: ErrorCode): string {
    switch (code) {
        case "denied":
            return item.type === "definition"
                ? "let Administrators read the file and its folder, then run again"
                : "give the account Enable Account, Remote Enable and Read Security on the namespace (wmimgmt.msc, Security), or read on the key";
        case "definitionUnsafe":
            return "let only SYSTEM, Administrators and TrustedInstaller write to the file and its folder (icacls shows who may), and see that neither is a link; then run again";
        case "definitionUnreadable":
            return "move what is about this namespace into a MOF file of its own, and name that one in definitionMof";
        case "mofFolderUnsafe":
            return "find out who made %ProgramFiles%\\pulumi-wmisec on the host; remove it if nobody needs it: it is made anew, for administrators only";
        default:
            return "look at the item on the host; nothing was written";
    }
}
