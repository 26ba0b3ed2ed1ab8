/**
 * `node scripts/executable.mjs FOLDER [DOWNLOAD_URL]`: makes the native plugin as one program that needs no Node.js, for the platform that this runs on, and the
 * archive that `pulumi plugin install` takes: `pulumi-resource-wmisec-vVERSION-OS-ARCH.tar.gz`. It is this very Node.js with the plugin in it (a "single
 * executable application"). The release workflow runs it on each platform.
 *
 * DOWNLOAD_URL goes into the plugin's schema: where engines and generated SDKs get it from, such as `github://api.github.com/OWNER/REPOSITORY`.
 */
import "./first.mjs";
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { REPOSITORY } from "./repository.mjs";
import { reportAndFail, SetupError } from "./setupError.mjs";

/** As Go names them, which Pulumi's archives do, too. */
const SYSTEMS = { linux: "linux", darwin: "darwin", win32: "windows" };
const PROCESSORS = { x64: "amd64", arm64: "arm64" };

/** The mark in Node.js that says whether a program is in it (nodejs.org/api/single-executable-applications.html). */
const FUSE = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2";

/** To start a Node.js of its own, the plugin runs `process.execPath -e SOURCE`: that is itself. */
const OWN_NODE = 'if (process.argv[2] === "-e") { new Function("require", process.argv[3])(require); return; }';

await main(process.argv.slice(2)).catch(reportAndFail);

/** @param {string[]} args */
async function main([target, downloadUrl]) {
    if (target === undefined) throw new SetupError("no folder was named", { remedy: "node scripts/executable.mjs FOLDER [DOWNLOAD_URL]" });
    const system = Reflect.get(SYSTEMS, process.platform);
    const processor = Reflect.get(PROCESSORS, process.arch);
    if (!system || !processor)
        throw new SetupError(`there is no executable for ${process.platform} on ${process.arch}`, {
            remedy: "use the npm package, which needs Node.js",
        });
    const { ensureDist } = await import("./dist.mjs");
    const { bundlePlugin, LICENCES } = await import("./bundle.mjs");
    const { inject } = await import("postject");
    await ensureDist(REPOSITORY);
    const { version } = JSON.parse(readFileSync(join(REPOSITORY, "package.json"), "utf8"));
    const scratch = mkdtempSync(join(tmpdir(), "wmisec-executable-"));
    try {
        const name = system === "windows" ? "pulumi-resource-wmisec.exe" : "pulumi-resource-wmisec";
        const program = join(scratch, name);
        const bundle = join(scratch, "plugin.js");
        const blob = join(scratch, "plugin.blob");
        const config = join(scratch, "sea.json");
        await bundlePlugin(REPOSITORY, join(REPOSITORY, "dist"), { outfile: bundle, downloadUrl, banner: OWN_NODE });
        writeFileSync(config, JSON.stringify({ main: bundle, output: blob, disableExperimentalSEAWarning: true, useCodeCache: true }));
        execFileSync(process.execPath, ["--experimental-sea-config", config], { stdio: ["ignore", "ignore", "inherit"] });
        copyFileSync(process.execPath, program);
        chmodSync(program, 0o755);
        // macOS refuses a program whose signature does not fit; one without a signature is signed again below.
        if (system === "darwin") execFileSync("codesign", ["--remove-signature", program]);
        const segment = system === "darwin" ? { machoSegmentName: "NODE_SEA" } : {};
        await inject(program, "NODE_SEA_BLOB", readFileSync(blob), { sentinelFuse: FUSE, ...segment });
        if (system === "darwin") execFileSync("codesign", ["--sign", "-", program]);
        for (const file of ["LICENSE", join("dist", LICENCES)]) copyFileSync(join(REPOSITORY, file), join(scratch, basename(file)));
        const archive = `pulumi-resource-wmisec-v${version}-${system}-${processor}.tar.gz`;
        // Without a path: to GNU tar, which Git brings to Windows, `D:` is another machine.
        execFileSync("tar", ["-czf", archive, name, "LICENSE", basename(LICENCES)], { cwd: scratch });
        mkdirSync(target, { recursive: true });
        copyFileSync(join(scratch, archive), join(target, archive));
        console.log(resolve(target, archive));
    } finally {
        rmSync(scratch, { recursive: true, force: true });
    }
}
