/**
 * Runs Pulumi's official installer by the automation API: `node pulumiInstaller.mjs ROOT VERSION` puts the CLI into ROOT/bin.
 * A program of its own, so that its caller can end it together with all that it started.
 */
import { PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import semver from "semver";

/** The installer's script is a few kB: a machine with a route has it in a second. The automation API alone would wait for two minutes. */
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
