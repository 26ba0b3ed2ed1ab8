import { GivenNames } from "../../provider/core/ledger/givenNames";
import { listed } from "../../provider/core/text/listed";

test("names that were given and not asked for are known, in their order", () => {
    const names = new GivenNames(new Set(["b", "a", "c"]));
    expect([names.has("a"), names.has("z")]).toEqual([true, false]);
    expect(names.unused).toEqual(["b", "c"]);
});

test.each([
    [0, ""],
    [2, "h1, h2"],
    [10, "h1, h2, h3, h4, h5, h6, h7, h8, h9, h10"],
    [13, "h1, h2, h3, h4, h5, h6, h7, h8, h9, h10 and 3 more"],
])("%i names in a line", (count, text) => {
    expect(listed(Array.from({ length: count }, (_, index) => `h${index + 1}`))).toBe(text);
});

test("a name that came from a host gives the terminal no orders", () => {
    expect(listed(["a\u001b[2Jb"])).toBe("a [2Jb");
});
