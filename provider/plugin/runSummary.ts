import type { GivenNames } from "../core/ledger/givenNames";
import { listed } from "../core/text/listed";
import type { Tally } from "./tally";

/** Given for one run by the environment. */
export interface RunSettings {
    /** `WMISEC_EVICT`. */
    readonly evict: GivenNames;
    /** `WMISEC_FORGET`. */
    readonly forget: GivenNames;
}

/**
 * What only the end of a run knows, one line each. Empty when there is nothing that anybody has to look into.
 *
 * @param ofUnknownLives what was left to, or released with, lives of resources that nobody has asked for
 *
 * A preview asks no host, and a refresh evicts nobody: names that they had no use for are not told.
 */
export function runSummary(
    { line, missingEverywhere, asked, wrote }: Tally,
    { evict, forget }: RunSettings,
    ofUnknownLives: readonly string[] = [],
): string[] {
    return [
        ...ofUnknownLives,
        ...(line === undefined ? [] : [line]),
        ...missingEverywhere,
        ...(asked ? unmet("WMISEC_FORGET", forget, "no host of that name was found silent in this run") : []),
        ...(wrote ? unmet("WMISEC_EVICT", evict, "no ledger entry that this run was about has that owner") : []),
    ];
}

function unmet(variable: string, names: GivenNames, why: string): string[] {
    return names.unused.length === 0 ? [] : [`${variable} did nothing for ${listed(names.unused)}: ${why}`];
}
