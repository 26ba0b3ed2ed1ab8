import { ERROR_CODES } from "../../provider/core/errors";
import { sectionsOf, tableOf } from "./markdown";
import { REMEDIES, SAID } from "./remedies";

const PAGE = "docs/troubleshooting.md";

/** The sections about codes, by the code. */
const SECTIONS = new Map(
    sectionsOf(PAGE).flatMap(({ title, text }): [string, string][] => {
        const [, code] = /^`(\w+)`$/.exec(title) ?? [];
        return code === undefined ? [] : [[code, text]];
    }),
);

const part = (code: string, name: string) =>
    new RegExp(`^\\*\\*${name}:\\*\\*(.*?)(?=^\\*\\*|$(?![\\s\\S]))`, "ms").exec(SECTIONS.get(code) ?? "")?.[1] ?? "";

test("there is a section for each error code, and for nothing else", () => {
    expect([...SECTIONS.keys()].sort()).toEqual([...ERROR_CODES].sort());
});

test.each(ERROR_CODES)("%s: what it means, what one sees, what to look at, what to do", (code) => {
    for (const name of ["Means", "You see", "Look at", "Do"])
        expect([name, part(code, name).trim()]).toEqual([name, expect.stringMatching(/.{15}/s)]);
});

test.each(ERROR_CODES)("%s: the words that it quotes are words of the code", (code) => {
    const quoted = [...part(code, "You see").matchAll(/"([^"]+)"/g)].map(([, words = ""]) => words);
    expect(quoted.length).toBeGreaterThan(0);
    expect(quoted.filter((words) => !SAID.includes(words))).toEqual([]);
});

test("the words of warnings and notes are words of the code", () => {
    const quoted = tableOf(PAGE, "Warnings and notes").flatMap(([words = ""]) =>
        [...words.matchAll(/"([^"]+)"/g)].map(([, one = ""]) => one),
    );
    expect(quoted.length).toBeGreaterThan(5);
    expect(quoted.filter((words) => !SAID.includes(words))).toEqual([]);
});

/**
 * What a reader would search for in advice: names of settings, variables, programs, services, event logs, codes and paths.
 */
const NAMES =
    /[A-Za-z]*[a-z][A-Z]\w*|WMISEC_\w+|winmgmt|icacls|mofcomp|sshd_config|ulimit|attrib|sfc|\b0x[0-9a-f]{8}\b|\b(?!n\b)\w+(?:\\[A-Za-z][\w-]*)+/g;

test.each(ERROR_CODES)("%s: the names in the remedies of the code stand in the section", (code) => {
    const advice = REMEDIES.get(code) ?? [];
    const section = SECTIONS.get(code) ?? "";
    const missing = advice.flatMap((text) => (text.match(NAMES) ?? []).filter((name) => !section.includes(name)));
    expect([...new Set(missing)]).toEqual([]);
});

test("remedies are found for every code", () => {
    const none = ERROR_CODES.filter((code) => (REMEDIES.get(code) ?? []).length === 0);
    expect(none).toEqual([]);
});
