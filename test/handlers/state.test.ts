import { readFileSync } from "node:fs";
import { join } from "node:path";
import { formatState, parseState } from "../../provider/handlers/state";
import { specOf } from "../../provider/resources";
import { compile, ROOT } from "../compile";

const connection = { host: "web-07", user: "svc", password: { env: "PW" } };
const ITEM = "registry:x";
const applied = { [ITEM]: { leftAlone: "absent" } };
const least = { connection, owner: "o", checkAccess: true, status: "compliant", applied, before: {}, machine: "m", schemaVersion: 1 };
/** With everything that a state may remember. */
const full = {
    ...least,
    onDelete: "leave",
    unreachable: "keep",
    incomplete: true,
    unreachableSince: "2026-01-01T00:00:00Z",
    unreleased: [
        { connection, owner: "o", machine: "n", applied, before: {}, incomplete: true, spelled: { [ITEM]: "X" }, compiler: "api" },
    ],
    abandoned: [{ host: "old", machine: "p", items: [ITEM] }],
    lastOwner: "o",
    undeclared: { [ITEM]: "true" },
    unfinishedMoves: [{ host: "new", machine: "q", since: "2026-01-01T00:00:00Z" }],
    anotherOutput: { of: "the resource" },
};

test.each([
    ["least", least],
    ["full", full],
])("the %s state is written as it was read", (_which, state) =>
    expect(formatState(parseState(specOf("UnsecAppPolicy"), state).stored)).toStrictEqual(state),
);

test("empty fields are not written", () => {
    const { stored } = parseState(specOf("UnsecAppPolicy"), least);
    const nothing = { incomplete: false, unreleased: [], abandoned: [], undeclared: {}, unfinishedMoves: [], unreachableSince: undefined };
    const inputs = { ...stored.inputs, onDelete: undefined };
    expect(formatState({ ...stored, inputs, memory: { ...stored.memory, ...nothing, lastOwner: undefined } })).toStrictEqual(least);
});

const HANDLER = "provider/handlers/handler.ts";
const CONVERGENCE = "provider/handlers/convergence.ts";

describe("a misspelt key of the state does not compile", () => {
    const mistakes = [
        [
            "of a state that nothing is known of",
            CONVERGENCE,
            "memory: { applied: {}, before: {} } }",
            "memory: { aplied: {}, before: {} } }",
        ],
        ["of an update that is put off", HANDLER, "memory: { ...memory, incomplete: true }", "memory: { ...memory, incomplte: true }"],
        ["of a read", HANDLER, "...memory, unreachableSince: undefined", "...memory, unreachbleSince: undefined"],
        ["of an update", CONVERGENCE, "unfinishedMoves: unfinishedMovesOf", "unfinishedMove: unfinishedMovesOf"],
        ["of a write that failed", CONVERGENCE, "abandoned, incomplete: true }", "abandoned, incomplte: true }"],
        ["of what is not released yet", HANDLER, "incomplete: unreleased.length", "incomplte: unreleased.length"],
        [
            "of a host that does not answer",
            HANDLER,
            "memory: { ...memory, unreachableSince }",
            "memory: { ...memory, unreachbleSince: unreachableSince }",
        ],
        ["of an input", HANDLER, "inputs: { ...news, connection }", "inputs: { ...news, conection: connection }"],
    ] as const;
    const files = [HANDLER, CONVERGENCE];
    const texts = new Map<string, string>(files.map((file) => [file, readFileSync(join(ROOT, file), "utf8")]));
    const placeOf = (file: string, from: string) => `${file}:${texts.get(file)?.split(from)[0]?.split("\n").length}`;
    let complained: ReadonlySet<string>;

    beforeAll(() => {
        expect(compile(files)).toEqual([]);
        const misspelt = new Map(texts);
        for (const [, file, from, to] of mistakes) misspelt.set(file, misspelt.get(file)?.replace(from, to) ?? "");
        complained = new Set(compile(files, Object.fromEntries(misspelt)).map(({ file, at }) => `${file}:${at}`));
    });

    test.each(mistakes)("%s", (_where, file, from) => {
        expect(texts.get(file)).toContain(from);
        expect(complained).toContain(placeOf(file, from));
    });
});
