import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import type { Connection } from "../../../provider/core/connection";
import { Redaction } from "../../../provider/core/redaction";
import { Secrets } from "../../../provider/sessions/secrets";
import { addressOf } from "../../../provider/sessions/winrm/address";
import { Channel } from "../../../provider/sessions/winrm/channel";
import { channelBindingOf } from "../../../provider/sessions/winrm/channelBinding";
import { createMessage } from "../../../provider/sessions/winrm/envelope";
import { readServerTrust } from "../../../provider/sessions/winrm/serverTrust";
import { readWinrmCredentials, SecureContexts } from "../../../provider/sessions/winrm/winrmCredentials";
import { newCertificate } from "../../../provider/simulator";
import type { SoapElement } from "../../../provider/wsman/soap";
import { failure } from "../../errors";
import { Kdc, noKdc } from "./kdc";

/** Our client against acceptors of logins that nobody here wrote: pyspnego's NTLM, and MIT's Kerberos by a KDC of its own. */

const SCRIPTS = join(__dirname, "../../../scripts");
const made = JSON.parse(execFileSync(process.execPath, [join(SCRIPTS, "winrmPeers.mjs")], { encoding: "utf8", timeout: 600_000 })) as
    | { readonly python: string; readonly noKerberos: string }
    | { readonly missing: string };

const folder = mkdtempSync(join(tmpdir(), "wmisec-acceptor-"));
const processes: ChildProcess[] = [];
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(async () => {
    await Promise.all(
        processes.splice(0).map(async (one) => {
            if (one.exitCode !== null) return;
            one.kill("SIGKILL");
            await once(one, "exit");
        }),
    );
});

const fileOf = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
};

interface Acceptor {
    readonly port: number;
    /** What it tells of the next request. */
    readonly told: () => Promise<Record<string, unknown>>;
}

