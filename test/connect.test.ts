import fs from "node:fs";
import { connectHosts } from "../provider/connect";
import type { Connection } from "../provider/core/connection";

const connected = (environment: NodeJS.ProcessEnv) => connectHosts(() => undefined, environment);

test.each([
    ["1", true],
    ["true", true],
    ["0", false],
    ["false", false],
    ["", false],
    [undefined, false],
])("WMISEC_STRICT=%s is %s", (value, strict) => {
    expect(connected({ WMISEC_STRICT: value }).strict).toBe(strict);
});

test.each(["WMISEC_STRICT", "WMISEC_KEEP_MOF"])("%s that says neither yes nor no is refused by its name", (name) => {
    expect(() => connected({ [name]: "yes, please" })).toThrow(new RegExp(`^${name} is "yes, please"[\\s\\S]*set ${name}=1, or unset it`));
});

test("names stand one a line, blanks around them are not part of them", () => {
    const { forget, evict } = connected({ WMISEC_FORGET: " web-07 \n\nweb-08\r\n", WMISEC_EVICT: "org/a b" });
    expect([forget.has("web-07"), forget.has("web-08"), forget.has(""), evict.has("org/a b")]).toEqual([true, true, false, true]);
});

test("a connection from a state that lacks something opens nothing, and what is missing is said", () => {
    const { host } = connected({});
    const opened = () => host({ host: "web-07", proxy: { host: "jump" } } as Connection);
    expect(opened).toThrow(
        /^web-07: the connection in the state can't be used[\s\S]*connection\.user: is missing\n[\s\S]*connection\.proxy\.user: is missing/,
    );
});

test("many hosts at the same moment make no warning of Node.js", async () => {
    const warned: string[] = [];
    const listen = ({ message }: Error) => warned.push(message);
    process.on("warning", listen);
    const hosts = connected({});
    try {
        const dead = { port: 9, user: "u", password: "p", hostKey: "insecure-accept-any", dialErrorLimit: 0 };
        const asked = Array.from({ length: 60 }, (_, index) => hosts.host({ ...dead, host: `127.0.9.${index + 1}` }).machine());
        expect((await Promise.allSettled(asked)).map(({ status }) => status)).toEqual(asked.map(() => "rejected"));
        await new Promise((resolve) => setImmediate(resolve));
        expect(warned).toEqual([]);
    } finally {
        process.off("warning", listen);
        await hosts.closeAll();
    }
});

test("what is sent to hosts is read before any is opened: later there may be no file handles left for it", () => {
    jest.isolateModules(() => {
        const { connectHosts: connect } = require("../provider/connect") as typeof import("../provider/connect");
        const command = require("../provider/agent/command") as typeof import("../provider/agent/command");
        connect(() => undefined, {});
        const read = jest.spyOn(fs, "readFileSync").mockImplementation(() => {
            throw Object.assign(new Error("EMFILE"), { code: "EMFILE" });
        });
        try {
            const sent = [command.agentText(), ...command.AGENT_PARTS.map(command.partText)];
            expect([command.agentCommand().length > 0, sent.every(({ length }) => length > 0)]).toEqual([true, true]);
        } finally {
            read.mockRestore();
        }
    });
});
