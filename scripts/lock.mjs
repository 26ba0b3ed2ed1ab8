import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { lock } from "proper-lockfile";

/** The holder touches the lock every second. A holder that has not done so for 10 s is dead, so a killed run blocks others no longer than that. */
const OPTIONS = {
    realpath: false,
    stale: 10_000,
    update: 1_000,
    // A machine that slept may lose its lock. That does no harm: results made under a lock are published by a rename.
    onCompromised: () => {},
};

/**
 * Runs `work` while no other process runs work under the same lock. Waits as long as the holder lives.
 * @template T
 * @param {string} path the lock is the folder `path`.lock; the file `path` says who holds it
 * @param {string} what for the message to those who wait: "the Pulumi CLI is being made"
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(path, what, work) {
    const take = () => lock(path, OPTIONS).catch((error) => (error.code === "ELOCKED" ? undefined : Promise.reject(error)));
    let release = await take();
    if (!release) console.error(`${what} by ${existsSync(path) ? readFileSync(path, "utf8") : "another run"}: waiting for it`);
    while (!release) {
        await sleep(250);
        release = await take();
    }
    try {
        writeFileSync(path, `process ${process.pid} on ${hostname()}`);
        return await work();
    } finally {
        rmSync(path, { force: true });
        await release().catch(() => undefined /* the lock was lost */);
    }
}