async function acceptor(python: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Acceptor> {
    const child = spawn(python, [join(__dirname, "acceptor.py"), ...args], {
        env: { ...process.env, ...env },
        stdio: ["ignore", "pipe", "inherit"],
    });
    processes.push(child);
    const lines: AsyncIterator<string> = (createInterface({ input: child.stdout }) as Interface)[Symbol.asyncIterator]();
    const told = async () => JSON.parse(String((await lines.next()).value)) as Record<string, unknown>;
    return { port: Number((await told())["port"]), told };
}

const signal = new AbortController().signal;
const gate = { enter: async () => ({ accepted: () => undefined, denied: () => undefined, unanswered: () => undefined }) };
const limits = { connectMs: 30_000, tlsMs: 30_000, authenticationMs: 60_000 };

async function channelTo(connection: Connection): Promise<Channel> {
    const secrets = new Secrets({ env: {}, home: folder, signal });
    const credentials = await readWinrmCredentials(connection, secrets);
    const address = addressOf(connection);
    const trust = address.isHttps ? await readServerTrust(connection, { env: {}, home: folder, signal }) : undefined;
    const tls = trust && { trust, context: new SecureContexts().contextOf(trust, credentials.certificate) };
    return new Channel({ connection, address, tls, proof: credentials.proof, gate, redaction: new Redaction(), limits, signal });
}

async function exchange(channel: Channel, id: number): Promise<string> {
    const messageId = `uuid:${id}`;
    const text = createMessage({ to: "http://localhost/wsman", messageId, sessionId: "uuid:s", timeoutMs: 30_000, shellId: undefined });
    const answer = (await channel.exchange({ operation: "create", messageId, text }, 30_000)) as SoapElement;
    return answer.children.map(({ name }) => name).join();
}

const NTLM: Connection = { host: "127.0.0.1", user: "CONTOSO\\svc", password: "geheim-ÄÖ€", transport: "winrm" };
const users = () => ({ NTLM_USER_FILE: fileOf("users", "CONTOSO:svc:geheim-ÄÖ€\n") });

function describeWith(title: string, tests: (python: string) => void): void {
    if ("python" in made) describe(title, () => tests(made.python));
    else test.skip(`${title} [skipped: ${made.missing}]`, () => undefined);
}

describeWith("pyspnego's NTLM", (python) => {
    test.each(["ntlm", "negotiate"])("takes our login as %s, and unseals what we seal, both ways, over HTTP", async (protocol) => {
        const peer = await acceptor(python, [protocol], users());
        const channel = await channelTo({ ...NTLM, scheme: "http", port: peer.port });
        for (let id = 1; id <= 3; id++) expect(await exchange(channel, id)).toBe("ResourceCreated");
        channel.destroy();
        expect(await peer.told()).toEqual({ user: "CONTOSO\\svc", protocol: "ntlm" });
        for (let id = 1; id <= 3; id++) expect(await peer.told()).toMatchObject({ sealed: true });
    });

    test("refuses a wrong password, which is in no error", async () => {
        const peer = await acceptor(python, ["ntlm"], users());
        const channel = await channelTo({ ...NTLM, scheme: "http", port: peer.port, password: "canary-wrong" });
        const error = await failure(exchange(channel, 1));
        expect(error.code).toBe("denied");
        expect(error.message).not.toContain("canary");
        expect(await peer.told()).toMatchObject({ refused: expect.any(String) });
    });

    test.each([
        ["the right channel binding", (right: string) => right, "ResourceCreated"],
        ["none", () => "-", "ResourceCreated"],
        ["another channel binding", (right: string) => right.replace(/..$/, (end) => (end === "00" ? "01" : "00")), "denied"],
    ])("wants %s over HTTPS", async (_what, wanted, expected) => {
        const { certificate, privateKey } = newCertificate({ names: ["127.0.0.1"] });
        const [, base64 = ""] = /-----BEGIN CERTIFICATE-----([^-]+)/.exec(certificate) ?? [];
        const binding = wanted(channelBindingOf(Buffer.from(base64, "base64")).toString("hex"));
        const peer = await acceptor(python, ["ntlm", fileOf("cert.pem", certificate), fileOf("key.pem", privateKey), binding], users());
        const channel = await channelTo({ ...NTLM, port: peer.port, caCertificates: certificate });
        const outcome = await exchange(channel, 1).catch((error: { code: string }) => error.code);
        channel.destroy();
        expect(outcome).toBe(expected);
        if (expected !== "denied") expect([await peer.told(), await peer.told()]).toMatchObject([{ protocol: "ntlm" }, { sealed: false }]);
    });
});

/** By the package as it is built, in a process of its own. */
async function kerberosClient(
    connection: Partial<Connection>,
    env: NodeJS.ProcessEnv,
): Promise<{ answers?: string[]; code?: string; message?: string }> {
    const told = JSON.stringify({ host: "localhost", user: "WMISEC\\svc", transport: "winrm", ...connection });
    const client = spawn(process.execPath, [join(__dirname, "kerberosClient.cjs"), told], { env, stdio: ["ignore", "pipe", "inherit"] });
    processes.push(client);
    let said = "";
    client.stdout.on("data", (chunk: Buffer) => {
        said += chunk.toString();
    });
    await once(client, "close");
    return JSON.parse(said) as { answers?: string[]; code?: string; message?: string };
}

const DONE = { answers: ["ResourceCreated", "ResourceCreated", "ResourceCreated"] };
const why = "missing" in made ? made.missing : made.noKerberos || noKdc();

(why === undefined ? describe : describe.skip)(`MIT's Kerberos${why === undefined ? "" : ` [skipped: ${why}]`}`, () => {
    const python = "python" in made ? made.python : "";
    let kdc: Kdc;
    beforeAll(async () => {
        kdc = await Kdc.start(["HTTP/localhost", "WSMAN/127.0.0.1"]);
    });
    afterAll(() => kdc.stop());

    test("takes our ticket, and unseals what we seal, both ways, over HTTP", async () => {
        const peer = await acceptor(python, ["negotiate"], kdc.env);
        expect(await kerberosClient({ scheme: "http", port: peer.port }, kdc.env)).toEqual(DONE);
        expect(await peer.told()).toEqual({ user: "svc@WMISEC.TEST", protocol: "kerberos" });
        expect(await peer.told()).toMatchObject({ sealed: true });
    });

    test.each([
        ["the right channel binding", (right: string) => right, DONE],
        ["another channel binding", (right: string) => right.replace(/..$/, (end) => (end === "00" ? "01" : "00")), { code: "denied" }],
    ])("wants %s over HTTPS", async (_what, wanted, expected) => {
        const { certificate, privateKey } = newCertificate({ names: ["localhost"] });
        const [, base64 = ""] = /-----BEGIN CERTIFICATE-----([^-]+)/.exec(certificate) ?? [];
        const binding = wanted(channelBindingOf(Buffer.from(base64, "base64")).toString("hex"));
        const files = [fileOf("kcert.pem", certificate), fileOf("kkey.pem", privateKey)];
        const peer = await acceptor(python, ["negotiate", ...files, binding], kdc.env);
        expect(await kerberosClient({ port: peer.port, caCertificates: certificate }, kdc.env)).toMatchObject(expected);
    });

    test.each<[string, Partial<Connection>, NodeJS.ProcessEnv, string, RegExp]>([
        ["no ticket", {}, { KRB5CCNAME: "/nonexistent" }, "secretUnavailable", /kinit/],
        ["a ticket of somebody else", { user: "other" }, {}, "secretUnavailable", /svc@WMISEC\.TEST's/],
        ["a service that nobody knows", { servicePrincipal: "HTTP/nobody" }, {}, "denied", /setspn/],
    ])("says what to do about %s", async (_what, connection, env, code, words) => {
        const peer = await acceptor(python, ["negotiate"], kdc.env);
        const told = await kerberosClient({ scheme: "http", port: peer.port, ...connection }, { ...kdc.env, ...env });
        expect(told).toMatchObject({ code, message: expect.stringMatching(words) });
    });

    test("says what to do about a KDC that is silent", async () => {
        const peer = await acceptor(python, ["negotiate"], kdc.env);
        const told = await kerberosClient({ scheme: "http", port: peer.port, servicePrincipal: "WSMAN/other" }, kdc.envWithoutKdc);
        expect(told).toMatchObject({ code: "unreachable", message: expect.stringMatching(/port 88/) });
    });

    test("asks for WSMAN/ where the KDC does not know HTTP/, and not where the program names a service", async () => {
        const peer = await acceptor(python, ["negotiate"], kdc.env);
        // Of this name the KDC knows WSMAN/ alone.
        const connection = { scheme: "http", host: "127.0.0.1", port: peer.port } as const;
        expect(await kerberosClient(connection, kdc.env)).toEqual(DONE);
        const named = await kerberosClient({ ...connection, servicePrincipal: "HTTP/127.0.0.1" }, kdc.env);
        expect(named).toMatchObject({ code: "denied", message: expect.stringMatching(/setspn/) });
    });
});
