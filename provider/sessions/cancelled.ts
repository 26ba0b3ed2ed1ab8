import { WmisecError } from "../core/errors";

/** The run is stopping: nothing new is opened. */
export const cancelled = (): WmisecError =>
    new WmisecError("cancelled", "the run is stopping, so no connection was opened", { remedy: "run the command again" });

/** We ended it ourselves: that is no fault. */
export const closedByUs = (what: "session" | "connection"): WmisecError =>
    new WmisecError("cancelled", `the ${what} was closed by us`, { remedy: "run the command again" });
