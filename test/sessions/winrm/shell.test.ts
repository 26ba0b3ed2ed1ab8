import { Redaction } from "../../../provider/core/redaction";
import type { Channel, Message } from "../../../provider/sessions/winrm/channel";
import { Fault } from "../../../provider/sessions/winrm/faults";
import { Faulted, Shell } from "../../../provider/sessions/winrm/shell";
import { ACTIONS, CMD_SHELL, NS, type Operation } from "../../../provider/wsman/names";
import { readEnvelope, type SoapElement } from "../../../provider/wsman/soap";
import { failure } from "../../errors";

const body = (inner: string): SoapElement =>
    readEnvelope(
        Buffer.from(
            `<s:Envelope xmlns:s="${NS.soap}" xmlns:a="${NS.addressing}" xmlns:w="${NS.wsman}" xmlns:rsp="${NS.shell}" xmlns:x="http://schemas.xmlsoap.org/ws/2004/09/transfer"><s:Body>${inner}</s:Body></s:Envelope>`,
        ),
    ).body;

const ANSWERS: Readonly<Record<Operation, string>> = {
    create: `<x:ResourceCreated><a:ReferenceParameters><w:ResourceURI>${CMD_SHELL}</w:ResourceURI><w:SelectorSet><w:Selector Name="ShellId">S1</w:Selector></w:SelectorSet></a:ReferenceParameters></x:ResourceCreated>`,
    command: "<rsp:CommandResponse><rsp:CommandId>C1</rsp:CommandId></rsp:CommandResponse>",
    send: "<rsp:SendResponse/>",
    receive: "<rsp:ReceiveResponse/>",
    signal: "<rsp:SignalResponse/>",
    delete: "",
};

/** Answers each message as a host would, or with the fault that the test has for it. */
class FakeChannel {
    readonly sent: Message[] = [];
    readonly faults = new Map<Operation, Fault>();

    async exchange(message: Message): Promise<SoapElement | Fault> {
        this.sent.push(message);
        return this.faults.get(message.operation) ?? body(ANSWERS[message.operation]);
    }

    get operations(): Operation[] {
        return this.sent.map(({ operation }) => operation);
    }
}

const open = () => {
    const [control, output] = [new FakeChannel(), new FakeChannel()];
    const channels = { control: control as unknown as Channel, output: output as unknown as Channel };
    const limits = { pollMs: 20_000, sendMs: 60_000, graceMs: 10_000 };
    return { control, output, shell: new Shell(channels, "https://web-07:5986/wsman", new Redaction(), limits) };
};

test("ends the command, then the shell, and each of them once", async () => {
    const { control, shell } = open();
    await shell.create(1000);
    await shell.command("powershell.exe", 1000);
    await shell.delete();
    await shell.delete();
    expect(control.operations).toEqual(["create", "command", "signal", "delete"]);
    for (const { text, operation } of control.sent) expect(text).toContain(`>${ACTIONS[operation]}</a:Action>`);
    for (const { text } of control.sent.slice(2)) expect(text).toContain('<w:Selector Name="ShellId">S1</w:Selector>');
    expect(control.sent[2]?.text).toContain('CommandId="C1"');
});

test("deletes a shell without a command, and nothing where there is no shell", async () => {
    const { control, shell } = open();
    await shell.delete();
    await shell.create(1000);
    await shell.delete();
    expect(control.operations).toEqual(["create", "delete"]);
});

test("deletes a shell that the host is still making", async () => {
    const { control, shell } = open();
    const created = shell.create(1000);
    await shell.delete();
    await created;
    expect(control.operations).toEqual(["create", "delete"]);
});

test("deletes the shell also where the host answers the Signal with a fault", async () => {
    const { control, shell } = open();
    control.faults.set("signal", new Fault(87, ""));
    await shell.create(1000);
    await shell.command("powershell.exe", 1000);
    await shell.delete();
    expect(control.operations).toEqual(["create", "command", "signal", "delete"]);
});

test("sends input once, whatever the host says to it", async () => {
    const { control, shell } = open();
    control.faults.set("send", new Fault(2150858793, ""));
    await shell.create(1000);
    await shell.command("powershell.exe", 1000);
    expect(await failure(shell.send(Buffer.from("x"), false))).toMatchObject({ code: "timeout" });
    expect(control.operations).toEqual(["create", "command", "send"]);
});

test("waits for output on the other channel, where silence is no fault", async () => {
    const { control, output, shell } = open();
    output.faults.set("receive", new Fault(2150858793, ""));
    await shell.create(1000);
    await shell.command("powershell.exe", 1000);
    expect(await shell.receive()).toBeUndefined();
    output.faults.set("receive", new Fault(995, ""));
    expect(await failure(shell.receive())).toMatchObject({ code: "connectionLost" });
    expect([control.operations, output.operations]).toEqual([
        ["create", "command"],
        ["receive", "receive"],
    ]);
});

test("leaves it to its caller whether a Create that failed is tried again", async () => {
    const { control, shell } = open();
    control.faults.set("create", new Fault(2150859173, "full"));
    await expect(shell.create(1000)).rejects.toThrow(Faulted);
    expect(control.operations).toEqual(["create"]);
});
