/**
 * How long `pulumi` takes with this provider for fleets of simulated hosts, two resources each, beside a provider that opens a connection and
 * starts a process on the host for every action (bench/oneProcessPerAction.cjs). Seconds are this machine's; the ratios within one run and
 * the counts on the hosts say something.
 */
import { madeBySetup } from "./repository.mjs";
import { reportAndFail } from "./setupError.mjs";

try {
    // Before anything is imported that the set-up installs.
    madeBySetup();
    await (await import("./bench/compare.mjs")).compare();
} catch (error) {
    reportAndFail(error);
}
