import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { agentCommand, agentText } from "../../../provider/agent/command";
import {
    type Addressing,
    commandMessage,
    createMessage,
    deleteMessage,
    receiveMessage,
    sendMessage,
    signalMessage,
} from "../../../provider/sessions/winrm/envelope";
import { MAX_SEND } from "../../../provider/sessions/winrm/winrmSession";
import { NS } from "../../../provider/wsman/names";
import { only, readEnvelope } from "../../../provider/wsman/soap";
import { fuzzRuns } from "../../fuzz";

const addressing: Addressing = {
    to: "https://web-07:5986/wsman",
    messageId: "uuid:11111111-1111-1111-1111-111111111111",
    sessionId: "uuid:22222222-2222-2222-2222-222222222222",
    timeoutMs: 20_000,
    shellId: "33333333-3333-3333-3333-333333333333",
};
const COMMAND = "44444444-4444-4444-4444-444444444444";

test.each([
    ["create", createMessage({ ...addressing, shellId: undefined })],
    ["command", commandMessage(addressing, 'powershell.exe -Command "a & b"')],
    ["send", sendMessage(addressing, COMMAND, Buffer.from("text"), false)],
    ["sendEnd", sendMessage(addressing, COMMAND, Buffer.alloc(0), true)],
    ["receive", receiveMessage(addressing, COMMAND)],
    ["signal", signalMessage(addressing, COMMAND)],
    ["delete", deleteMessage(addressing)],
])("the text of %s", (name, text) => {
    // A line for each element, for people.
    expect(`${text.replaceAll("><", ">\n<")}\n`).toBe(readFileSync(join(__dirname, `../../golden/winrm/${name}.xml`), "utf8"));
});

test("any command gets over to the letter", () => {
    fc.assert(
        fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), (command) => {
            const { body } = readEnvelope(Buffer.from(commandMessage(addressing, command)));
            expect(only(only(body, NS.shell, "CommandLine"), NS.shell, "Command").text).toBe(command);
        }),
        fuzzRuns(),
    );
});

test("any input gets over to the byte", () => {
    fc.assert(
        fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
            const { body } = readEnvelope(Buffer.from(sendMessage(addressing, COMMAND, Buffer.from(bytes), false)));
            const stream = only(only(body, NS.shell, "Send"), NS.shell, "Stream");
            expect(Buffer.from(stream.text, "base64")).toEqual(Buffer.from(bytes));
        }),
        fuzzRuns(),
    );
});

test("our command is one that cmd.exe takes, and the agent's text goes in one message", () => {
    expect(agentCommand().length).toBeLessThan(8191);
    expect(agentText().length).toBeLessThan(MAX_SEND);
    const full = sendMessage(addressing, COMMAND, Buffer.alloc(MAX_SEND), true);
    // MaxEnvelopeSizekb of the oldest hosts.
    expect(full.length).toBeLessThan(150 * 1024);
});
