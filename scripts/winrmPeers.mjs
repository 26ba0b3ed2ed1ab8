/**
 * Prepares a Python with the WinRM clients that tests run against our simulated hosts (test/winrm/peers). It is in the cache folder, one for each
 * list of clients. Prints one line of JSON: `{ python, noKerberos }`; or `{ missing }`, the reason why there is no such Python, for the skipped
 * tests. `noKerberos` is empty, or the reason why this Python has no Kerberos: its packages are compiled and need the headers of MIT's Kerberos.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { cacheFolder } from "./cacheFolder.mjs";
import { findProgram, searchPath } from "./findProgram.mjs";
import { lastLineOf } from "./lastLine.mjs";
import { withLock } from "./lock.mjs";

const REQUIREMENTS = fileURLToPath(new URL("../test/winrm/peers/requirements.txt", import.meta.url));
const FOR_KERBEROS = ["decorator==5.3.1", "gssapi==1.12.0", "krb5==0.10.0"];
const MINUTES = 5 * 60_000;
const run = promisify(execFile);

const mark = createHash("sha256").update(readFileSync(REQUIREMENTS)).update(FOR_KERBEROS.join()).digest("hex").slice(0, 12);
const folder = join(cacheFolder(), `winrm-peers-${mark}`);
const python = join(folder, process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
/** This file exists when everything is installed. */
const done = join(folder, "done");

console.log(JSON.stringify(await withLock(`${folder}.make`, "the Python of the WinRM peers is being made", made)));

/** @returns {Promise<{ readonly python: string, readonly noKerberos: string } | { readonly missing: string }>} */
async function made() {
    if (existsSync(done)) return { python, noKerberos: readFileSync(done, "utf8") };
    const system = ["python3", "python"].map((name) => findProgram(name, searchPath())).find((found) => found !== undefined);
    if (system === undefined) return { missing: "there is no Python 3 on the PATH" };
    try {
        rmSync(folder, { recursive: true, force: true });
        await run(system, ["-m", "venv", folder], { timeout: MINUTES });
        const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1"];
        await run(python, [...pip, "--no-deps", "--requirement", REQUIREMENTS], { timeout: MINUTES });
        const noKerberos = await run(python, [...pip, ...FOR_KERBEROS], { timeout: MINUTES }).then(
            () => "",
            (error) => `the Python packages gssapi and krb5 could not be installed (${lastLineOf(error)})`,
        );
        writeFileSync(done, noKerberos);
        return { python, noKerberos };
    } catch (error) {
        return { missing: `pywinrm and pypsrp could not be installed (${lastLineOf(error)})` };
    }
}
