import type { Handler } from "../../provider/handlers/handler";
import { AskedLives } from "../../provider/plugin/askedLives";
import type { Tally } from "../../provider/plugin/tally";
import { TrackedHandler } from "../../provider/plugin/trackedHandler";
import { specOf } from "../../provider/resources";

/** A handler whose resources are counted. */
export const tracked = (handler: Handler, tally: Tally): TrackedHandler =>
    new TrackedHandler(specOf("WmiNamespaceSecurity"), handler, tally, new AskedLives(async () => true));
