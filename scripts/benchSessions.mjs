/**
 * Measures the cost of a session for each transport and kind of login, and of a fleet whose hosts are all asked at once. The argument is the
 * size of the fleet (default 1000).
 */
import { madeBySetup } from "./repository.mjs";
import { reportAndFail } from "./setupError.mjs";

try {
    madeBySetup();
    // Imported only now, because it needs dist/.
    const { askFleet, compareSessions } = await import("./bench/sessions.mjs");
    await compareSessions();
    if (!(await askFleet(Number(process.argv[2] ?? 1000)))) process.exitCode = 1;
} catch (error) {
    reportAndFail(error);
}
