import { engineAddress } from "../../provider/heads/engineAddress";

test.each([
    ["alone", ["127.0.0.1:4711"]],
    ["with logs", ["--logtostderr", "-v=9", "127.0.0.1:4711"]],
    ["with tracing", ["--logtostderr", "-v=9", "--tracing", "file:./trace", "127.0.0.1:4711"]],
    ["with an option of a later engine", ["--later", "value", "127.0.0.1:4711"]],
])("the engine's address is found: %s", (_how, args) => {
    expect(engineAddress(args)).toBe("127.0.0.1:4711");
});

test.each([
    ["no arguments", []],
    ["logs", ["--logtostderr", "-v=9"]],
    ["tracing", ["--tracing", "file:./trace"]],
])("there is none where an engine attaches later: %s", (_what, args) => {
    expect(engineAddress(args)).toBeUndefined();
});
