import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { cacheFolder } from "./cacheFolder.mjs";
import { findProgram, searchPath } from "./findProgram.mjs";
import { lastLineOf } from "./lastLine.mjs";
import { withLock } from "./lock.mjs";

const MINUTES = 5 * 60_000;
const run = promisify(execFile);

/**
 * A Python with packages of its own, in the cache folder: one for each list of packages, made once.
 * @param {object} wanted
 * @param {string} wanted.name of the folder: "winrm-peers"
 * @param {string} wanted.title for messages: "pywinrm and pypsrp"
 * @param {string} wanted.requirements a file for pip, with every package at one version
 * @param {{ readonly title: string, readonly packages: readonly string[] }} [wanted.optional] more packages, which may fail to install
 * @returns {Promise<{ readonly python: string, readonly bin: string, readonly without: string } | { readonly missing: string }>} `bin`: the folder of
 *   its programs; `without`: empty, or why the optional packages are not there; `missing`: why there is no such Python
 */
export async function pythonWith({ name, title, requirements, optional }) {
    const mark = createHash("sha256")
        .update(readFileSync(requirements))
        .update(optional?.packages.join() ?? "")
        .digest("hex")
        .slice(0, 12);
    const folder = join(cacheFolder(), `${name}-${mark}`);
    const python = join(folder, process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
    /** This file exists when everything is installed. */
    const done = join(folder, "done");
    return await withLock(`${folder}.make`, `a Python with ${title} is being made`, async () => {
        const made = (/** @type {string} */ without) => ({ python, bin: dirname(python), without });
        if (existsSync(done)) return made(readFileSync(done, "utf8"));
        const system = ["python3", "python"].map((program) => findProgram(program, searchPath())).find((found) => found !== undefined);
        if (system === undefined) return { missing: "there is no Python 3 on the PATH" };
        try {
            rmSync(folder, { recursive: true, force: true });
            await run(system, ["-m", "venv", folder], { timeout: MINUTES });
            const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1"];
            await run(python, [...pip, "--no-deps", "--requirement", requirements], { timeout: MINUTES });
            const without =
                optional &&
                (await run(python, [...pip, ...optional.packages], { timeout: MINUTES }).then(
                    () => "",
                    (error) => `${optional.title} could not be installed (${lastLineOf(error)})`,
                ));
            writeFileSync(done, without ?? "");
            return made(without ?? "");
        } catch (error) {
            return { missing: `${title} could not be installed (${lastLineOf(error)})` };
        }
    });
}
