import type { Properties } from "../../provider/handlers/handler";
import { HandlerWorld } from "./world";

const world = new HandlerWorld();
const handler = world.handler("WmiNamespaceSecurity");
const inputs = (namespaces: object, more: object = {}): Properties => ({
    connection: { host: "a", user: "me" },
    owner: "org/policy",
    namespaces,
    ...more,
});
const TRUE = { requiresEncryption: true };

let outs: Properties;
let id: string;
beforeAll(async () => {
    ({ outs, id } = await handler.create(inputs({ "root/contoso": TRUE })));
});

const cases: [string, Properties, object][] = [
    ["the same", inputs({ "root/contoso": TRUE }), {}],
    ["another case", inputs({ "ROOT/Contoso": TRUE }), { changes: false }],
    ["backslashes", inputs({ "root\\contoso": TRUE }), { changes: false }],
    ["a default written out", inputs({ "root/contoso": { ...TRUE, whenMissing: "error" } }), { changes: false }],
    ["another default written out", inputs({ "root/contoso": TRUE }, { onDelete: "restore" }), { changes: false }],
    ["another flag", inputs({ "root/contoso": { requiresEncryption: false } }), {}],
    ["one more", inputs({ "root/contoso": TRUE, "root/cimv2": TRUE }), {}],
    ["none", inputs({}), {}],
    ["another owner", inputs({ "root/contoso": TRUE }, { owner: "org/other" }), {}],
];
test.each(cases)("%s", (_title, news, difference) => {
    expect(handler.diff(outs, news)).toEqual(difference);
});

test("the engine's own comparison decides where changes are left open, so both sides must differ as inputs", async () => {
    world.machine("a").behindOurBack.setFlag("root/contoso", null);
    const read = await handler.read(id, outs);
    expect(read.inputs).toEqual(inputs({ "root/contoso": { requiresEncryption: "absent" } }));
    // A refresh: live outputs against the recorded inputs.
    expect(handler.diff(read.outs, inputs({ "root/contoso": TRUE }))).toEqual({});
    // The refresh after a refresh that absorbed the drift.
    expect(handler.diff(read.outs, read.inputs)).toEqual({ changes: true });
    world.machine("a").behindOurBack.setFlag("root/contoso", true);
    const back = await handler.read(id, read.outs);
    expect(back.inputs).toEqual(inputs({ "root/contoso": TRUE }));
    expect(handler.diff(back.outs, back.inputs)).toEqual({});
});

test("an owner that a refresh found absent is drift, also after it was taken into the state", async () => {
    world.machine("a").behindOurBack.loseLedger();
    const read = await handler.read(id, outs);
    expect(read.inputs).toMatchObject({ owner: "absent" });
    expect(handler.diff(read.outs, inputs({ "root/contoso": TRUE }))).toEqual({});
    expect(handler.diff(read.outs, read.inputs)).toEqual({ changes: true });
});
