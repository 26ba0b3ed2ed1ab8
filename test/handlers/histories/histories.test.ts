import fc from "fast-check";
import type { RegistryValue } from "../../../provider/core/registry";
import { fuzzRuns } from "../../fuzz";
import type { Act, Fault, Start, Wish } from "./acts";
import { History } from "./history";

/**
 * Random histories: several stacks on several hosts, two of them with a fleet, runs that are killed or cut off in the middle of a write, moves, replacements, states
 * that are lost or replaced by older ones, readings that lag until the WMI service is restarted, and somebody who changes flags by hand.
 *
 * `WMISEC_FUZZ_RUNS=50 npx jest test/handlers/histories` runs 10,000; a failure prints its seed.
 */
const RUNS = 200;
jest.setTimeout(3_600_000);

const flag = fc.constantFrom(true, false, null);
const value = fc.constantFrom<RegistryValue>(
    "absent",
    { kind: "REG_SZ", value: "1" },
    { kind: "REG_SZ", value: "0" },
    { kind: "REG_DWORD", value: 1 },
);
const start: fc.Arbitrary<Start> = fc.record({
    reading: fc.constantFrom("filled", "stale", "ahead", "empty"),
    flags: fc.tuple(flag, flag),
    value,
});
const fault: fc.Arbitrary<Fault | undefined> = fc.option(
    fc.record({
        how: fc.constantFrom("killed", "killed", "lost"),
        apply: fc.constantFrom(1, 1, 1, 2, 2, 3, 4),
        steps: fc.constantFrom(0, 1, 2, 3, 4, 9),
    }),
    { nil: undefined, freq: 2 },
);
const stack = fc.constantFrom(0, 0, 1, 2, 3, 3, 3, 4);
const host = fc.constantFrom(0, 0, 0, 1, 1, 2);
const want = fc.constantFrom(true, true, false, undefined);
const wish: fc.Arbitrary<Wish> = fc.record({ host, flags: fc.tuple(want, want), autorecover: fc.constantFrom(false, false, false, true) });
const up: fc.Arbitrary<Act> = fc.record({
    do: fc.constant("up"),
    stack,
    wish: fc.option(wish, { nil: undefined, freq: 2 }),
    refresh: fc.boolean(),
    replace: fc.constantFrom(false, false, false, true),
    fault,
});
const act: fc.Arbitrary<Act> = fc.oneof(
    { weight: 12, arbitrary: up },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("destroy"), stack, refresh: fc.boolean(), fault }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("refresh", "loseState", "importOld", "takeOut"), stack }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("restart"), host }) },
    {
        weight: 1,
        arbitrary: fc.record({ do: fc.constant("byHand"), host, path: fc.integer({ min: 0, max: 1 }), flag, restart: fc.boolean() }),
    },
);

const starts = fc.tuple(start, start, start);
const acts = fc.array(act, { minLength: 4, maxLength: 24 });

const total: Record<string, number> = {};

test("whatever happens: TRUE stays TRUE, others keep their entries, the original comes back, and no entry is left", async () => {
    await fc.assert(
        fc.asyncProperty(starts, acts, async (given, happens) => {
            const history = new History(given);
            for (const one of happens) await history.act(one);
            await history.end();
            for (const [what, count] of Object.entries(history.counts)) total[what] = (total[what] ?? 0) + count;
            expect(history.trouble).toEqual([]);
        }),
        fuzzRuns(RUNS),
    );
    process.stdout.write(`histories: ${JSON.stringify(total)}\n`);
});
