import { WmisecError } from "../core/errors";
import { type Counts, countsText } from "./findings";

/** The error of an operation that the user has cancelled. @param counts of the fleet afterwards */
export const stoppedError = (counts: Counts, remedy: string): WmisecError =>
    new WmisecError("cancelled", `the run was stopped: ${countsText(counts)}`, { remedy });
