import type { Parameters } from "fast-check";

/**
 * How often a property is tried: the second argument of every `fc.assert`. `npm run fuzz` multiplies it, and says with which seed.
 * @param defaultRuns in `npm test`
 */
export function fuzzRuns(defaultRuns = 100): Parameters<unknown> {
    const factor = wholeNumber("WMISEC_FUZZ_RUNS") ?? 1;
    const seed = wholeNumber("WMISEC_FUZZ_SEED");
    return { numRuns: defaultRuns * factor, ...(seed === undefined ? {} : { seed }) };
}

function wholeNumber(variable: string): number | undefined {
    const text = process.env[variable];
    if (text === undefined) return undefined;
    if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`${variable} must be a whole number from 1, not ${JSON.stringify(text)}`);
    return Number(text);
}
