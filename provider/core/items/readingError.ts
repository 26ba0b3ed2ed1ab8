import { type ErrorCode, WmisecError } from "../errors";
import { codeOfFailure, type HostFailure } from "../wire/hostFailure";
import { describeItem, type Item } from "./item";

/** What an item is looked at for: to be as declared, or to be put back. */
export type Purpose = "declare" | "release";

/** An item of which the host could not tell what it is. Nothing was written. */
export function readingError(item: Item, failure: HostFailure, purpose: Purpose): WmisecError {
    const code = codeOfFailure(failure);
    return new WmisecError(code, `${describeItem(item)} could not be read`, {
        said: `${failure.wmiCode ?? failure.hresult} ${failure.type}: ${failure.message}`,
        remedy: remedyFor(item, code, purpose),
    });
}

/** Only `onDelete: "leave"` takes leave of a file without reading it. */
const GIVE_UP =
    "to give the file up as it is, with its backup beside it, take definitionMof out of the program (before a destroy, too), " +
    'set onDelete: "leave" and run pulumi up; take onDelete out again after that';

function remedyFor(item: Item, code: ErrorCode, purpose: Purpose): string {
    if (item.type !== "definition" || purpose === "declare") return remedyAsDeclared(item, code);
    return code === "definitionUnreadable" ? GIVE_UP : `${remedyAsDeclared(item, code)}. Or, ${GIVE_UP}`;
}

function remedyAsDeclared(item: Item, code: ErrorCode): string {
    switch (code) {
        case "denied":
            return item.type === "definition"
                ? "let Administrators read the file and its folder, then run again"
                : "give the account Enable Account, Remote Enable and Read Security on the namespace (wmimgmt.msc, Security), or read on the key";
        case "definitionUnsafe":
            return "let only SYSTEM, Administrators and TrustedInstaller write to the file and its folder (icacls shows who may), and see that neither is a link and the file is no folder; then run again";
        case "definitionUnreadable":
            return "move what is about this namespace into a MOF file of its own, and name that one in definitionMof";
        case "mofFolderUnsafe":
            return "find out who made %ProgramFiles%\\pulumi-wmisec on the host; remove it if nobody needs it: it is made anew, for administrators only";
        default:
            return "look at the item on the host; nothing was written";
    }
}
