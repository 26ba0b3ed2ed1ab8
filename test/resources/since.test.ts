import * as fc from "fast-check";
import { MAX_SINCE, MIN_SINCE } from "../../provider/core/wire/events";
import { since, sinceMs } from "../../provider/resources/since";
import { fuzzRuns } from "../fuzz";

test.each([
    ["1m", 60_000],
    ["90m", 5_400_000],
    ["24h", 86_400_000],
    ["31d", 2_678_400_000],
    ["44640m", 2_678_400_000],
])("%s is %d ms", (text, milliseconds) => {
    expect(since.safeParse(text)).toMatchObject({ success: true, data: text });
    expect(sinceMs(text)).toBe(milliseconds);
});

test.each(["0m", "32d", "745h", "44641m", "999999d"])("%s is not from 1 minute to 31 days", (text) => {
    expect(since.safeParse(text).error?.issues.map(({ message }) => message)).toEqual(["must be from 1 minute to 31 days"]);
});

test.each(["", "24", "h", "24 h", " 24h", "24H", "1.5h", "-1h", "1w", "24h\n", "1000000m", "٢٤h", 24, {}])(
    "%p is not a period",
    (given) => {
        const messages = since.safeParse(given).error?.issues.map(({ message }) => message);
        expect(messages).toHaveLength(1);
        expect(messages?.[0]).toMatch(/as in "30m", "24h" or "7d"$/);
    },
);

test("what is taken lies within the bounds, and nothing else is", () => {
    fc.assert(
        fc.property(
            fc.nat(1_200_000),
            fc.constantFrom(["m", 60_000] as const, ["h", 3_600_000] as const, ["d", 86_400_000] as const),
            (number, [unit, ms]) => {
                const text = `${number}${unit}`;
                const within = number * ms >= MIN_SINCE && number * ms <= MAX_SINCE;
                expect(since.safeParse(text).success).toBe(within);
                if (within) expect(sinceMs(text)).toBe(number * ms);
            },
        ),
        fuzzRuns(),
    );
});
