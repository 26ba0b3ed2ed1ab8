import { runModule, SCRIPTS } from "../runModule";

const TABLES = {
    compared: { title: "all", hosts: [10, 100], startups: [0, 330], scenarios: [{ name: "one" }, { name: "two" }] },
    settings: { title: "some", hosts: [5], startups: [7], scenarios: [{ name: "three" }] },
};

/** What the bench makes of its command line; or what it says. */
async function asked(...args: string[]): Promise<unknown> {
    const { stdout, stderr } = await runModule(`
        import { asked } from "${SCRIPTS}/bench/arguments.mjs";
        const said = (error) => ({ said: error.message });
        try { console.log(JSON.stringify(asked(${JSON.stringify(args)}, ${JSON.stringify(TABLES)}) ?? "help")); }
        catch (error) { console.log(JSON.stringify(said(error))); }
    `);
    expect(stderr).toBe("");
    return JSON.parse(stdout);
}

test("without arguments it is the comparison, at its own sizes", async () => {
    expect(await asked()).toEqual({
        table: "compared",
        hosts: [10, 100],
        startups: [0, 330],
        scenarios: ["one", "two"],
        all: false,
        writeDocs: false,
    });
});

test("arguments take the place of what a table has", async () => {
    const all = ["--table", "compared", "--hosts", "1,20", "--start-ups", "0", "--scenarios", "two", "--all", "--write-docs"];
    expect(await asked(...all)).toEqual({
        table: "compared",
        hosts: [1, 20],
        startups: [0],
        scenarios: ["two"],
        all: true,
        writeDocs: true,
    });
    expect(await asked("--table=settings")).toMatchObject({ hosts: [5], startups: [7], scenarios: ["three"] });
    expect(await asked("--help")).toBe("help");
});

test.each([
    [["--table", "none"], "there is no table none\n  do:    one of compared, settings"],
    [["--scenarios", "one,three"], "the table compared has no scenario three\n  do:    one, two"],
    [["--hosts", "0"], "--hosts is 0\n  do:    whole numbers from 1 on, with commas: 10,100"],
    [["--hosts", "10,"], "--hosts is 10,\n"],
    [["--start-ups", "1e3"], "--start-ups is 1e3\n"],
    [["--host", "10"], "Unknown option '--host'"],
    [["10"], "Unexpected argument '10'"],
])("%j is a mistake", async (args, said) => {
    expect(await asked(...args)).toEqual({ said: expect.stringContaining(said) });
});
