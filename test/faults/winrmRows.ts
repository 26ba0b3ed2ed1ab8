import type { ErrorCode } from "../../provider/core/errors";
import type { WinrmMessage, WrongSeal, WrongXml } from "../../provider/simulator";
import { everywhere, writes } from "./cells";
import { on, type Row } from "./row";
import { UNANSWERED_ROWS } from "./unansweredRows";

/** What can be wrong with the way to a host by WinRM, message by message: with the way by SSH, these are the rows of the other tests here. */

const HTTP = { scheme: "http" } as const;

const door = (status: number, code: ErrorCode, says: RegExp, headers = {}, body = ""): Row => ({
    name: `HTTP ${status} before the login`,
    light: on("httpDoor", { status, headers, body }),
    cells: everywhere(code),
    says,
});

const fault = (message: WinrmMessage, code: number, outcome: ErrorCode, says: RegExp): Row => ({
    name: `the fault ${code} to ${message}`,
    light: on("wsmanFault", { message, code, text: "Zugriff verweigert", providerText: "siehe Ereignisprotokoll" }),
    cells: everywhere(outcome),
    says,
});

const QUOTAS = [
    [2150859173, /MaxShellsPerUser/],
    [2150859236, /MaxShellsPerUser/],
    [2150859174, /MaxConcurrentOperationsPerUser/],
    [2150859240, /MaxConcurrentOperationsPerUser/],
    [2150859175, /MaxConcurrentUsers/],
    [2150859176, /quota|operations/],
    [2150859179, /MaxConcurrentUsers/],
    [2150859237, /MaxConcurrentUsers/],
    [2150859238, /quota/],
    [2150859239, /quota/],
    [2150859241, /quota/],
] as const;

const HTML = "<!DOCTYPE html><html><body>Access denied</body></html>";
const SEALS: readonly WrongSeal[] = ["signature", "data", "replayed", "sequence", "length", "unsealed", "otherProtocol", "noBoundary"];
const XMLS: readonly WrongXml[] = ["cut", "deep", "entities", "doctype", "twoBodies", "notXml", "notUtf8", "otherNamespace", "html"];
const BEFORE: readonly WinrmMessage[] = ["create", "command"];
const AFTER: readonly WinrmMessage[] = ["send", "receive"];

