import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Connection } from "../../../provider/core/connection";
import { makeServices } from "../../../provider/sessions/services";
import { WinrmSessions } from "../../../provider/sessions/winrm/winrmSessions";
import { newCertificate } from "../../../provider/simulator";
import { MUTUAL_TLS } from "../../../provider/wsman/names";
import { failure } from "../../errors";
import { eventually } from "../common";

/** Windows asks for a certificate behind the request, by renegotiation: so does openssl's server when it is told to. */

const folder = mkdtempSync(join(tmpdir(), "wmisec-certificate-"));
const server = newCertificate({ names: ["127.0.0.1"] });
const client = newCertificate({ names: ["wmisec-client"] });
const sessions = new WinrmSessions(makeServices({ env: {}, home: folder, warn: () => undefined }));
let openssl: ChildProcess | undefined;

afterAll(async () => {
    openssl?.kill("SIGKILL");
    await sessions.closeAll();
    rmSync(folder, { recursive: true, force: true });
});

const fileOf = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
};

async function freePort(): Promise<number> {
    const listener = createServer().listen(0, "127.0.0.1");
    await once(listener, "listening");
    const { port } = listener.address() as AddressInfo;
    listener.close();
    return port;
}

function hasOpenssl(): boolean {
    try {
        return execFileSync("openssl", ["version"], { encoding: "utf8", stdio: "pipe" }).startsWith("OpenSSL 3");
    } catch {
        // The test that is skipped says so.
        return false;
    }
}

const title = "shows its certificate when it is asked for it behind the request";
(hasOpenssl() ? test : test.skip)(`${title}${hasOpenssl() ? "" : " [skipped: there is no openssl 3 on the PATH]"}`, async () => {
    const port = await freePort();
    const files = ["-cert", fileOf("server.pem", server.certificate), "-key", fileOf("server.key", server.privateKey)];
    const asking = ["-tls1_2", "-no_resumption_on_reneg", "-no_ticket", "-CAfile", fileOf("client.pem", client.certificate), "-crlf"];
    const started = spawn("openssl", ["s_server", "-accept", `127.0.0.1:${port}`, ...files, ...asking], {
        stdio: "pipe",
    });
    openssl = started;
    let said = "";
    for (const stream of [started.stdout, started.stderr])
        stream.on("data", (chunk: Buffer) => {
            said += chunk.toString("latin1");
        });
    await eventually(() => said.includes("ACCEPT"), "openssl listens");
    const connection: Connection = {
        ...{ host: "127.0.0.1", port, user: "svc", transport: "winrm", caCertificates: server.certificate, dialErrorLimit: 0 },
        ...{ authentication: "certificate", clientCertificate: client.certificate, privateKey: client.privateKey },
    };
    const opening = failure(sessions.open(connection, "powershell.exe"));
    await eventually(() => said.includes("</s:Envelope>"), "our message");
    expect(said).toContain(`Authorization: ${MUTUAL_TLS}`);
    expect(said).not.toContain("wmisec-client");
    started.stdin.write("R\n");
    await eventually(() => said.includes("wmisec-client"), "our certificate");
    started.stdin.write("HTTP/1.1 403 Forbidden\nContent-Length: 0\n\n");
    expect(await opening).toMatchObject({ code: "denied" });
});

test.each([
    ["a certificate that is none", { clientCertificate: "canary" }, /is no certificate/],
    ["a key that is none", { privateKey: "canary" }, /no key in PEM/],
    ["the key of another certificate", { privateKey: server.privateKey }, /is not the key of/],
])("%s is told before anything is sent", async (_what, more, words) => {
    const connection: Connection = {
        ...{ host: "127.0.0.1", port: 1, user: "svc", transport: "winrm", authentication: "certificate" },
        ...{ clientCertificate: client.certificate, privateKey: client.privateKey, ...more },
    };
    const error = await failure(sessions.open(connection, "powershell.exe"));
    expect(error.code).toBe("invalidInput");
    expect(error.message).toMatch(words);
    expect(error.message).not.toContain("canary");
});
