import { createHash } from "node:crypto";
import fc from "fast-check";
import { neededParts } from "../../provider/agent/neededParts";
import { VERBS, type VerbArgs } from "../../provider/agent/protocol";
import { script } from "../../provider/agent/scriptText";
import { definitionFile } from "../../provider/core/definitionFile";
import { MAX_FRAME, MAX_REQUEST } from "../../provider/core/limits";
import { AUTORECOVER_LIST, AUTORECOVER_TIME, registrationFileName } from "../../provider/core/mof/autorecover";
import { namespacePath } from "../../provider/core/namespacePath";
import { LEDGER_KEY } from "../../provider/core/registry";
import { definitionReading } from "../../provider/core/wire/definition";
import {
    MAX_EVENT_GROUPS,
    MAX_EVENT_TEXT,
    MAX_EVENTS,
    MAX_SINCE,
    MIN_SINCE,
    WMI_EVENT,
    WMI_EVENT_IDS,
} from "../../provider/core/wire/events";
import { AGENT_FAILURES } from "../../provider/core/wire/hostFailure";
import { LEDGER_ONLY, LISTS } from "../../provider/core/wire/observation";
import { type Step, step } from "../../provider/core/wire/step";
import { WMI_EVENTS } from "../../provider/model/eventLog";
import { fuzzRuns } from "../fuzz";
import { WHOLE } from "./agentTree";

/** Text in single quotes that a line of a script begins with `beginning` and ends in. */
function quoted(file: string, beginning: string): string {
    const line = script(file)
        .split("\n")
        .find((text) => text.trim().startsWith(beginning));
    const [, text] = /'([^']*)'[^']*$/.exec(line ?? "") ?? [];
    if (text === undefined) throw new Error(`${file} has no line that begins with ${beginning}`);
    return text;
}

