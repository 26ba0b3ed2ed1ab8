import { createHash, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import type { Connection } from "../../../provider/core/connection";
import { fingerprintText } from "../../../provider/core/connection/certificateText";
import { makeServices } from "../../../provider/sessions/services";
import { SshSessions } from "../../../provider/sessions/sshSessions";
import { channelBindingOf } from "../../../provider/sessions/winrm/channelBinding";
import { WinrmSessions } from "../../../provider/sessions/winrm/winrmSessions";
import { newCertificate, type SimulatedHost, startSimulatedHost } from "../../../provider/simulator";
import { everythingIn, failure } from "../../errors";

const derOf = (pem: string): Buffer => new X509Certificate(pem).raw;
const pinOf = (pem: string): string => createHash("sha256").update(derOf(pem)).digest("hex");

let host: SimulatedHost;
let certificate: string;
const warnings: string[] = [];
const services = makeServices({ env: {}, home: "/nonexistent", warn: (text) => void warnings.push(text) });
const sessions = new WinrmSessions(services, { firstRetryMs: 10, maxRetryMs: 20 });
const folder = mkdtempSync(join(tmpdir(), "wmisec-trust-"));

beforeAll(async () => {
    host = await startSimulatedHost({ transport: "winrm", winrm: { certificate: { names: ["web-07.contoso.test"] } } });
    certificate = host.certificate ?? "";
});
afterAll(async () => {
    await sessions.closeAll();
    await host.stop();
    rmSync(folder, { recursive: true, force: true });
});

const to = (more: Partial<Connection>): Connection => {
    const { serverCertificate: _, ...connection } = host.connection;
    return { ...connection, ...more };
};
const open = async (more: Partial<Connection>): Promise<void> => {
    const session = await sessions.open(to(more), "powershell.exe");
    await session.close();
};

const NAME = "web-07.contoso.test";
const path = () => {
    writeFileSync(join(folder, "ca.pem"), `what this is\n${certificate}`);
    return join(folder, "ca.pem");
};

test.each<[string, () => Partial<Connection>]>([
    ["its fingerprint", () => ({ serverCertificate: pinOf(certificate) })],
    ["one of several fingerprints", () => ({ serverCertificate: ["00".repeat(32), fingerprintText(pinOf(certificate))] })],
    ["its authority and its name", () => ({ caCertificates: certificate, serverName: NAME })],
    ["its authority in a file", () => ({ caFile: path(), serverName: NAME })],
])("trusts a host by %s", async (_what, more) => {
    await open(more());
});

test("trusts anybody where it is told to, and says so", async () => {
    warnings.length = 0;
    await open({ serverCertificate: "insecure-accept-any" });
    expect(warnings).toEqual([expect.stringContaining(fingerprintText(pinOf(certificate)))]);
});

test.each<[string, () => Partial<Connection>, string, RegExp]>([
    ["an unknown certificate", () => ({}), "hostKeyUnknown", /SELF_SIGNED|UNABLE_TO/],
    ["another name", () => ({ caCertificates: certificate }), "hostKeyUnknown", /ERR_TLS_CERT_ALTNAME_INVALID/],
    [
        "another authority",
        () => ({ caCertificates: newCertificate({ names: [NAME] }).certificate, serverName: NAME }),
        "hostKeyUnknown",
        /serverCertificate/,
    ],
    ["another fingerprint", () => ({ serverCertificate: "00".repeat(32) }), "hostKeyMismatch", /nothing was sent to it/],
    ["a file that is not there", () => ({ caFile: "/nonexistent" }), "invalidInput", /ENOENT/],
    [
        "a damaged authority",
        () => ({ caCertificates: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----" }),
        "invalidInput",
        /damaged/,
    ],
])("refuses %s before anybody logs in", async (_what, more, code, words) => {
    const before = host.counters.authentications + host.counters.failedAuthentications;
    const error = await failure(sessions.open(to(more()), "powershell.exe"));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(words);
    if (code === "hostKeyMismatch" || code === "hostKeyUnknown") expect(error.message).toContain(fingerprintText(pinOf(certificate)));
    expect(host.counters.authentications + host.counters.failedAuthentications).toBe(before);
});

async function listening(answer: string | undefined): Promise<{ port: number; server: Server }> {
    const server = createServer((socket) => {
        socket.on("error", () => undefined).on("data", () => (answer === undefined ? socket.destroy() : socket.end(answer)));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return { port: (server.address() as { port: number }).port, server };
}

test.each<[string, string | undefined, Partial<Connection>, string, RegExp]>([
    ["HTTP on the port of HTTPS", "HTTP/1.1 400 Bad Request\r\n\r\n", {}, "protocol", /does not speak TLS/],
    ["nothing of TLS", undefined, {}, "unreachable", /before TLS was set up/],
    ["no HTTP", "SSH-2.0-OpenSSH\r\n", { scheme: "http" }, "protocol", /HPE_/],
    [
        "a redirect",
        "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
        { scheme: "http" },
        "protocol",
        /HTTP 302/,
    ],
    ["a page", "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nhi", { scheme: "http" }, "protocol", /login/],
    ["no service", "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", { scheme: "http" }, "unreachable", /Get-Service WinRM/],
    [
        "other ways to log in",
        'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm="WSMAN"\r\nContent-Length: 0\r\n\r\n',
        { scheme: "http" },
        "denied",
        /it takes: Basic/,
    ],
    ["a header without end", `HTTP/1.1 200 OK\r\nX: ${"x".repeat(20_000)}`, { scheme: "http" }, "protocol", /HPE_HEADER_OVERFLOW/],
    [
        "more than our side takes",
        `HTTP/1.1 401 No\r\nContent-Length: 2000000\r\n\r\n${"x".repeat(2_000_000)}`,
        { scheme: "http" },
        "protocol",
        /more than 1114112 bytes/,
    ],
    [
        "a compressed answer",
        "HTTP/1.1 401 No\r\nContent-Encoding: gzip\r\nContent-Length: 0\r\n\r\n",
        { scheme: "http" },
        "protocol",
        /compressed/,
    ],
])("is answered with %s", async (_what, answer, more, code, words) => {
    const { port, server } = await listening(answer);
    const connection: Connection = {
        host: "127.0.0.1",
        port,
        user: "svc",
        password: "canary-password",
        transport: "winrm",
        dialErrorLimit: 0,
        ...more,
    };
    const error = await failure(sessions.open(connection, "powershell.exe"));
    server.close();
    expect(error.code).toBe(code);
    expect(error.message).toMatch(words);
    expect(everythingIn(error)).not.toContain("canary");
});

test("is answered with a TLS of long ago", async () => {
    const { certificate, privateKey } = newCertificate({ names: [NAME] });
    const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT:@SECLEVEL=0" } as const;
    const server = createTlsServer({ ...old, cert: certificate, key: privateKey });
    server.on("tlsClientError", () => undefined).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const error = await failure(sessions.open(to({ host: "127.0.0.1", port, dialErrorLimit: 0 }), "powershell.exe"));
    server.close();
    expect(error).toMatchObject({ code: "noCommonAlgorithm", message: expect.stringMatching(/Schannel/) });
});

test("the password gate holds across transports: refused over WinRM, it is not tried over SSH", async () => {
    const other = await startSimulatedHost({});
    const shared = makeServices({ env: {}, home: "/nonexistent", warn: () => undefined });
    const [winrm, ssh] = [new WinrmSessions(shared), new SshSessions(shared)];
    const wrong = { user: "CONTOSO\\svc-other", password: "canary-wrong" };
    try {
        const first = await failure(winrm.open({ ...host.connection, ...wrong }, "powershell.exe"));
        expect(first.code).toBe("denied");
        const second = await failure(ssh.open({ ...other.connection, ...wrong }, "powershell.exe"));
        expect(second.message).toMatch(/was not tried here/);
        expect(other.counters.failedAuthentications).toBe(0);
        expect(everythingIn(first)).not.toContain("canary");
    } finally {
        await Promise.all([winrm.closeAll(), ssh.closeAll()]);
        await other.stop();
    }
});

test.each([
    ["sha256", "sha256"],
    ["sha384", "sha384"],
    ["sha512", "sha512"],
] as const)("a login is bound to a certificate signed by %s by that hash", (hash, expected) => {
    const der = derOf(newCertificate({ names: [NAME], hash }).certificate);
    expect(channelBindingOf(der)).toEqual(Buffer.concat([Buffer.from("tls-server-end-point:"), createHash(expected).update(der).digest()]));
});

test("data that is not a certificate is bound by SHA-256", () => {
    for (const bytes of [Buffer.alloc(0), Buffer.from("3085ffffffffff", "hex"), Buffer.from("junk")])
        expect(channelBindingOf(bytes)).toHaveLength("tls-server-end-point:".length + 32);
});
