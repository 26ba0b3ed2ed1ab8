import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asciiJson } from "../../provider/agent/protocol";
import { script } from "../../provider/agent/scriptText";
import { overfilledBy } from "../../provider/core/ledger/room";
import { MAX_LEDGER_BYTES, MAX_LEDGER_ENTRIES } from "../../provider/core/limits";
import type { LedgerRecord } from "../../provider/core/wire/observation";
import type { Step } from "../../provider/core/wire/step";

const there = process.platform !== "win32" && spawnSync("pwsh", ["-v"]).error === undefined;
const testWithPwsh = there ? test : test.skip;

test("the agent has the same bounds of a ledger as the plans", () => {
    expect(script("ledgerSteps.ps1")).toContain(
        `if (($entries -le ${MAX_LEDGER_ENTRIES}) -and ($bytes -le ${MAX_LEDGER_BYTES})) { return }`,
    );
});

const entries = (count: number, text: string | null = "{}"): LedgerRecord[] =>
    Array.from({ length: count }, (_, index) => ({ item: `namespace:root/n${index}`, text }));
const set = (item: string, expect: string | null, text: string | null): Step => ({ do: "setLedger", item, expect, text });
const bytesLeft = MAX_LEDGER_BYTES - 2 * (60_000 + 17 + 32);

const CASES: { readonly steps: readonly Step[]; readonly ledger: readonly LedgerRecord[] }[] = [
    { steps: [set("x", null, "{}")], ledger: [] },
    { steps: [set("x", null, "{}")], ledger: entries(MAX_LEDGER_ENTRIES - 1, null) },
    { steps: [set("x", null, "{}")], ledger: entries(MAX_LEDGER_ENTRIES) },
    { steps: [set("x", null, "{}"), set("y", "{}", null)], ledger: entries(MAX_LEDGER_ENTRIES) },
    { steps: [set("x", "{}", "{ }"), set("x", "{ }", null)], ledger: entries(MAX_LEDGER_ENTRIES + 5) },
    // The last byte, and one more.
    {
        steps: [set("x", null, "y".repeat(100))],
        ledger: [...entries(2, "z".repeat(60_000)), { item: "a", text: "b".repeat(bytesLeft - 166) }],
    },
    {
        steps: [set("x", null, "y".repeat(100))],
        ledger: [...entries(2, "z".repeat(60_000)), { item: "a", text: "b".repeat(bytesLeft - 165) }],
    },
    // What JSON escapes counts six times.
    { steps: [set("x", null, `"'\\<>&\u0444\u0001`.repeat(60_000))], ledger: entries(1) },
    { steps: [set("x", null, `"'\\<>&\u0444\u0001`.repeat(90_000))], ledger: entries(1) },
];

testWithPwsh(
    "the agent refuses what the plans would refuse [skipped without a pwsh on PATH]",
    () => {
        const folder = mkdtempSync(join(tmpdir(), "wmisec-room-"));
        try {
            writeFileSync(join(folder, "cases.json"), asciiJson(CASES));
            const standIns = [
                script("ledgerSteps.ps1"),
                "$ErrorActionPreference = 'Stop'",
                "function Read-WmisecLedger { foreach ($record in $Ledger) { @{ item = $record.item; text = $record.text } } }",
                `foreach ($case in (ConvertFrom-Json ([System.IO.File]::ReadAllText('${folder}/cases.json')))) {`,
                "    $Ledger = $case.ledger",
                "    $found = Test-WmisecLedgerRoom $case.steps",
                "    if ($null -eq $found) { 'room' } else { $found.reason + ' ' + $found.found }",
                "}",
            ];
            writeFileSync(join(folder, "room.ps1"), standIns.join("\n"));
            const { stdout, stderr } = spawnSync("pwsh", ["-NoProfile", "-NonInteractive", "-File", join(folder, "room.ps1")], {
                encoding: "utf8",
            });
            const said = stdout.trim().split("\n");
            expect(stderr).toBe("");
            expect(said.map((line) => line.startsWith("unexpected the ledger has no room left"))).toEqual(
                CASES.map(({ steps, ledger }) => overfilledBy(steps, ledger) !== undefined),
            );
            expect(said.map((line) => line === "room")).toEqual([true, true, false, true, true, true, false, true, false]);
        } finally {
            rmSync(folder, { recursive: true });
        }
    },
    60_000,
);
