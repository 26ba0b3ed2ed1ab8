/**
 * Runs the example fleet on the real Pulumi CLI against three simulated Windows hosts: preview, up, drift, preview, up, up, destroy. Ends with
 * a table of what the hosts had at each point, read from the hosts. Exits 0 only if every step did what it should.
 */
import { madeBySetup } from "./repository.mjs";
import { reportAndFail } from "./setupError.mjs";

try {
    // Comes before the import of anything that the set-up installs.
    madeBySetup();
    await (await import("./demo/story.mjs")).tellStory();
} catch (error) {
    reportAndFail(error);
}
