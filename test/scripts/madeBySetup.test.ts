import { join } from "node:path";
import { cloneOfScripts } from "./cloneOfScripts";
import { run } from "./runModule";

const CLI = "node_modules/.cache/pulumi-wmisec/cli.json";
/** Stand-ins for hosts that would keep the process for ever. */
const SIMULATOR = {
    "dist/provider/simulator/index.js": "exports.startSimulatedHosts = async () => { setInterval(() => {}, 1000); return []; };",
};

test.each([
    ["nothing", {}, /no Pulumi CLI was set up, dist\/ is not built/],
    ["no CLI", SIMULATOR, /the set-up is missing: no Pulumi CLI was set up\n/],
    ["no dist/", { [CLI]: JSON.stringify({ bin: process.execPath }) }, /the set-up is missing: dist\/ is not built\n/],
    ["a CLI that was removed", { ...SIMULATOR, [CLI]: JSON.stringify({ bin: "/gone/pulumi" }) }, /\/gone\/pulumi is gone/],
])("demo and bench with %s set up say what is missing, and end", async (_what, files, said) => {
    for (const script of ["demo.mjs", "bench.mjs"]) {
        const ended = await run([join(cloneOfScripts(files), "scripts", script)], {});
        expect([script, ended.exit]).toEqual([script, 1]);
        expect(ended.stderr).toMatch(said);
        expect(ended.stderr).toContain("do:    node scripts/setup.mjs makes it");
    }
});