describe("what both sides must agree on", () => {
    test("the list of files for a rebuild, and our file's name in it", () => {
        const text = WHOLE;
        expect(text).toContain(`return '${AUTORECOVER_LIST.key}'`);
        expect(text).toContain(`return '${AUTORECOVER_LIST.name}'`);
        expect(registrationFileName(namespacePath("root/a/b"))).toBe("root!a!b.mof");
        const long = namespacePath(`root/${"x".repeat(196)}`);
        expect(registrationFileName(long)).toBe(`root!${"x".repeat(95)}!!${createHash("sha256").update(long).digest("hex")}.mof`);
        expect(registrationFileName(namespacePath(long.slice(0, -1)))).toBe(`root!${"x".repeat(195)}.mof`);
        expect(text).toContain("$name = $Path.Replace('/', '!')");
        expect(text).toContain("if ($name.Length -gt 200) { $name = $name.Substring(0, 100) + '!!' + (Get-WmisecHash");
        expect(`${AUTORECOVER_LIST.name} timestamp`).toBe(AUTORECOVER_TIME.name);
        expect(text).toContain("$opened.SetValue($name + ' timestamp', $now,");
    });

    test("how large a file may be", () => {
        const text = WHOLE;
        const [, bytes] = /\$stream\.Length -gt (\d+)\)/.exec(text) ?? [];
        const [, characters] = /\$text\.Length -gt (\d+)\)/.exec(script("definition.ps1")) ?? [];
        const answer = (length: number) =>
            definitionReading.safeParse({
                file: "C:\\a.mof",
                state: "present",
                content: Buffer.alloc(length).toString("base64"),
                backup: null,
            }).success;
        expect([answer(Number(bytes)), answer(Number(bytes) + 3)]).toEqual([true, false]);
        expect(Number(characters)).toBe(4 * Math.ceil(Number(bytes) / 3));
    });

    test("what is a path of a MOF file", () => {
        const name = quoted("definition.ps1", "$name = ");
        const device = new RegExp(quoted("definition.ps1", "if ((-not $good) -or ($lower -cmatch ").replace("\\z", "$"));
        const ending = new RegExp(quoted("definition.ps1", "$good = ").replace("\\z", "$"));
        const shape = new RegExp(`^[A-Za-z]:(\\\\${name})+$`);
        const [, longest] = /\$text\.Length -le (\d+)\)/.exec(script("definition.ps1")) ?? [];
        const taken = (path: string) =>
            path.length <= Number(longest) && shape.test(path) && ending.test(path.toLowerCase()) && !device.test(path.toLowerCase());
        const part = fc.oneof(
            fc.constantFrom(
                "Contoso",
                "con",
                "CON.x",
                "conin$",
                "CONOUT$ .x",
                "conin",
                "com1",
                "lpt9.",
                "nul",
                "console",
                "..",
                ".",
                "",
                " ",
                "a b",
                "a.",
                "a:b",
                "%windir%",
                "\u00fc",
                "a\n",
            ),
            fc.string({ maxLength: 6 }),
            fc.string({ minLength: 190, maxLength: 200, unit: fc.constantFrom("a", "b") }),
        );
        const end = fc.constantFrom(".mof", ".MOF", ".mfl", ".mof ", ".mof\n", ".mof:s", "");
        const path = fc.tuple(
            fc.constantFrom("C:", "c:", "C", "\\\\?\\C:", "\\\\host\\c$", ""),
            fc.array(part, { maxLength: 4 }),
            part,
            end,
        );
        fc.assert(
            fc.property(path, ([drive, folders, file, ending]) => {
                const text = [drive, ...folders, file + ending].join("\\");
                expect([text, taken(text)]).toEqual([text, definitionFile.safeParse(text).success]);
            }),
            fuzzRuns(2000),
        );
        // Spaces between a device's name and its dot: only the host's side knows what Windows makes of them.
        expect(taken("C:\\nul .mof")).toBe(false);
    });

    test("which events are counted, how far back, and how many are too many", () => {
        const text = script("events.ps1");
        const asked = [...text.matchAll(/EventID=(\d+)/g)].map(([, id]) => Number(id));
        expect(asked.sort((a, b) => a - b)).toEqual([...WMI_EVENT_IDS].sort((a, b) => a - b));
        expect(text).toContain(`Provider[@Name='${WMI_EVENTS}']`);
        expect(text).toContain(`($Value -lt ${MIN_SINCE}) -or ($Value -gt ${MAX_SINCE})`);
        expect(text).toContain(`if ($read -ge ${MAX_EVENTS}) {`);
        expect(text).toContain(`if ($Found.Count -ge ${MAX_EVENT_GROUPS}) {`);
        expect(text).toContain(`[System.Math]::Min($text.Length, ${MAX_EVENT_TEXT})`);
        const { mofNotLoaded, refused, callbackRefused } = WMI_EVENT;
        expect(text).toContain(`@(${mofNotLoaded}, ${refused}, ${callbackRefused}) -notcontains $Record.Id`);
    });

    test("the agent's verbs", () => {
        const table = /^\$WmisecVerbs = @\{\n([\s\S]*?)^\}$/m.exec(script("windows.ps1"))?.[1] ?? "";
        const verbs = [...table.matchAll(/(\w+) += '/g)].map(([, name]) => name);
        expect(verbs).toEqual(Object.keys(VERBS));
    });

    test("what a look asks about, which steps there are, and what parts of the agent they need", () => {
        const line = /^ +(?:@\{ List = '(\w+)'; |(\w+) += @\{ )Parts = @\(([^)]*)\); Check = /gm;
        const parts = (text = "") => [...text.matchAll(/'(\w+)'/g)].map(([, part]) => part);
        const kinds = [...script("windows.ps1").matchAll(line)].map(([, list, , needed]) => [list, parts(needed)]);
        expect(kinds).toEqual(LISTS.map((list) => [list, neededParts("observe", { ...LEDGER_ONLY, [list]: [{}] })]));
        const steps = [...script("apply.ps1").matchAll(line)].map(([, , name, needed]) => [name, parts(needed)]);
        const written = (name: string) =>
            neededParts("apply", { steps: [{ do: name } as Step], observe: LEDGER_ONLY } as VerbArgs<"apply">);
        expect(steps).toEqual(
            step.options.map(({ shape }) => [
                shape.do.value,
                written(shape.do.value).filter((part) => part !== "trust" && part !== "write"),
            ]),
        );
        expect(written("setLedger")).toEqual(["trust", "write"]);
        expect(script("windows.ps1")).toContain("foreach ($part in 'trust', 'write') { Assert-WmisecPart $part }");
    });

    test("the ledger's key, the limit of a request, and the names of failures", () => {
        const text = WHOLE;
        expect(script("ledger.ps1")).toContain(`return '${LEDGER_KEY}'`);
        expect(script("protocol.ps1")).toContain(`$WmisecMaxRequest = ${MAX_REQUEST}\n`);
        expect(script("protocol.ps1")).toContain(`$WmisecMaxAnswer = ${MAX_FRAME}\n`);
        const faults = [...text.matchAll(/New-WmisecFault '(\w+)'/g)].map(([, word]) => `pulumi-wmisec.${word}`);
        const named = [...text.matchAll(/'(pulumi-wmisec\.[A-Z]\w+)'/g)].map(([, name]) => name ?? "");
        expect([...new Set([...faults, ...named])].sort()).toEqual(Object.values(AGENT_FAILURES).sort());
    });
});
