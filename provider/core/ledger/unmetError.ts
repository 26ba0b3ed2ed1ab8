import { WmisecError } from "../errors";
import { describeItem } from "../items/item";
import { describeFound } from "../items/itemState";
import { describeLive } from "../items/itemValue";
import { kindOf } from "../items/kinds";
import type { Declaration } from "./declaration";
import type { RecordedState } from "./record";

export const CONTRADICTION =
    "the parent's __Namespace instance and the __SystemSecurity singleton contradict each other; the WMI service may need a restart (Restart-Service winmgmt; it stops dependent services)";

/** The error for an item that is not as declared after a write that the host reported as done. */
export function unmetError(declaration: Declaration, state: RecordedState): WmisecError {
    const about = describeItem(declaration.item);
    if (state.contradictory) {
        return new WmisecError("readingsDiffer", `${about}: ${CONTRADICTION}`, {
            tried: `to set it to ${describeLive(declaration.item, declaration.want)}; mofcomp reported success`,
            remedy: "restart the service winmgmt at a quiet time, then run again",
        });
    }
    return new WmisecError("readBackDiffers", `${about} is ${describeFound(state)} after a write that was reported as done`, {
        tried: `to set it to ${describeLive(declaration.item, declaration.want)}, then to read it back`,
        remedy: kindOf(declaration.item).unmetRemedy,
    });
}
