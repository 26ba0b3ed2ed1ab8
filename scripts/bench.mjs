/**
 * Measures how long `pulumi` takes with this provider, for fleets of simulated hosts with two resources each. Compares it with a provider that
 * opens a connection and starts a process on the host for every action (bench/oneProcessPerAction.cjs). The seconds depend on this machine.
 * Only the ratios within one run and the counts on the hosts are meaningful.
 */
import { madeBySetup } from "./repository.mjs";
import { reportAndFail } from "./setupError.mjs";

try {
    // Comes before the import of anything that the set-up installs.
    madeBySetup();
    await (await import("./bench/compare.mjs")).compare();
} catch (error) {
    reportAndFail(error);
}
