import { SaxesParser } from "saxes";
import { runModule, SCRIPTS } from "../runModule";
import { type Row, row } from "./rows";

interface Element {
    readonly name: string;
    readonly attributes: Readonly<Record<string, string>>;
}

/** The elements of the drawing; throws if it is no XML. */
async function plot(rows: readonly Row[]): Promise<{ readonly elements: readonly Element[]; readonly texts: readonly string[] }> {
    const { stdout, stderr } = await runModule(`
        import { growthPlot } from "${SCRIPTS}/bench/plot.mjs";
        process.stdout.write(growthPlot(${JSON.stringify(rows)}));
    `);
    expect(stderr).toBe("");
    const elements: Element[] = [];
    const texts: string[] = [];
    const parser = new SaxesParser();
    parser.on("error", (error) => {
        throw error;
    });
    parser.on("opentag", ({ name, attributes }) => elements.push({ name, attributes }));
    parser.on("text", (text) => texts.push(text));
    parser.write(stdout).close();
    return { elements, texts };
}

const named = (elements: readonly Element[], name: string) =>
    elements.filter((element) => element.name === name).map(({ attributes }) => attributes);

test("a line for each scenario, from left to right, and higher where it takes longer", async () => {
    const rows = [
        row("a", 100, { "first up": 40 }),
        row("a", 10, { "first up": 4 }),
        row("a", 1000, { "first up": 400 }),
        row("b", 10, { "first up": 3 }),
        row("b", 1000, { "first up": 3 }),
        row("b", 1000, { "first up": 900 }, 0),
        row("never", 10, {}),
    ];
    const { elements, texts } = await plot(rows);
    const lines = named(elements, "polyline").map(({ points = "" }) => points.split(" ").map((point) => point.split(",").map(Number)));
    expect(lines.map((line) => line.length)).toEqual([3, 2]);
    const [[first, second, third] = [], [flat, end] = []] = lines;
    const [[x1 = 0, y1 = 0] = [], [x2 = 0, y2 = 0] = [], [x3 = 0, y3 = 0] = []] = [first, second, third];
    // Ten times as many hosts, and ten times as long: a straight line on logarithmic axes.
    expect(x3 - x2).toBeCloseTo(x2 - x1, 0);
    expect(y3 - y2).toBeCloseTo(y2 - y1, 0);
    expect(x2).toBeGreaterThan(x1);
    expect(y2).toBeLessThan(y1);
    expect(flat?.[1]).toBe(end?.[1]);
    expect(texts).toEqual(expect.arrayContaining(["title of a", "title of b", "10", "1,000"]));
    expect(texts).not.toContain("title of never");
});

test.each([
    ["at the bottom", 500],
    ["at the top", 0.5],
])("no title covers another, and all are inside: many lines %s", async (_where, other) => {
    const many = Array.from({ length: 10 }, (_, index) => row(`${index}`, 10, { "first up": 5 + index / 1000 }));
    const { elements } = await plot([...many, row("other", 10, { "first up": other })]);
    const [, , width = 0, height = 0] = named(elements, "svg")[0]?.["viewBox"]?.split(" ").map(Number) ?? [];
    const places = named(elements, "text")
        .filter(({ x, class: kind }) => Number(x) > width / 2 && kind === undefined)
        .map(({ y }) => Number(y))
        .sort((a, b) => a - b);
    expect(places).toHaveLength(11);
    expect(Math.min(...places.slice(1).map((y, index) => y - (places[index] ?? 0)))).toBeGreaterThanOrEqual(16);
    expect(places[0]).toBeGreaterThan(30);
    expect(places.at(-1)).toBeLessThan(height);
});

test("a title is text, whatever it says", async () => {
    const { texts } = await plot([{ ...row("a", 10, { "first up": 5 }), title: "less < more & </svg>" }]);
    expect(texts).toContain("less < more & </svg>");
});
