/**
 * Builds the program that lets masterzen/winrm, a client in Go, talk to our simulated hosts (test/winrm/peers/masterzen), in the cache folder, once for
 * each state of its sources. Prints one line of JSON: `{ program }`, or `{ missing }`, why there is none, for the tests that are skipped.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { cacheFolder } from "./cacheFolder.mjs";
import { findProgram, searchPath } from "./findProgram.mjs";
import { goEnvironment } from "./goModules.mjs";
import { lastLineOf } from "./lastLine.mjs";
import { withLock } from "./lock.mjs";

const SOURCES = fileURLToPath(new URL("../test/winrm/peers/masterzen/", import.meta.url));
const TEN_MINUTES = 10 * 60_000;
const run = promisify(execFile);

const hash = createHash("sha256");
for (const file of ["go.mod", "go.sum", "talk.go"]) hash.update(readFileSync(join(SOURCES, file)));
const folder = join(cacheFolder(), `winrm-go-peer-${hash.digest("hex").slice(0, 12)}`);
const program = join(folder, process.platform === "win32" ? "talk.exe" : "talk");

console.log(JSON.stringify(await withLock(`${folder}.make`, "the Go program of the WinRM peers is being built", built)));

/** @returns {Promise<{ readonly program: string } | { readonly missing: string }>} */
async function built() {
    if (existsSync(program)) return { program };
    const go = findProgram("go", searchPath());
    if (go === undefined) return { missing: "there is no Go on the PATH" };
    try {
        const { env, afterwards } = await goEnvironment(go);
        mkdirSync(folder, { recursive: true });
        const whole = `${program}.new`;
        const options = { cwd: SOURCES, env: { ...process.env, ...env }, timeout: TEN_MINUTES };
        await run(go, ["build", "-mod=readonly", "-trimpath", "-o", whole, "."], options);
        renameSync(whole, program);
        afterwards();
        return { program };
    } catch (error) {
        return { missing: `the Go module github.com/masterzen/winrm could not be built (${lastLineOf(error)})` };
    }
}
