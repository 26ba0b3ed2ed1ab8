import { ControllerFault, type FaultKind } from "../../../provider/sessions/controllerFault";
import { loginFailure, sessionEnd } from "../../../provider/sessions/openssh/sshEnd";

const connection = { host: "web-07", user: "CONTOSO\\svc", transport: "openssh" } as const;
const failed = (said: string, saidByOthers = "") =>
    loginFailure({
        connection,
        trust: { keys: "configured" },
        expected: [],
        unreadable: [],
        exit: { code: 255, signal: null },
        said,
        saidByOthers,
    });
const startFailed = (code: string) =>
    loginFailure({
        connection,
        trust: { keys: "configured" },
        expected: [],
        unreadable: [],
        exit: { code: null, signal: null, error: Object.assign(new Error(code), { code }) },
        said: "",
        saidByOthers: "",
    });

/** Texts of OpenSSH and of the C library, which ssh does not translate. */
test.each<[string, FaultKind]>([
    ["ssh: connect to host web-07 port 22: Network is unreachable", "network"],
    ["ssh: connect to host web-07 port 22: Network is down", "network"],
    ["ssh: Could not resolve hostname web-07: Temporary failure in name resolution", "network"],
    ["ssh: connect to host web-07 port 22: Cannot assign requested address", "exhausted"],
    ["socket: Too many open files", "exhausted"],
    ["Could not create pipes to communicate with the proxy: Too many open files in system", "exhausted"],
    ["ssh: connect to host web-07 port 22: Permission denied", "lasting"],
    ["ssh: connect to host web-07 port 22: Operation not permitted", "lasting"],
    ["ssh: connect to host web-07 port 22: Address family not supported by protocol", "lasting"],
])("%s: a fault of this machine, said by ssh or by a jump host's ssh, which runs here too", (words, lack) => {
    for (const error of [failed(words), failed("kex_exchange_identification: Connection closed by remote host", words)])
        expect([error.code, error instanceof ControllerFault && error.lack]).toEqual(["invalidInput", lack]);
});

test.each([
    "ssh: connect to host web-07 port 22: Connection refused",
    "ssh: connect to host web-07 port 22: No route to host",
    "ssh: connect to host web-07 port 22: Connection timed out",
    "ssh: Could not resolve hostname web-07: Name or service not known",
    // In the middle of a banner, or by a jump host of itself, these are no words of this machine's.
    "channel 0: open failed: connect failed: Network is unreachable",
    "Welcome. Network is unreachable on Sundays. Too many open files: call us.",
])("%s: the host's silence", (words) => {
    expect([failed(words).code, failed("", words).code]).toEqual(["unreachable", "unreachable"]);
});

test.each(["EMFILE", "ENFILE", "EAGAIN", "ENOMEM"])("ssh can't be started (%s): what is used up gets free again", (code) => {
    const error = startFailed(code);
    expect([error.code, error instanceof ControllerFault && error.lack]).toEqual(["invalidInput", "exhausted"]);
});

test("a jump host that has no algorithm in common with us is told as that", () => {
    const words = "Unable to negotiate with 10.0.0.1 port 22: no matching host key type found. Their offer: ssh-dss";
    expect(failed("Connection closed by UNKNOWN port 65535", words)).toMatchObject({
        code: "noCommonAlgorithm",
        summary: expect.stringContaining("a jump host"),
    });
    expect(failed(words)).toMatchObject({ code: "noCommonAlgorithm", summary: "it and we have no host key type in common" });
});

test.each<[string, boolean, string]>([
    ["Connection to web-07 closed by remote host.", false, "execRefused"],
    ["Connection to web-07 closed by remote host.", true, "connectionLost"],
    ["client_loop: send disconnect: Broken pipe", false, "execRefused"],
    ["client_loop: send disconnect: Broken pipe", true, "connectionLost"],
    ["Timeout, server web-07 not responding.", false, "connectionLost"],
])("an end behind the login, %s, where something was heard: %s", (said, heard, code) => {
    expect(sessionEnd({ exit: { code: 255, signal: null }, said, heard, user: "svc" }).code).toBe(code);
});
