import { spawnSync } from "node:child_process";

/** A PowerShell 7 that can be started. */
export interface Pwsh {
    /** Of the process itself, whatever stands on the PATH for it. */
    readonly program: string;
    readonly version: string;
    /** Whether it knows the cultures of the world: .NET needs libicu for them, and does without where it is told to. */
    readonly cultures: boolean;
    /** What `program` is to be started with: nothing is left of it where temporary files are, and it does without libicu where there is none. */
    readonly environment: Readonly<Record<string, string>>;
}

/** The `pwsh` of the PATH; undefined where there is none. Windows' own is not asked for: the real agent is tested there. */
export const PWSH = found();

export const NO_PWSH = "[skipped: no pwsh on PATH, or Windows, where the real agent is tested]";
export const NO_CULTURES = "[skipped: pwsh knows no cultures, because there is no libicu on this machine]";

/** Runs where there is a pwsh; else the tests are skipped, with the reason. */
export function onPwsh(title: string, tests: () => void): void {
    if (PWSH !== undefined) describe(title, tests);
    else describe.skip(`${title} ${NO_PWSH}`, tests);
}

function found(): Pwsh | undefined {
    if (process.platform === "win32") return undefined;
    // In invariant mode every culture is English, or none is made at all.
    const asked =
        "[Environment]::ProcessPath; [string] $PSVersionTable.PSVersion; try { [cultureinfo]::new('th-TH').Calendar.GetType().Name } catch { 'none' }";
    const { status, stdout } = spawnSync("pwsh", ["-NoProfile", "-NonInteractive", "-Command", asked], {
        timeout: 60_000,
        encoding: "utf8",
    });
    const [program, version, calendar] = status === 0 ? stdout.split(/\r?\n/) : [];
    if (program === undefined || version === undefined) return undefined;
    const cultures = calendar === "ThaiBuddhistCalendar";
    const environment = { DOTNET_EnableDiagnostics: "0", DOTNET_SYSTEM_GLOBALIZATION_INVARIANT: cultures ? "0" : "1" };
    return { program, version, cultures, environment };
}
