import type { Properties } from "../../provider/handlers/handler";
import { CONTOSO, FALSE, inputs, TRUE } from "../inputs";
import { HandlerWorld } from "./world";

const world = new HandlerWorld();
const handler = world.handler("WmiNamespaceSecurity");

let outs: Properties;
let id: string;
beforeAll(async () => {
    ({ outs, id } = await handler.create(inputs()));
});

const cases: [string, Properties, object][] = [
    ["the same", inputs(), {}],
    ["another case", inputs({ "ROOT/Contoso": TRUE }), { changes: false }],
    ["backslashes", inputs({ "root\\contoso": TRUE }), { changes: false }],
    ["a default written out", inputs({ "root/contoso": { ...TRUE, whenMissing: "error" } }), { changes: false }],
    ["another default written out", inputs(CONTOSO, { onDelete: "restore" }), { changes: false }],
    ["another flag", inputs({ "root/contoso": FALSE }), {}],
    ["one more", inputs({ ...CONTOSO, "root/cimv2": TRUE }), {}],
    ["none", inputs({}), {}],
    ["another owner", inputs(CONTOSO, { owner: "org/other" }), {}],
];
test.each(cases)("%s", (_title, news, difference) => {
    expect(handler.diff(outs, news)).toEqual(difference);
});

test("the engine's own comparison decides where changes are left open, so both sides must differ as inputs", async () => {
    world.machine("a").behindOurBack.setFlag("root/contoso", null);
    const read = await handler.read(id, outs);
    expect(read.inputs).toEqual(inputs({ "root/contoso": { requiresEncryption: "absent" } }));
    // A refresh: live outputs against the recorded inputs.
    expect(handler.diff(read.outs, inputs())).toEqual({});
    // The refresh after a refresh that absorbed the drift.
    expect(handler.diff(read.outs, read.inputs)).toEqual({ changes: true });
    world.machine("a").behindOurBack.setFlag("root/contoso", true);
    const back = await handler.read(id, read.outs);
    expect(back.inputs).toEqual(inputs());
    expect(handler.diff(back.outs, back.inputs)).toEqual({});
});

test("an owner that a refresh found absent is drift, also after it was taken into the state", async () => {
    world.machine("a").behindOurBack.loseLedger();
    const read = await handler.read(id, outs);
    expect(read.inputs).toMatchObject({ owner: "absent" });
    expect(handler.diff(read.outs, inputs())).toEqual({});
    expect(handler.diff(read.outs, read.inputs)).toEqual({ changes: true });
});
