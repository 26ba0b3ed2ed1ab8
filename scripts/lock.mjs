import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const HEARTBEAT_MS = 2_000;
/** A holder that did not touch its lock for so long is taken for dead. */
const STALE_MS = 30_000;

/**
 * Runs `work` while no other process runs work under the same lock; waits for as long as the holder lives.
 *
 * The lock is a folder: making one is exclusive on every file system. Its owner touches it every 2 s. It is taken over when its owner's process
 * is gone (same machine) or has not touched it for 30 s, so a killed run stops nobody. A machine that slept may lose its lock that way: work
 * under a lock must publish its result by a rename.
 * @template T
 * @param {string} folder the lock's path; its parent exists
 * @param {() => Promise<T>} work
 * @param {(owner: string) => void} onWait called once, if there is somebody to wait for
 * @returns {Promise<T>}
 */
export async function withLock(folder, work, onWait) {
    const token = randomUUID();
    for (let told = false; !tryTake(folder, token); await sleep(500)) {
        if (removeIfStale(folder)) continue;
        if (!told) onWait(readOwner(folder)?.name ?? "another run");
        told = true;
    }
    const heartbeat = setInterval(() => {
        const now = new Date();
        if (readOwner(folder)?.token === token) utimesSync(folder, now, now);
    }, HEARTBEAT_MS);
    try {
        return await work();
    } finally {
        clearInterval(heartbeat);
        if (readOwner(folder)?.token === token) rmSync(folder, { recursive: true, force: true });
    }
}

/**
 * @param {string} folder
 * @param {string} token
 * @returns {boolean} whether the lock is ours now
 */
function tryTake(folder, token) {
    try {
        mkdirSync(folder);
    } catch (error) {
        if (codeOf(error) === "EEXIST") return false;
        throw error;
    }
    const owner = { token, pid: process.pid, machine: hostname(), name: `process ${process.pid} on ${hostname()}` };
    writeFileSync(join(folder, "owner.json"), JSON.stringify(owner));
    return true;
}

/**
 * @param {string} folder
 * @returns {boolean} whether the lock was stale and is gone
 */
function removeIfStale(folder) {
    const touched = statSync(folder, { throwIfNoEntry: false })?.mtimeMs;
    if (touched === undefined) return true;
    const owner = readOwner(folder);
    // No owner yet: the lock was made an instant ago, or its maker was killed in that instant. Only its age tells.
    const gone = owner?.machine === hostname() && !isAlive(owner.pid);
    if (!gone && Date.now() - touched < STALE_MS) return false;
    const aside = `${folder}.${randomUUID()}`;
    try {
        renameSync(folder, aside);
    } catch (error) {
        if (codeOf(error) === "ENOENT") return true;
        throw error;
    }
    if (readOwner(aside)?.token !== owner?.token) {
        // Between the look and the rename another process took the stale lock away and made its own: give that one back.
        renameSync(aside, folder);
        return false;
    }
    rmSync(aside, { recursive: true, force: true });
    return true;
}

/**
 * @param {string} folder
 * @returns {{ token: string, pid: number, machine: string, name: string } | undefined}
 */
function readOwner(folder) {
    try {
        return JSON.parse(readFileSync(join(folder, "owner.json"), "utf8"));
    } catch (error) {
        if (error instanceof SyntaxError || codeOf(error) === "ENOENT") return undefined;
        throw error;
    }
}

/** @param {number} pid */
function isAlive(pid) {
    try {
        process.kill(pid, 0);
        return true;
    } catch (error) {
        return codeOf(error) === "EPERM";
    }
}

/** @param {unknown} error */
function codeOf(error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code;
}
