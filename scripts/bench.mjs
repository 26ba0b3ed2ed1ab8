/**
 * Measures what a fleet costs with this provider and with its peers, on simulated hosts: `node scripts/bench.mjs --help`. The seconds depend on this
 * machine. Only the ratios within one run and the counts on the hosts are meaningful.
 */
import { madeBySetup } from "./repository.mjs";
import { reportAndFail } from "./setupError.mjs";

try {
    // Comes before the import of anything that the set-up installs.
    madeBySetup();
    await (await import("./bench/run.mjs")).bench(process.argv.slice(2));
} catch (error) {
    reportAndFail(error);
}
