import type { ErrorCode } from "../../../provider/core/errors";
import { Redaction } from "../../../provider/core/redaction";
import { answerTo, commandIdOf, receivedOf, shellIdOf } from "../../../provider/sessions/winrm/answers";
import { Fault, faultError, isNothingYet, triesAfter } from "../../../provider/sessions/winrm/faults";
import { NS, type Operation, STATE_DONE } from "../../../provider/wsman/names";
import { readEnvelope, type SoapElement } from "../../../provider/wsman/soap";

const quotas = [
    2150859173, 2150859236, 2150859174, 2150859240, 2150859175, 2150859176, 2150859179, 2150859237, 2150859238, 2150859239, 2150859241,
];

/** [fault, on which message, code, a word of what is said or to be done] */
const ROWS: [number | undefined, Operation, ErrorCode, RegExp][] = [
    [5, "create", "denied", /LocalAccountTokenFilterPolicy/],
    [2147942405, "create", "denied", /Administrators/],
    [2150858790, "send", "protocol", /MaxEnvelopeSizekb/],
    [2150858805, "send", "protocol", /MaxEnvelopeSizekb/],
    [2150858825, "create", "protocol", /MaxEnvelopeSizekb/],
    [2150858793, "send", "timeout", /none is sent again/],
    [1460, "send", "timeout", /none is sent again/],
    [2150858793, "create", "timeout", /shell in time/],
    [2150858793, "command", "timeout", /command in time/],
    ...quotas.map((code): [number, Operation, ErrorCode, RegExp] => [code, "create", "execRefused", /winrm get winrm\/config\/winrs/]),
    [2150859180, "create", "execRefused", /AllowRemoteShellAccess/],
    [2150859229, "create", "execRefused", /group policy/],
    [2147943418, "create", "execRefused", /profile/],
    [2150858843, "receive", "connectionLost", /shell no longer exists/],
    [2150858843, "send", "connectionLost", /shell no longer exists/],
    [995, "receive", "connectionLost", /aborted/],
    [2147943395, "receive", "connectionLost", /aborted/],
    [2150859212, "receive", "processEnded", /was ended/],
    [4711, "command", "execRefused", /4711/],
    [4711, "receive", "protocol", /4711/],
    [undefined, "create", "execRefused", /without a code/],
];

test.each(ROWS)("fault %p on %s is %s", (code, operation, expected, words) => {
    const error = faultError(new Fault(code, "canary words"), operation, new Redaction());
    expect(error.code).toBe(expected);
    expect(error.message).toMatch(words);
    expect(error.message).toContain("canary words");
});

test("a secret that a fault says back is taken out", () => {
    const redaction = new Redaction();
    redaction.add("hunter2-canary");
    expect(faultError(new Fault(5, "for hunter2-canary"), "create", redaction).message).not.toContain("canary");
});

test("a shell is asked for again where a quota is used up, and once where a profile is taken down", () => {
    expect(quotas.map((code) => triesAfter(new Fault(code, "")))).toEqual(quotas.map(() => 3));
    expect([2147943418, 5, 2150858793, undefined].map((code) => triesAfter(new Fault(code, "")))).toEqual([1, 0, 0, 0]);
});

const envelope = (body: string, header = "<a:RelatesTo>uuid:1</a:RelatesTo>") =>
    readEnvelope(
        Buffer.from(
            `<s:Envelope xmlns:s="${NS.soap}" xmlns:a="${NS.addressing}" xmlns:w="${NS.wsman}" xmlns:rsp="${NS.shell}" xmlns:f="${NS.fault}" xmlns:x="http://schemas.xmlsoap.org/ws/2004/09/transfer"><s:Header>${header}</s:Header><s:Body>${body}</s:Body></s:Envelope>`,
        ),
    );
const faultBody = (code: string) =>
    `<s:Fault><s:Reason><s:Text>Nein.</s:Text></s:Reason><s:Detail><f:WSManFault Code="${code}" Machine="web"><f:Message>Nein.<f:ProviderFault><f:X>Weil.</f:X></f:ProviderFault></f:Message></f:WSManFault></s:Detail></s:Fault>`;

