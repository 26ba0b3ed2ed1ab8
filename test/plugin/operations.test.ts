import { WmisecError } from "../../provider/core/errors";
import type { Properties } from "../../provider/handlers/handler";
import { AskedLives } from "../../provider/plugin/askedLives";
import { Operations } from "../../provider/plugin/operations";
import { Tally } from "../../provider/plugin/tally";
import { partial } from "../errors";
import { HandlerWorld } from "../handlers/world";

const UNKNOWN = "unknown to this preview";
const PASSWORD = "canary";
const inputs = (more: object = {}): Properties => ({
    connection: { host: "a", user: "me", password: PASSWORD },
    owner: "org/policy",
    namespaces: { "root/contoso": { requiresEncryption: true } },
    ...more,
});

let world: HandlerWorld;
beforeEach(() => {
    world = new HandlerWorld();
});

function operations(lives = new AskedLives(async () => true)): Operations {
    const redact = (text: string) => text.replaceAll(PASSWORD, "[secret]");
    const plugin = { runtime: world.runtime(), redact, tally: new Tally(), lives, endRun: async () => undefined };
    return new Operations("WmiNamespaceSecurity", plugin, (value) => value === UNKNOWN);
}

/** The connection's password as it goes to an engine. */
const passwordIn = ({ connection }: Properties): unknown => (connection as Properties)["password"];
const MARKED = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value: PASSWORD };

test("secrets go back marked, in inputs and in outputs", async () => {
    const { id, outs } = await operations().create(inputs());
    expect(passwordIn(outs)).toEqual(MARKED);
    const plain = { ...outs, connection: inputs()["connection"] };
    const read = await operations().read(id, plain, "fail");
    expect([passwordIn(read.outs), passwordIn(read.inputs)]).toEqual([MARKED, MARKED]);
    expect(passwordIn(await operations().update(id, plain, inputs({ onDelete: "leave" })))).toEqual(MARKED);
});

test("inputs to check are told by a program, also one that does not tell the engine of its stack", async () => {
    const lives = new AskedLives(async () => false);
    const { id, outs } = await operations(lives).create(inputs());
    await operations(lives).delete(id, { ...outs, connection: inputs()["connection"] });
    expect(await lives.programRuns()).toBe(false);
    operations(lives).check(inputs(), {});
    expect(await lives.programRuns()).toBe(true);
});

test("a null is no value, wherever it stands", async () => {
    const nulls = inputs({ evidence: null, namespaces: { "root/contoso": { requiresEncryption: true, definitionMof: null } } });
    expect(operations().check(nulls, {})).toEqual({ inputs: inputs(), failures: [] });
    const { outs } = await operations().create(nulls);
    expect(outs["namespaces"]).toEqual(inputs()["namespaces"]);
});

test("what a preview does not know yet is left to the engine to compare", async () => {
    const { id, outs } = await operations().create(inputs());
    const plain = { ...outs, connection: inputs()["connection"] };
    expect(await operations().diff(id, { ...plain, incomplete: true }, inputs({ onDelete: UNKNOWN }))).toEqual({});
    expect(await operations().diff(id, { ...plain, incomplete: true }, inputs())).toEqual({ changes: true });
});

test("a write that failed halfway has no secret in its words, not even half of one, and marked ones in the state", async () => {
    world.afterApply = () => {
        throw new WmisecError("connectionLost", `${"x".repeat(1993)}${PASSWORD}`, { host: "a", remedy: "run again" });
    };
    const failure = await partial(operations().create(inputs()));
    expect([failure.message, failure.failure.message, String(failure.failure.cause)].join()).not.toContain("can");
    expect(passwordIn(failure.properties)).toEqual(MARKED);
});

test("any other error has no secret in its words", async () => {
    world.meanwhile = () => {
        throw new TypeError(`a defect near ${PASSWORD}`);
    };
    await expect(operations().create(inputs())).rejects.toThrow("a defect near [secret]");
});
