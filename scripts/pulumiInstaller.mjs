/**
 * `node pulumiInstaller.mjs ROOT VERSION` puts the Pulumi CLI into ROOT/bin. It runs Pulumi's official installer through the automation API.
 * It is a separate program, so that its caller can end it together with everything that it started.
 */
import { PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import semver from "semver";

/** The installer's script is a few kB: a machine that can reach it gets it within a second. The automation API alone would wait two minutes. */
const SCRIPT_TIMEOUT_MS = 8_000;

const download = globalThis.fetch;
Object.assign(globalThis, {
    fetch: (/** @type {string} */ address, /** @type {RequestInit} */ options) =>
        download(address, { ...options, signal: AbortSignal.timeout(SCRIPT_TIMEOUT_MS) }),
});

const [root = "", version = ""] = process.argv.slice(2);
await PulumiCommand.install({ root, version: new semver.SemVer(version) }).catch((error) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
});
