import { readFileSync } from "node:fs";
import { join } from "node:path";
import { appliedBy, formatState, parseState } from "../../provider/handlers/state";
import { specOf } from "../../provider/resources";
import { compile, ROOT } from "../compile";
import { FALSE, inputs, TRUE } from "../inputs";
import { HandlerWorld } from "./world";

const sinks = specOf("UnsecAppPolicy");
const read = (state: object) => parseState(sinks, { ...state });

const connection = { host: "web-07", user: "svc", password: { env: "PW" } };
const ITEM = "registry:x";
const applied = { [ITEM]: { leftAlone: "absent" } };
const least = {
    connection,
    owner: "o",
    checkAccess: true,
    status: "compliant",
    __applied: applied,
    before: {},
    machine: "m",
    schemaVersion: 1,
};
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
])("the %s state is written as it was read", (_which, state) => expect(formatState(sinks, read(state).stored)).toStrictEqual(state));

test("empty fields are not written", () => {
    const { stored } = read(least);
    const nothing = { incomplete: false, unreleased: [], abandoned: [], undeclared: {}, unfinishedMoves: [], unreachableSince: undefined };
    const inputs = { ...stored.inputs, onDelete: undefined };
    expect(formatState(sinks, { ...stored, inputs, memory: { ...stored.memory, ...nothing, lastOwner: undefined } })).toStrictEqual(least);
});

describe("what was carried out", () => {
    const { __applied, ...asDeclared } = least;
    const declared = {
        "value:SOFTWARE/Microsoft/WBEM/CIMOM/UnsecAppAccessControlDefault": { want: { kind: "REG_SZ", value: "1" } },
    };

    test("is what the inputs say, if the state does not tell", () => {
        expect(read(asDeclared).applied).toMatchObject(declared);
        expect(formatState(sinks, read(asDeclared).stored)).toStrictEqual(asDeclared);
    });

    test("is read from states that tell it under its old name, and written as it is today", () => {
        const applied = appliedBy(sinks, asDeclared);
        expect(read({ ...asDeclared, applied: __applied }).applied).toEqual(__applied);
        expect(formatState(sinks, read({ ...asDeclared, applied: __applied }).stored)).toStrictEqual(least);
        expect(formatState(sinks, read({ ...asDeclared, applied }).stored)).toStrictEqual(asDeclared);
    });

    test("stays known while the inputs in the state are what a refresh found", async () => {
        const world = new HandlerWorld();
        const handler = world.handler("WmiNamespaceSecurity");
        const declared = inputs({ "ROOT\\Contoso": TRUE, "root/cimv2": FALSE });
        const { id, outs } = await handler.create(declared);
        expect(outs).not.toHaveProperty("__applied");
        world.machine("a").behindOurBack.setFlag("root/contoso", null);
        const drifted = await handler.read(id, outs);
        expect(drifted.outs["__applied"]).toMatchObject({
            "namespace:root/contoso": { want: true },
            "namespace:root/cimv2": { want: false },
        });
        expect(await handler.read(id, drifted.outs)).toEqual(drifted);
        const healed = await handler.update(id, drifted.outs, declared);
        expect(healed).toEqual(outs);
    });
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
