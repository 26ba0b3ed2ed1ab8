/**
 * Three simulated Windows hosts and the example fleet on the real Pulumi CLI: preview, up, drift, preview, up, up, destroy. Ends with a table
 * of what the hosts had at each point, read from the hosts. Exits 0 only if every step did what it should.
 */
import { madeBySetup } from "./repository.mjs";
import { reportAndFail } from "./setupError.mjs";

try {
    // Before anything is imported that the set-up installs.
    madeBySetup();
    await (await import("./demo/story.mjs")).tellStory();
} catch (error) {
    reportAndFail(error);
}
