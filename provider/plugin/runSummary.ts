import type { GivenNames } from "../core/ledger/givenNames";
import { listed } from "../core/text/listed";
import type { Tally } from "./tally";

/** Environment variables of one run. */
export interface RunSettings {
    /** `WMISEC_EVICT`. */
    readonly evict: GivenNames;
    /** `WMISEC_FORGET`. */
    readonly forget: GivenNames;
}

/**
 * Lines for the end of a run. Empty if there is nothing to look into.
 *
 * A preview asks no host, and a refresh evicts nobody, so they do not report unused names.
 * @param ofUnknownLives notices about lives of resources that the engine has not asked about
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
        ...(asked
            ? unmet("WMISEC_FORGET", forget, "every host of that name answered, or no connection of this run has it as its host")
            : []),
        ...(wrote ? unmet("WMISEC_EVICT", evict, "no ledger entry in this run has that owner") : []),
    ];
}

function unmet(variable: string, names: GivenNames, why: string): string[] {
    return names.unused.length === 0 ? [] : [`${variable} did nothing for ${listed(names.unused)}: ${why}`];
}
