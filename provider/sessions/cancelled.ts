import { WmisecError } from "../core/errors";

/** The run is being stopped: nothing new is opened. */
export const cancelled = (): WmisecError =>
    new WmisecError("cancelled", "the run is being stopped, so that no connection was opened", { remedy: "run the command again" });

/** What we end ourselves ends without a fault of anybody's. */
export const closedByUs = (what: "session" | "connection"): WmisecError =>
    new WmisecError("cancelled", `the ${what} was closed by us`, { remedy: "run the command again" });