test.each([
    ["2150858793", 2150858793],
    ["-2144108503", 2150858793],
    ["0x80338029", 2150858793],
    ["5", 5],
    ["x", undefined],
])("a fault's code may be written %s", (written, code) => {
    const fault = answerTo("uuid:1", envelope(faultBody(written))) as Fault;
    expect(fault).toEqual(new Fault(code, "Nein.\nWeil."));
    expect(isNothingYet(fault)).toBe(code === 2150858793);
});

test("an answer belongs to our message; a fault may not know", () => {
    expect(() => answerTo("uuid:2", envelope("<x:A/>"))).toThrow("another message");
    expect(() => answerTo("uuid:1", envelope("<x:A/>", ""))).toThrow("another message");
    expect(() => answerTo("uuid:2", envelope(faultBody("5")))).toThrow("another message");
    expect(answerTo("uuid:2", envelope(faultBody("5"), ""))).toBeInstanceOf(Fault);
    expect((answerTo("UUID:1", envelope("<x:A/>")) as SoapElement).name).toBe("Body");
});

const received = (inner: string) => receivedOf(envelope(`<rsp:ReceiveResponse>${inner}</rsp:ReceiveResponse>`).body, "C1");

test("output, error output and the end", () => {
    const streams = '<rsp:Stream Name="stdout" CommandId="c1">YQ==</rsp:Stream><rsp:Stream Name="stderr" CommandId="C1">Yg==</rsp:Stream>';
    expect(received(`${streams}<rsp:Stream Name="stdout" CommandId="C1">Yw==\n</rsp:Stream>`)).toEqual({
        output: Buffer.from("ac"),
        errorOutput: Buffer.from("b"),
        done: undefined,
    });
    const done = (exit: string) => received(`<rsp:CommandState CommandId="C1" State="${STATE_DONE}">${exit}</rsp:CommandState>`).done;
    expect(done("<rsp:ExitCode>-1</rsp:ExitCode>")).toEqual({ exitCode: "-1" });
    expect(done("")).toEqual({ exitCode: undefined });
});

test.each([
    ["of another command", '<rsp:Stream Name="stdout" CommandId="C2">YQ==</rsp:Stream>', "another command"],
    ["that says another command has ended", `<rsp:CommandState CommandId="C2" State="${STATE_DONE}"/>`, "another command"],
    ["that is no base64", '<rsp:Stream Name="stdout" CommandId="C1">YQ=</rsp:Stream>', "not base64"],
    [
        "with a text for an exit code",
        `<rsp:CommandState CommandId="C1"><rsp:ExitCode>canary</rsp:ExitCode></rsp:CommandState>`,
        "no number",
    ],
])("refuses output %s", (_what, inner, said) => {
    expect(() => received(inner)).toThrow(said);
});

test("identifiers of shell and command are such, and of our kind of shell", () => {
    const command = (id: string) =>
        commandIdOf(envelope(`<rsp:CommandResponse><rsp:CommandId>${id}</rsp:CommandId></rsp:CommandResponse>`).body);
    expect(command(" A-1 ")).toBe("A-1");
    expect(() => command("a b")).toThrow("no identifier");
    expect(() => command("x".repeat(129))).toThrow("no identifier");
    const shell = (uri: string) =>
        shellIdOf(
            envelope(
                `<x:ResourceCreated><a:ReferenceParameters><w:ResourceURI>${uri}</w:ResourceURI><w:SelectorSet><w:Selector Name="ShellId">S1</w:Selector></w:SelectorSet></a:ReferenceParameters></x:ResourceCreated>`,
            ).body,
        );
    expect(shell(`${NS.shell}/cmd`)).toBe("S1");
    expect(() => shell("http://schemas.microsoft.com/powershell/Microsoft.PowerShell")).toThrow("another kind");
});
