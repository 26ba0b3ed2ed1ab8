import { WmisecError } from "../errors";
import { describeItem } from "../items/item";
import { describeLive } from "../items/itemValue";
import { AUTORECOVER_LIST } from "../items/registration";
import type { Declaration } from "./ledger";
import { describeFound, type Look } from "./look";

export const CONTRADICTION =
    "the parent's __Namespace instance and the __SystemSecurity singleton contradict each other; the WMI service may need a restart (Restart-Service winmgmt; it stops dependent services)";

/** Of an item that is not as declared after a write that was reported as done. */
export function unmetError(declaration: Declaration, look: Look): WmisecError {
    const about = describeItem(declaration.item);
    if (look.differs) {
        return new WmisecError("readingsDiffer", `${about}: ${CONTRADICTION}`, {
            tried: `to put it to ${describeLive(declaration.want)}; mofcomp said that it is done`,
            remedy: "restart the service winmgmt at a quiet hour, then run again",
        });
    }
    return new WmisecError("readBackDiffers", `${about} is ${describeFound(look)} after a write that was reported as done`, {
        tried: `to put it to ${describeLive(declaration.want)}, then to read it back`,
        remedy:
            declaration.item.type === "registration"
                ? `see on the host what removes our file or takes it out of the list (HKLM\\${AUTORECOVER_LIST.key}, ${AUTORECOVER_LIST.name}); then run again`
                : "see on the host who sets it back (a group policy, a MOF that is recompiled, an installer); then run again",
    });
}
