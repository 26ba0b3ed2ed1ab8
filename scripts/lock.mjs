import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { lock } from "proper-lockfile";

/** Its holder touches it every second; one that did not for 10 s is dead, so a run that was killed stops nobody for longer. */
const OPTIONS = {
    realpath: false,
    stale: 10_000,
    update: 1_000,
    // A machine that slept may lose its lock: what is made under a lock is published by a rename.
    onCompromised: () => {},
};

/**
 * Runs `work` while no other process runs work under the same lock; waits for as long as the holder lives.
 * @template T
 * @param {string} path the lock is the folder `path`.lock; in the file `path` stands who has it
 * @param {string} what this is about: "the Pulumi CLI is being made"
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(path, what, work) {
    const release = await lock(path, OPTIONS).catch((error) => {
        if (error.code !== "ELOCKED") throw error;
        const holder = existsSync(path) ? readFileSync(path, "utf8") : "another run";
        process.stderr.write(`${what} by ${holder}: waiting for it\n`);
        return lock(path, { ...OPTIONS, retries: { forever: true, minTimeout: 250, maxTimeout: 250 } });
    });
    try {
        writeFileSync(path, `process ${process.pid} on ${hostname()}`);
        return await work();
    } finally {
        rmSync(path, { force: true });
        await release().catch(() => undefined /* it was lost */);
    }
}
