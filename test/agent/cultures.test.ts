import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AGENT_SCRIPTS, script } from "../../provider/agent/command";

jest.setTimeout(300_000);

/** In invariant mode every culture is English: there is nothing to try then. */
const calendar = "try { [cultureinfo]::new('th-TH').Calendar.GetType().Name } catch { 'none' }";
const asked =
    process.platform === "win32"
        ? undefined
        : spawnSync("pwsh", ["-NoProfile", "-Command", calendar], { encoding: "utf8", timeout: 60_000 });
const reason =
    asked === undefined || asked.status !== 0
        ? "no pwsh on PATH, or Windows, where the real agent is tested"
        : asked.stdout.trim() === "ThaiBuddhistCalendar"
          ? undefined
          : "pwsh knows no cultures, because there is no libicu on this machine";
const inCultures = (title: string, body: () => void) =>
    reason === undefined ? test(title, body) : test.skip(`${title} [skipped: ${reason}]`, body);

inCultures("what the agent makes of text is the same in every culture", () => {
    const folder = mkdtempSync(join(tmpdir(), "wmisec-cultures-"));
    try {
        const file = join(folder, "all.ps1");
        writeFileSync(file, [...AGENT_SCRIPTS.map(script), readFileSync(join(__dirname, "cultures.ps1"), "ascii")].join("\n"));
        const { stdout, stderr } = spawnSync("pwsh", ["-NoProfile", "-NonInteractive", "-File", file], {
            encoding: "utf8",
            maxBuffer: 1 << 28,
        });
        expect(stderr).toBe("");
        const lines = stdout.trim().split("\n");
        const [, count, expected] = /^(\d+) cultures, (.*)$/.exec(lines.pop() ?? "") ?? [];
        expect(lines.slice(0, 3)).toEqual([]);
        expect(Number(count)).toBeGreaterThan(100);
        // Neither answers that are all failures, nor none at all, would show anything.
        expect(expected).toContain('"effective":"\\\\\\\\.\\\\root\\\\microsoft\\\\windows:__Namespace.Name=');
        expect(expected).toContain('"2026-01-02T03:04:05Z"');
    } finally {
        rmSync(folder, { recursive: true });
    }
});
