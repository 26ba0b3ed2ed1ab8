import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** Hosts in one process. More would make it slow to start, and its memory large. */
const MOST = 1_000;
/** Milliseconds after which nothing more happens if nothing has. */
const QUIET = 100;

/** @typedef {import("../../dist/provider/core/connection/index.js").Connection} Connection */
/** @typedef {import("./hosts.mjs").HostsAsked} HostsAsked */
/** @typedef {import("./hosts.mjs").Counts} Counts */

/** @type {Counts} */
const NOTHING = { connections: 0, requests: 0, processes: 0, up: 0, down: 0, left: 0, refused: 0, declared: 0 };

/**
 * Starts hosts in processes of their own, and ends them after `work`.
 * @template T
 * @param {HostsAsked} asked
 * @param {(hosts: { connections: readonly Connection[], counts: () => Promise<Counts> }) => Promise<T>} work `counts`: what has happened on all
 *   hosts since they were started. It waits until nothing more happens, because a host counts bytes when it sees the end of a connection
 * @returns {Promise<T>}
 */
export async function withHosts(asked, work) {
    const parts = Array.from({ length: Math.ceil(asked.count / MOST) }, (_, index) => Math.min(MOST, asked.count - index * MOST));
    const children = parts.map(() => fork(fileURLToPath(new URL("./hosts.mjs", import.meta.url))));
    const deaths = children.map(deathOf);
    /** @param {(index: number) => import("node:child_process").Serializable} messageTo */
    const askAll = (messageTo) =>
        Promise.all(
            children.map(async (child, index) => {
                const answer = once(child, "message");
                child.send(messageTo(index));
                return (await Promise.race([answer, deaths[index]]))?.[0];
            }),
        );
    const countNow = async () => /** @type {Counts[]} */ (await askAll(() => "counts")).reduce(sumOf, NOTHING);
    const counts = async () => {
        for (let before = await countNow(); ; ) {
            await sleep(QUIET);
            const now = await countNow();
            if (JSON.stringify(now) === JSON.stringify(before)) return now;
            before = now;
        }
    };
    try {
        const connections = await askAll((index) => ({ ...asked, count: parts[index] }));
        return await work({ connections: connections.flat(), counts });
    } finally {
        for (const child of children) if (child.connected) child.disconnect();
    }
}

/** @param {import("node:child_process").ChildProcess} child @returns {Promise<never>} */
function deathOf(child) {
    const death = once(child, "exit").then(([code, signal]) => {
        throw new Error(`a process with hosts ended with ${signal ?? code}`);
    });
    // Only who waits for an answer cares.
    death.catch(() => undefined);
    return death;
}

/** @param {Counts} a @param {Counts} b */
const sumOf = (a, b) => combined(a, b, (one, other) => one + other);

/** @param {Counts} later @param {Counts} earlier */
export const difference = (later, earlier) => combined(later, earlier, (one, other) => one - other);

/** @param {Counts} a @param {Counts} b @param {(a: number, b: number) => number} how */
function combined(a, b, how) {
    const names = /** @type {(keyof Counts)[]} */ (Object.keys(NOTHING));
    return /** @type {Counts} */ (Object.fromEntries(names.map((name) => [name, how(a[name], b[name])])));
}
