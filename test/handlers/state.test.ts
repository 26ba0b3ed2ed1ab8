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

test("what there is nothing of is not written", () => {
    const { stored } = parseState(specOf("UnsecAppPolicy"), least);
    const nothing = { incomplete: false, unreleased: [], abandoned: [], undeclared: {}, unfinishedMoves: [], unreachableSince: undefined };
    const inputs = { ...stored.inputs, onDelete: undefined };
    expect(formatState({ ...stored, inputs, memory: { ...stored.memory, ...nothing, lastOwner: undefined } })).toStrictEqual(least);
});

const HANDLER = "provider/handlers/handler.ts";

describe("a misspelt key of the state does not compile", () => {
    const mistakes = [
        ["of a state that nothing is known of", "memory: { applied: {}, before: {} } }", "memory: { aplied: {}, before: {} } }"],
        ["of an update that is put off", "memory: { ...memory, incomplete: true }", "memory: { ...memory, incomplte: true }"],
        ["of a read", "...memory, unreachableSince: undefined", "...memory, unreachbleSince: undefined"],
        ["of an update", "unfinishedMoves: unfinishedMovesOf", "unfinishedMove: unfinishedMovesOf"],
        ["of a write that failed", "abandoned, incomplete: true }", "abandoned, incomplte: true }"],
        ["of what is not released yet", "incomplete: unreleased.length", "incomplte: unreleased.length"],
        [
            "of a host that does not answer",
            "memory: { ...memory, unreachableSince }",
            "memory: { ...memory, unreachbleSince: unreachableSince }",
        ],
        ["of an input", "inputs: { ...news, connection }", "inputs: { ...news, conection: connection }"],
    ] as const;
    const text = readFileSync(join(ROOT, HANDLER), "utf8");
    const lineOf = (from: string) => text.slice(0, text.indexOf(from)).split("\n").length;
    let complained: ReadonlySet<number>;

    beforeAll(() => {
        expect(compile([HANDLER])).toEqual([]);
        const misspelt = mistakes.reduce((all, [, from, to]) => all.replace(from, to), text);
        complained = new Set(compile([HANDLER], { [HANDLER]: misspelt }).map(({ at }) => at));
    });

    test.each(mistakes)("%s", (_where, from) => {
        expect(text).toContain(from);
        expect(complained).toContain(lineOf(from));
    });
});
