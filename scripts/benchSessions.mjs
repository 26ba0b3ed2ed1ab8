/** What sessions cost, by transport and way to log in, and a fleet whose hosts are all asked at once. An argument is the size of the fleet. */
import { madeBySetup } from "./repository.mjs";
import { reportAndFail } from "./setupError.mjs";

try {
    madeBySetup();
    // Not before: it imports dist/.
    const { askFleet, compareSessions } = await import("./bench/sessions.mjs");
    await compareSessions();
    if (!(await askFleet(Number(process.argv[2] ?? 1000)))) process.exitCode = 1;
} catch (error) {
    reportAndFail(error);
}
