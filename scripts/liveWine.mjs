/**
 * `npm run live:wine`: runs the live suite against a host that is nearly Windows: a real sshd on loopback. Its powershell.exe is the Windows build
 * of PowerShell 7 under Wine, with stand-ins for WMI and mofcomp (test/live/wine/hook.ps1). The program `wine-host`, which starts such a host, is
 * not in this repository; CONTRIBUTING.md says what it must do. Not part of `npm test`.
 */
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findProgram, searchPath } from "./findProgram.mjs";
import { REPOSITORY, runNode } from "./repository.mjs";
import { reportAndFail, SetupError } from "./setupError.mjs";

const folder = mkdtempSync(join(tmpdir(), "wmisec-wine-"));
let wineHost = "";
try {
    wineHost = needed("wine-host", "put wine-host on the PATH (CONTRIBUTING.md says what it has to do)");
    needed("wine64", "install Wine for 64 bits (Debian: apt-get install wine64)");
    needed("sshd", "install OpenSSH's server (Debian: apt-get install openssh-server)");
    const hook = join(REPOSITORY, "test", "live", "wine", "hook.ps1");
    const { status, signal, stdout } = spawnSync(wineHost, ["start", folder, await freePort(), hook], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "inherit"],
    });
    if (status !== 0) throw new SetupError(`wine-host ended with ${status ?? signal}`, { remedy: "see what it said above" });
    // wine-host prints `export NAME=VALUE NAME='VALUE'`.
    const variables = [...stdout.matchAll(/(WMISEC_\w+)=(?:'([^']*)'|(\S+))/g)].map(([, name, quoted, plain]) => [name, quoted ?? plain]);
    process.exitCode = runNode("scripts/live.mjs", [], Object.fromEntries(variables)) ? 0 : 1;
} catch (error) {
    reportAndFail(error);
} finally {
    if (wineHost !== "") spawnSync(wineHost, ["stop", folder], { stdio: "inherit" });
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 500 });
}

/** @param {string} name @param {string} remedy */
function needed(name, remedy) {
    // Debian puts some programs into the last two folders, which are not on every user's PATH.
    const found = findProgram(name, [...searchPath(), "/usr/sbin", "/usr/lib/wine"]);
    if (found === undefined) throw new SetupError(`${name} is not there: the live suite can't run under Wine`, { remedy });
    return found;
}

/** @returns {Promise<string>} a loopback port that nobody listens on */
async function freePort() {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
    await once(server.close(), "close");
    return String(port);
}
