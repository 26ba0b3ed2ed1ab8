import { readFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem, type } from "node:os";
import { join } from "node:path";
import { madeBySetup, REPOSITORY } from "../repository.mjs";

const GIB = 1 << 30;

/**
 * What a run is measured on, in a line for people. To be asked before the run, because the load tells what else the machine does. Windows tells no load.
 */
export function machine() {
    const [cpu] = cpus();
    const versionOf = (/** @type {string} */ path) => JSON.parse(readFileSync(join(REPOSITORY, path, "package.json"), "utf8")).version;
    return [
        `${cpus().length} cores of ${cpu?.model.trim() || "an unnamed CPU"}`,
        `${Math.round(totalmem() / GIB)} GiB`,
        `${type()} ${release()}`,
        `Node ${process.versions.node}`,
        `Pulumi CLI ${madeBySetup().version} with a file backend`,
        `@pulumi/pulumi ${versionOf("node_modules/@pulumi/pulumi")}`,
        `pulumi-wmisec ${versionOf("")}`,
        ...(process.platform === "win32" ? [] : [`load ${loadavg()[0]?.toFixed(1)} before the run`]),
    ].join(", ");
}
