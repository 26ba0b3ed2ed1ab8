import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CORE_SCRIPTS, PART_SCRIPTS } from "../../provider/agent/command";
import { script } from "../../provider/agent/scriptText";
import { NO_CULTURES, NO_PWSH, PWSH } from "../powershell/pwsh";

jest.setTimeout(300_000);

const reason = PWSH === undefined ? NO_PWSH : PWSH.cultures ? undefined : NO_CULTURES;
const inCultures = (title: string, body: () => void) => (reason === undefined ? test(title, body) : test.skip(`${title} ${reason}`, body));

inCultures("what the agent makes of text is the same in every culture", () => {
    const folder = mkdtempSync(join(tmpdir(), "wmisec-cultures-"));
    try {
        const file = join(folder, "all.ps1");
        const functions = [...PART_SCRIPTS, ...CORE_SCRIPTS];
        writeFileSync(file, [...functions.map(script), readFileSync(join(__dirname, "cultures.ps1"), "ascii")].join("\n"));
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
