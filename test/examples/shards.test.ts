import fc from "fast-check";
import { hostsOfShard, shardOf } from "../../examples/sharded/shards";
import { fuzzRuns } from "../fuzz";

const HOSTS = Array.from({ length: 10_000 }, (_, index) => `web-${index}.contoso.test`);

test("the shard of a host stays what it was in earlier versions of the example", () => {
    expect(["web-01.contoso.test", "WEB-02.contoso.test", "sql-05.contoso.test"].map((host) => shardOf(host, 4))).toEqual([3, 2, 1]);
});

test("a host's shard is the same in any case of its name", () => {
    fc.assert(
        fc.property(fc.constantFrom(...HOSTS), fc.integer({ min: 1, max: 40 }), (host, shards) => {
            expect(shardOf(host.toUpperCase(), shards)).toBe(shardOf(host, shards));
        }),
        fuzzRuns(100),
    );
});

test("a host moves only to the shard that is new, or from the one that is gone", () => {
    fc.assert(
        fc.property(fc.string(), fc.integer({ min: 1, max: 40 }), (host, shards) => {
            const [before, after] = [shardOf(host, shards), shardOf(host, shards + 1)];
            expect([before, shards]).toContain(after);
        }),
        fuzzRuns(1_000),
    );
});

test.each([1, 4, 16])("of 10,000 hosts in %i shards about as many move to one shard more as it holds", (shards) => {
    const moved = HOSTS.filter((host) => shardOf(host, shards) !== shardOf(host, shards + 1)).length;
    const share = HOSTS.length / (shards + 1);
    expect(moved).toBeGreaterThan(0.85 * share);
    expect(moved).toBeLessThan(1.15 * share);
});

test("eight shards of 10,000 hosts hold about as many each", () => {
    const sizes = Array(8).fill(0);
    for (const host of HOSTS) sizes[shardOf(host, 8)]++;
    for (const size of sizes) expect(Math.abs(size - 1_250)).toBeLessThan(150);
});

test("each host is in one shard, as it stands in the inventory, without its pin", () => {
    const pin = fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined });
    fc.assert(
        fc.property(fc.dictionary(fc.constantFrom(...HOSTS), pin), (pins) => {
            const hosts = Object.fromEntries(
                Object.entries(pins).map(([name, shard]) => [name, { ring: name, ...(shard === undefined ? {} : { shard }) }]),
            );
            const parts = [0, 1, 2, 3].map((shard) => hostsOfShard({ shards: 4, hosts }, shard));
            expect(parts.flatMap((part) => Object.keys(part)).sort()).toEqual(Object.keys(hosts).sort());
            for (const [shard, part] of parts.entries())
                for (const [name, host] of Object.entries(part)) {
                    expect(host).toEqual({ ring: name });
                    expect(pins[name] ?? shard).toBe(shard);
                }
        }),
        fuzzRuns(100),
    );
});

test("a shard that does not exist is an error, the stack's own or a host's", () => {
    expect(() => hostsOfShard({ shards: 4, hosts: {} }, 4)).toThrow("the stack has the shard 4, and there are 4, from 0");
    expect(() => hostsOfShard({ shards: 4, hosts: { "web-01": { shard: 4 } } }, 0)).toThrow(
        "web-01 has the shard 4, and there are 4, from 0",
    );
    expect(() => hostsOfShard({ shards: 4, hosts: { "web-01": { shard: 0.5 } } }, 0)).toThrow("web-01 has the shard 0.5");
});