export const WINRM_ROWS: readonly Row[] = [
    {
        name: "TCP refused",
        light: ({ host }) => host.down(),
        mend: ({ host }) => host.up(),
        cells: everywhere("unreachable"),
        says: /ECONNREFUSED|listens/,
    },
    { name: "TCP accepted and silent", light: on("silentTcp", {}), hangs: "login", cells: everywhere("unreachable"), says: /2 s/ },
    { name: "HTTP where TLS should be", light: on("noTls", {}), cells: everywhere("protocol"), says: /scheme|port/ },
    {
        name: "another certificate, with authorities",
        light: on("otherCertificate", {}),
        cells: everywhere("hostKeyUnknown"),
        says: /SHA256:[\s\S]*serverCertificate/,
    },
    {
        name: "another certificate, with a pin",
        light: on("otherCertificate", {}),
        isPinned: true,
        cells: everywhere("hostKeyMismatch"),
        says: /SHA256:[\s\S]*SHA256:/,
    },
    {
        name: "the host has a new certificate",
        light: ({ host }) => host.changeHostKey(),
        mend: (world) => world.trustHost(),
        cells: everywhere("hostKeyUnknown"),
        says: /SHA256:/,
    },

    // Whoever stands before the service.
    door(502, "unreachable", /WinRM/),
    door(503, "unreachable", /WinRM/),
    door(403, "denied", /403/),
    door(302, "protocol", /302/, { Location: "https://192.0.2.1/" }),
    door(400, "protocol", /400/),
    door(404, "protocol", /404/),
    door(405, "protocol", /405/),
    door(411, "protocol", /411/),
    door(413, "protocol", /413/),
    door(500, "protocol", /event log/),
    door(200, "protocol", /proxy/, { "Content-Type": "text/html" }, HTML),

    // Logins.
    { name: "credentials refused", light: on("authRefused", {}), cells: everywhere("denied"), says: /CONTOSO\\svc-pulumi/ },
    {
        name: "other ways to log in",
        light: on("httpOffers", { schemes: ["Kerberos", "CredSSP"] }),
        cells: everywhere("denied"),
        says: /Kerberos/,
    },
    { name: "Basic alone", light: on("httpOffers", { schemes: ['Basic realm="WSMAN"'] }), cells: everywhere("denied"), says: /Basic/ },
    {
        name: "a challenge with fewer bits",
        light: on("wrongChallenge", { how: "weak" }),
        cells: everywhere("protocol"),
        says: /NTLM|key128/,
    },
    {
        name: "a challenge without sealing",
        light: on("wrongChallenge", { how: "unsealed" }),
        winrm: HTTP,
        cells: everywhere("protocol"),
        says: /NTLM|seal/,
    },
    {
        name: "a challenge that is oversized",
        light: on("wrongChallenge", { how: "oversized" }),
        cells: everywhere("protocol"),
        says: /HTTP/,
    },
    {
        name: "a challenge that is cut",
        light: on("wrongChallenge", { how: "garbled" }),
        cells: everywhere("protocol"),
        says: /NTLM|challenge/,
    },
    {
        name: "one challenge after another",
        light: on("wrongChallenge", { how: "again" }),
        cells: everywhere("denied"),
        says: /password|account/,
    },
    {
        name: "closed after the login",
        light: on("closesAfterAuthentication", {}),
        cells: everywhere("connectionLost"),
        says: /closed|lost/,
    },

    // Quotas, and what the service refuses.
    ...QUOTAS.map(([code, says]) => fault("create", code, "execRefused", says)),
    {
        name: "a quota that is met once",
        light: on("wsmanFault", { message: "create", code: 2150859173 }, 1),
        cells: everywhere("fine"),
        says: /./,
    },
    fault("create", 2150859180, "execRefused", /AllowRemoteShellAccess/),
    fault("create", 2150859229, "execRefused", /policy/),
    fault("create", 2147943418, "execRefused", /profile/),
    {
        name: "a profile that is unloaded, once",
        light: on("wsmanFault", { message: "create", code: 2147943418 }, 1),
        cells: everywhere("fine"),
        says: /./,
    },
    ...[5, 2147942405].map((code) => fault("create", code, "denied", /Administrators/)),
    ...[2150858790, 2150858805, 2150858825].map((code) => fault("send", code, "protocol", /MaxEnvelopeSizekb/)),
    ...BEFORE.map((message) => fault(message, 4711, "execRefused", /4711[\s\S]*Zugriff verweigert/)),
    ...AFTER.map((message) => fault(message, 4711, "protocol", /4711[\s\S]*Zugriff verweigert/)),

    // Time.
    ...BEFORE.map((message) => fault(message, 2150858793, "timeout", /in time/)),
    fault("send", 2150858793, "timeout", /how much/),
    fault("send", 1460, "timeout", /how much/),
    {
        name: "a Send of which half arrives",
        light: on("wsmanFault", { message: "send", code: 2150858793, half: true }),
        cells: everywhere("timeout"),
        says: /how much/,
    },
    {
        name: "nothing to receive yet, three times",
        light: on("wsmanFault", { message: "receive", code: 2150858793 }, 3),
        cells: everywhere("fine"),
        says: /./,
    },

    // The shell goes.
    ...AFTER.flatMap((message) => [2150858843, 995, 2147943395].map((code) => fault(message, code, "connectionLost", /shell|aborted/))),
    fault("receive", 2150859212, "execRefused", /ended/),

    // The way.
    ...(["before", "after", "within"] as const).flatMap((when) => [
        ...([...BEFORE, ...AFTER] as const).map(
            (message): Row => ({
                name: `the connection breaks ${when} a ${message}`,
                light: on("messageCut", { message, when }),
                cells: everywhere("connectionLost"),
                says: /lost/,
            }),
        ),
        ...(["signal", "delete"] as const).map(
            (message): Row => ({
                name: `the connection breaks ${when} a ${message}`,
                light: on("messageCut", { message, when }),
                cells: everywhere("fine"),
                says: /./,
            }),
        ),
    ]),
    ...(["signal", "delete"] as const).map(
        (message): Row => ({
            name: `a ${message} is lost`,
            light: on("messageLost", { message, when: "before" }),
            cells: everywhere("fine"),
            says: /./,
        }),
    ),
    ...UNANSWERED_ROWS,
    { name: "output in crumbs", light: on("outputInCrumbs", {}, 20), cells: everywhere("fine"), says: /./ },

    // Answers that may not be believed.
    ...[...BEFORE, ...AFTER].map(
        (message): Row => ({
            name: `the answer to ${message} is another's`,
            light: on("relatesToAnother", { message }),
            cells: everywhere("protocol"),
            says: /./,
        }),
    ),
    { name: "an answer is too long", light: on("answerTooLong", { message: "receive" }), cells: everywhere("protocol"), says: /more than/ },
    ...XMLS.map(
        (how): Row => ({
            name: `an answer: ${how}`,
            light: on("answerWrongXml", { message: "receive", how }),
            cells: everywhere("protocol"),
            says: /./,
        }),
    ),
    {
        name: "output that is not base64",
        light: on("answerWrongXml", { message: "receive", how: "notBase64" }),
        cells: everywhere("protocol"),
        says: /./,
    },
    ...SEALS.map(
        (how): Row => ({
            name: `a seal: ${how}`,
            light: on("answerWrongSeal", { message: how === "replayed" ? "command" : "create", how }),
            winrm: HTTP,
            cells: everywhere("protocol"),
            says: /./,
        }),
    ),
    { name: "an answer that sets a cookie", light: on("httpCookie", {}), cells: everywhere("fine"), says: /./ },
    {
        name: "an HTML page to somebody who is logged in",
        light: on("httpAnswer", { message: "receive", status: 200, headers: { "Content-Type": "text/html" }, body: HTML }),
        cells: everywhere("protocol"),
        says: /./,
    },

    // The process on the host, by the same faults as over SSH.
    { name: "no PowerShell", light: on("powershellMissing", {}), cells: everywhere("execRefused"), says: /not recognized/ },
    {
        name: "PowerShell in ConstrainedLanguage",
        light: on("languageMode", { mode: "ConstrainedLanguage" }),
        cells: everywhere("languageMode"),
        says: /ConstrainedLanguage/,
    },
    {
        name: "the connection breaks while PowerShell starts",
        light: on("dropsAtStart", {}),
        cells: everywhere("connectionLost"),
        says: /connection/,
    },
    {
        name: "the agent is killed before apply",
        light: on("agentKilled", { verb: "apply", when: "before" }),
        cells: writes("processEnded"),
        says: /process/,
    },
    {
        name: "the agent is killed in step 3 of apply",
        light: on("agentKilled", { verb: "apply", when: "in", steps: 3 }),
        cells: writes("processEnded"),
        says: /process/,
    },
    {
        name: "the connection breaks before apply",
        light: on("connectionDrops", { verb: "apply", when: "beforeVerb" }),
        cells: writes("connectionLost"),
        says: /connection/,
    },
    {
        name: "the connection breaks before the answer to apply",
        light: on("connectionDrops", { verb: "apply", when: "beforeAnswer" }),
        cells: writes("connectionLost"),
        says: /connection/,
    },
    {
        name: "the answer to apply is truncated",
        light: on("answerTruncated", { verb: "apply" }),
        cells: writes("processEnded"),
        says: /process/,
    },
    {
        name: "the answer to apply is for another id",
        light: on("answerOfAnotherId", { verb: "apply" }),
        cells: writes("protocol"),
        says: /nobody waits/,
    },
];
