import { createHash } from "node:crypto";

export interface Inventory<Host> {
    /** The number of shards. It stands beside the hosts, so that all stacks agree on it. */
    readonly shards: number;
    /** All hosts, by name. `shard` stands instead of the shard that follows from the name. */
    readonly hosts: Readonly<Record<string, Host & { readonly shard?: number }>>;
}

/**
 * The shard of a host by rendezvous hashing: the host draws a number for each shard, and the highest wins. One shard more changes only
 * the hosts whose new number is the highest; one shard less only those of the last shard.
 */
export function shardOf(host: string, shards: number): number {
    // Windows' names are the same in any case.
    const draws = Array.from({ length: shards }, (_, shard) => createHash("sha256").update(`${shard} ${host.toLowerCase()}`).digest("hex"));
    return draws.reduce((best, draw, shard) => (draw > (draws[best] ?? "") ? shard : best), 0);
}

/**
 * The hosts of one shard, without their `shard`.
 * @throws for a shard that does not exist: nobody would manage its hosts
 */
export function hostsOfShard<Host extends object>({ shards, hosts }: Inventory<Host>, shard: number): Record<string, Omit<Host, "shard">> {
    const mustExist = (number: number, whose: string) => {
        if (!Number.isInteger(number) || number < 0 || number >= shards)
            throw new Error(`${whose} has the shard ${number}, and there are ${shards}, from 0`);
    };
    mustExist(shard, "the stack");
    return Object.fromEntries(
        Object.entries(hosts).flatMap(([name, { shard: own = shardOf(name, shards), ...host }]) => {
            mustExist(own, name);
            return own === shard ? [[name, host]] : [];
        }),
    );
}
