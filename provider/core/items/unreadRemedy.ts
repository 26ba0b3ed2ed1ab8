import type { ErrorCode } from "../errors";
import { UNSAFE_FILE } from "../remedies";

/** What to do about an item that could not be read. @param denied where the host denies it */
export function unreadRemedy(code: ErrorCode, denied: string): string {
    switch (code) {
        case "denied":
            return denied;
        case "definitionUnsafe":
            return UNSAFE_FILE;
        case "definitionUnreadable":
            return "move what is about this namespace into a MOF file of its own, and name that one in definitionMof";
        case "mofFolderUnsafe":
            return "find out who made %ProgramFiles%\\pulumi-wmisec on the host; remove it if nobody needs it: it is made anew, for administrators only";
        default:
            return "look at the item on the host; nothing was written";
    }
}

/** Where the account may not read WMI or the registry. */
export const GIVE_READ =
    "give the account Enable Account, Remote Enable and Read Security on the namespace (wmimgmt.msc, Security), or read on the key";
