import { countOf, countText } from "../../provider/fleet/count";

const WHOLE = Array.from({ length: 101 }, (_, percent) => percent);

test("a number is itself, whatever the number of hosts", () => {
    expect([0, 3, 30, 20_000].map((count) => countOf(count, 10))).toEqual([0, 3, 30, 20_000]);
});

test("each whole share of a hundred hosts is as many", () => {
    expect(WHOLE.map((percent) => countOf(`${percent}%`, 100))).toEqual(WHOLE);
});

test("each whole share of a thousand hosts is ten times as many", () => {
    expect(WHOLE.map((percent) => countOf(`${percent}%`, 1000))).toEqual(WHOLE.map((percent) => 10 * percent));
});

test("each share in tenths and hundredths of ten thousand hosts is exact", () => {
    const tenths = Array.from({ length: 1000 }, (_, tenth) => tenth);
    expect(tenths.map((tenth) => countOf(`${Math.floor(tenth / 10)}.${tenth % 10}%`, 10_000))).toEqual(tenths.map((tenth) => 10 * tenth));
    const hundredths = Array.from({ length: 100 }, (_, hundredth) => hundredth);
    expect(hundredths.map((hundredth) => countOf(`0.${String(hundredth).padStart(2, "0")}%`, 10_000))).toEqual(hundredths);
});

test.each<[`${string}%`, number, number]>([
    ["5%", 19, 0],
    ["5%", 20, 1],
    ["50%", 3, 1],
    ["99.9%", 1000, 999],
    ["99.9%", 999, 998],
    ["100.0%", 20_000, 20_000],
    ["0.005%", 20_000, 1],
    ["0%", 10, 0],
    ["10%", 9, 0],
    ["10%", 10, 1],
    ["12.5%", 16, 2],
    ["100%", 7, 7],
    ["0%", 20_000, 0],
    ["100%", 0, 0],
])("%s of %i hosts is %i, rounded down", (share, hosts, count) => expect(countOf(share, hosts)).toBe(count));

test("a share in words says how many hosts that is, and a number is enough", () => {
    expect([countText("10%", 2), countText("25%", 4), countText(3, 10)]).toEqual(["10% (0 of 2)", "25% (1 of 4)", "3"]);
});
