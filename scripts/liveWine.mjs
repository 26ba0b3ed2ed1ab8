/**
 * `npm run live:wine`: the live suite against a host that is nearly Windows: a real sshd on loopback whose powershell.exe is the Windows build of
 * PowerShell 7 under Wine, with stand-ins for WMI and mofcomp (test/live/wine/hook.ps1). The program `wine-host` that starts one is no part of
 * this repository: CONTRIBUTING.md says what it has to do. Not part of `npm test`.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { findProgram } from "./findProgram.mjs";
import { REPOSITORY } from "./repository.mjs";
import { reportAndFail, SetupError } from "./setupError.mjs";

/** Where Debian puts what is not on everybody's PATH. */
const FOLDERS = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/usr/lib/wine"];

const folder = mkdtempSync(join(tmpdir(), "wmisec-wine-"));
let wineHost = "";
try {
    wineHost = needed("wine-host", "put wine-host on the PATH (CONTRIBUTING.md says what it has to do)");
    needed("wine64", "install Wine for 64 bits (Debian: apt-get install wine64)");
    needed("sshd", "install OpenSSH's server (Debian: apt-get install openssh-server)");
    const started = spawnSync(wineHost, ["start", folder, String(await freePort()), join(REPOSITORY, "test", "live", "wine", "hook.ps1")], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "inherit"],
    });
    if (started.status !== 0)
        throw new SetupError(`wine-host ended with ${started.status ?? started.signal}`, { remedy: "see what it said above" });
    const { status } = spawnSync(process.execPath, [join(REPOSITORY, "scripts", "live.mjs")], {
        cwd: REPOSITORY,
        stdio: "inherit",
        env: { ...process.env, ...exportsIn(started.stdout) },
    });
    process.exitCode = status === 0 ? 0 : 1;
} catch (error) {
    reportAndFail(error);
} finally {
    if (wineHost !== "") spawnSync(wineHost, ["stop", folder], { stdio: "inherit" });
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 500 });
}

/**
 * @param {string} name
 * @param {string} remedy
 */
function needed(name, remedy) {
    const found = findProgram(name, FOLDERS);
    if (found === undefined) throw new SetupError(`${name} is not there: the live suite can't run under Wine`, { remedy });
    return found;
}

/** @returns {Promise<number>} a port of loopback that nobody listens on */
function freePort() {
    return new Promise((resolve, reject) => {
        const server = createServer().once("error", reject);
        server.listen(0, "127.0.0.1", () => {
            const address = server.address();
            server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
        });
    });
}

/**
 * What `export NAME=VALUE NAME='VALUE'` sets.
 * @param {string} text
 * @returns {Record<string, string>}
 */
function exportsIn(text) {
    return Object.fromEntries(
        [...text.matchAll(/(WMISEC_\w+)=(?:'([^']*)'|(\S+))/g)].map(([, name, quoted, plain]) => [name, quoted ?? plain ?? ""]),
    );
}
