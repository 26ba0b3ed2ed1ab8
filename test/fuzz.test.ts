import { fuzzRuns } from "./fuzz";

const VARIABLES = ["WMISEC_FUZZ_RUNS", "WMISEC_FUZZ_SEED"] as const;
const given = VARIABLES.map((name) => [name, process.env[name]] as const);

beforeEach(() => {
    for (const name of VARIABLES) delete process.env[name];
});
afterAll(() => {
    for (const [name, value] of given) if (value !== undefined) process.env[name] = value;
});

test("alone, a property is tried as often as it says, with a seed of fast-check's own", () => {
    expect([fuzzRuns(), fuzzRuns(7)]).toEqual([{ numRuns: 100 }, { numRuns: 7 }]);
});

test("a longer run multiplies that, and repeats a seed", () => {
    Object.assign(process.env, { WMISEC_FUZZ_RUNS: "50", WMISEC_FUZZ_SEED: "123" });
    expect([fuzzRuns(), fuzzRuns(7)]).toEqual([
        { numRuns: 5000, seed: 123 },
        { numRuns: 350, seed: 123 },
    ]);
});

test("a seed as fast-check prints it", () => {
    Object.assign(process.env, { WMISEC_FUZZ_SEED: "-859181034" });
    expect(fuzzRuns()).toEqual({ numRuns: 100, seed: -859181034 });
});

test.each(["0", "-1", "1.5", "many", ""])("a factor of %j is an error, not no run", (factor) => {
    process.env["WMISEC_FUZZ_RUNS"] = factor;
    expect(() => fuzzRuns()).toThrow("WMISEC_FUZZ_RUNS must be a whole number from 1");
});
