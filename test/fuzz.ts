import type { Parameters } from "fast-check";

/**
 * How often a property is tried: the second argument of every `fc.assert`. `npm run fuzz` multiplies it, and says with which seed.
 * @param defaultRuns in `npm test`
 */
export function fuzzRuns(defaultRuns = 100): Parameters<unknown> {
    const factor = wholeNumber("WMISEC_FUZZ_RUNS", 1) ?? 1;
    // fast-check prints negative ones, too.
    const seed = wholeNumber("WMISEC_FUZZ_SEED", -MAX);
    return { numRuns: defaultRuns * factor, ...(seed === undefined ? {} : { seed }) };
}

const MAX = 0x7fffffff;

function wholeNumber(variable: string, min: number): number | undefined {
    const text = process.env[variable];
    if (text === undefined) return undefined;
    const number = /^-?\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= min && number <= MAX) return number;
    throw new Error(`${variable} must be a whole number from ${min} to ${MAX}, not ${JSON.stringify(text)}`);
}
