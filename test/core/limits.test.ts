import fc from "fast-check";
import { asciiJson } from "../../provider/agent/protocol";
import { entryBytes, overfilledBy, refuseToOverfill } from "../../provider/core/ledger/room";
import {
    MAX_DEFINITION_TEXT,
    MAX_DEFINITIONS,
    MAX_FAILURE_TEXT,
    MAX_FAILURE_TYPE,
    MAX_FRAME,
    MAX_LEDGER_BYTES,
    MAX_LEDGER_ENTRIES,
    MAX_LEDGER_TEXT,
    MAX_REQUEST,
    READING_ROOM,
} from "../../provider/core/limits";
import { namespacePath } from "../../provider/core/namespacePath";
import { type LedgerRecord, type List, observation, questionOf } from "../../provider/core/wire/observation";
import type { Step } from "../../provider/core/wire/step";
import { fuzzRuns } from "../fuzz";

const worst = "\u0444";
const failure = {
    type: worst.repeat(MAX_FAILURE_TYPE),
    hresult: "0x80041001",
    wmiCode: "0x80041001",
    message: worst.repeat(MAX_FAILURE_TEXT),
};
const path = namespacePath(`root/${"x".repeat(250)}`);
const file = `C:\\${"x".repeat(190)}.mof`;

/** The heaviest readings of each kind that an answer may hold. */
const HEAVIEST = {
    namespaces: [{ path, state: "failed", failure }],
    values: [
        { key: "k".repeat(255), name: "n".repeat(255), state: "failed", failure },
        { key: "k".repeat(255), name: "n".repeat(255), state: "present", data: { kind: "REG_SZ", value: worst.repeat(65_536) } },
    ],
    registrations: [{ path: namespacePath(`root/${"x".repeat(195)}`), state: "failed", failure }],
    definitions: [
        { file, state: "failed", failure },
        { file, state: "present", content: "A".repeat(MAX_DEFINITION_TEXT), backup: "0".repeat(64) },
    ],
} as const;

test.each(Object.entries(HEAVIEST))("a look's room is enough for the heaviest %s", (kind, readings) => {
    for (const reading of readings) {
        const seen = { namespaces: [], values: [], registrations: [], definitions: [], ledger: [], [kind]: [reading] };
        expect(observation.safeParse(seen).error?.issues ?? []).toEqual([]);
        expect(asciiJson(reading).length + 1).toBeLessThanOrEqual(questionOf(kind as List).bytes);
    }
});

test("a ledger that is full, a look that is full, and what a compiler says fit into one answer", () => {
    const output = asciiJson({ done: 0, stopped: { output: worst.repeat(20_000), found: worst.repeat(4000) } }).length;
    expect(MAX_LEDGER_BYTES + READING_ROOM + output + 1000).toBeLessThanOrEqual(MAX_FRAME);
});

test("a resource's definitions are seen at once, each entry and each file fits into a request", () => {
    expect(MAX_DEFINITIONS * questionOf("definitions").bytes).toBeLessThanOrEqual(READING_ROOM);
    expect(asciiJson({ expect: worst.repeat(MAX_LEDGER_TEXT), text: worst.repeat(MAX_LEDGER_TEXT) }).length).toBeLessThan(MAX_REQUEST / 2);
    expect(MAX_DEFINITION_TEXT).toBeLessThan(MAX_REQUEST / 2);
});

test("an entry never takes more bytes in an answer than is reckoned, whatever writes the JSON", () => {
    const text = fc.string({
        unit: fc.oneof(fc.constantFrom('"', "\\", "'", "<", "&", ">", "\u007f", "\u0001", worst), fc.string({ maxLength: 3 })),
    });
    // Windows PowerShell escapes these, too.
    const escapedMore = (json: string) => json.replace(/['<>&]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`);
    fc.assert(
        fc.property(text, text, (item, entry) => {
            expect(escapedMore(asciiJson({ item, text: entry })).length + 1).toBeLessThanOrEqual(entryBytes(item, entry));
        }),
        fuzzRuns(500),
    );
});

describe("a ledger that would be too large", () => {
    const entries = (count: number, text = "{}"): LedgerRecord[] =>
        Array.from({ length: count }, (_, index) => ({ item: `namespace:root/n${index}`, text }));
    const add = (item: string, text = "{}"): Step => ({ do: "setLedger", item, expect: null, text });
    const change = (item: string, expect: string, text: string | null): Step => ({ do: "setLedger", item, expect, text });
    const codeOf = (steps: readonly Step[], ledger: readonly LedgerRecord[]): string | undefined => {
        try {
            refuseToOverfill(steps, ledger);
            return undefined;
        } catch (error) {
            return error instanceof Error && "code" in error ? String(error.code) : String(error);
        }
    };
    const full = entries(MAX_LEDGER_ENTRIES);
    const heavy = entries(100, "x".repeat(Math.floor(MAX_LEDGER_BYTES / 100) - 60));

    test.each<[string, readonly Step[], readonly LedgerRecord[], string | undefined]>([
        ["the last entry fits", [add("x")], entries(MAX_LEDGER_ENTRIES - 1), undefined],
        ["one more does not", [add("x")], full, "ledgerFull"],
        ["an entry of a full ledger may change and go", [change("x", "{}", '{"v":1}'), change("x", '{"v":1}', null)], full, undefined],
        ["also one of a ledger that is fuller than full", [change("x", "{}", null)], entries(MAX_LEDGER_ENTRIES + 1000), undefined],
        ["and healed there", [change("x", "{}", '{"v":1}')], entries(MAX_LEDGER_ENTRIES + 1000), undefined],
        ["few entries are too heavy", [add("x", "x".repeat(60_000))], heavy, "ledgerFull"],
        ["owners that join make entries too heavy", [change("x", "{}", "x".repeat(60_000))], heavy, "ledgerFull"],
    ])("%s", (_title, steps, ledger, code) => {
        expect(codeOf(steps, ledger)).toBe(code);
        const isRefusedOnHost = overfilledBy(steps, ledger) !== undefined;
        // On the host only new entries are looked at, so that nothing that is to be released is refused there.
        expect(isRefusedOnHost).toBe(code !== undefined && steps.some((step) => step.do === "setLedger" && step.expect === null));
    });
});
