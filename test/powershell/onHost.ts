import { NO_SSH, NO_SSHD, SSH, SSHD } from "../sessions/openssh/programs";
import { NO_CULTURES, NO_PWSH, PWSH, type Pwsh } from "./pwsh";

/** PowerShell's start and the real CLI take their time, on a busy machine much. */
jest.setTimeout(300_000);

/**
 * Runs where a host can be had whose PowerShell is a real one; else one skipped test with the reason takes the place of all.
 * @param culture whether a culture is needed that only libicu knows
 */
export function onPowershellHost(title: string, tests: (pwsh: Pwsh) => void, { culture = false } = {}): void {
    const missing: readonly (readonly [isMissing: boolean, why: string])[] = [
        [PWSH === undefined, NO_PWSH],
        [SSHD === undefined, NO_SSHD],
        [SSH === undefined, NO_SSH],
        [culture && PWSH?.cultures === false, NO_CULTURES],
    ];
    const why = missing.find(([isMissing]) => isMissing)?.[1];
    if (PWSH !== undefined && why === undefined) describe(title, tests.bind(undefined, PWSH));
    else test.skip(`${title} ${why}`, () => undefined);
}
