import * as pulumi from "@pulumi/pulumi";
import { connectionSchema, SECRET_FIELDS } from "../../provider/core/connection";
import { CONNECTION_FIELDS, ENDPOINT_FIELDS } from "../../provider/core/connection/fields";
import { withSecretsMarked } from "../../provider/plugin/secretOutputs";
import * as wmisec from "../../sdk";
import { newProgram, registered } from "./registered";

beforeEach(() => newProgram());
afterAll(() => jest.restoreAllMocks());

let programs = 0;

/** The connection as the engine gets it; an inline secret shows as `{ secret }`. */
async function sent(connection: pulumi.Input<wmisec.ConnectionArgs>): Promise<unknown> {
    programs += 1;
    return (await registered(new wmisec.UnsecAppPolicy(`x${programs}`, { connection, checkAccess: true }))).inputs["connection"];
}

/** The same connection, known at once and known later: both must come to the same. */
const times: [string, <T extends object>(connection: T) => pulumi.Input<T>][] = [
    ["known at once", (connection) => connection],
    ["an Output", (connection) => pulumi.output(connection) as pulumi.Input<typeof connection>],
    ["a Promise", (connection) => Promise.resolve(connection)],
];

describe.each(times)("a connection that is %s", (when, given) => {
    const late = when !== "known at once";

    test("has each inline secret wrapped by itself, and nothing else", async () => {
        const secrets = { password: "p", privateKey: "k", privateKeyPassword: "o" };
        expect(await sent(given({ host: "h", user: "u", port: 22, hostKey: "SHA256:x", agentSocketPath: "/a", ...secrets }))).toEqual({
            host: "h",
            user: "u",
            port: 22,
            hostKey: "SHA256:x",
            agentSocketPath: "/a",
            password: { secret: "p" },
            privateKey: { secret: "k" },
            privateKeyPassword: { secret: "o" },
        });
    });

    test("keeps references plain: they name a place", async () => {
        const references = { password: { env: "P" }, privateKey: { file: "~/k" }, privateKeyPassword: { command: ["vault", "read"] } };
        expect(await sent(given({ host: "h", ...references }))).toEqual({ host: "h", ...references });
    });

    test("does the same in a proxy", async () => {
        const endpoint = { host: "j", user: "u", privateKeyPassword: { env: "O" } };
        const proxy = { ...endpoint, password: "p", privateKey: "k" };
        const wrapped = { ...endpoint, password: { secret: "p" }, privateKey: { secret: "k" } };
        // Of a proxy that may not be there at all the fields can't be wrapped one by one.
        expect(await sent(given({ host: "h", proxy }))).toEqual({ host: "h", proxy: late ? { secret: proxy } : wrapped });
        expect(await sent(given({ host: "h", proxy: endpoint }))).toEqual({ host: "h", proxy: endpoint });
    });

    test("takes fields that it does not have from the configuration", async () => {
        await newProgram({ "wmisec:host": "ch", "wmisec:user": "cu", "wmisec:port": "2222", "wmisec:passwordEnv": "CP" });
        expect(await sent(given({ host: "h" }))).toEqual({ host: "h", user: "cu", port: 2222, password: { env: "CP" } });
    });

    test.each([["password"], ["privateKey"], ["privateKeyPassword"], ["agentSocketPath"]] as const)(
        "that brings %s gets no credential from the configuration, and everything else",
        async (field) => {
            await newProgram({ ...CONFIGURED_CREDENTIALS, "wmisec:user": "cu" });
            const value = field === "agentSocketPath" ? "/mine" : { env: "MINE" };
            expect(await sent(given({ host: "h", [field]: value }))).toEqual({ host: "h", user: "cu", [field]: value });
        },
    );

    test("that brings no credential gets all that the configuration has", async () => {
        await newProgram(CONFIGURED_CREDENTIALS);
        expect(await sent(given({ host: "h", password: undefined }))).toEqual({
            host: "h",
            password: { secret: "cp" },
            privateKey: { file: "~/ck" },
            privateKeyPassword: { command: ["vault", "read"] },
            agentSocketPath: "/ca",
        });
    });

    test.each([
        ["hostKey", "SHA256:mine"],
        ["knownHostsFile", "~/mine"],
    ] as const)("that says by %s whom to trust is not told by the configuration to trust others", async (field, value) => {
        await newProgram({ "wmisec:hostKey": "insecure-accept-any", "wmisec:knownHostsFile": "~/configured", "wmisec:user": "cu" });
        expect(await sent(given({ host: "h", [field]: value }))).toEqual({ host: "h", user: "cu", [field]: value });
        expect(await sent(given({ host: "h" }))).toEqual({
            host: "h",
            user: "cu",
            hostKey: "insecure-accept-any",
            knownHostsFile: "~/configured",
        });
    });

    test("gets a configured line that begins with a bracket as it is, and a JSON list as a list", async () => {
        const line = "[10.0.0.7]:2222 ssh-ed25519 AAAA";
        await newProgram({ "wmisec:hostKey": line });
        expect(await sent(given({ host: "h" }))).toEqual({ host: "h", hostKey: line });
        await newProgram({ "wmisec:hostKey": `[ ${JSON.stringify(line)}]` });
        expect(await sent(given({ host: "h" }))).toEqual({ host: "h", hostKey: [line] });
    });

    const PROXY = { host: "cj", user: "cu", privateKey: { env: "K" } };

    test("that brings no proxy gets the configuration's", async () => {
        await newProgram({ "wmisec:proxy": JSON.stringify(PROXY) });
        expect(await sent(given({ host: "h" }))).toEqual({ host: "h", proxy: PROXY });
    });

    test("with a proxy gets nothing from the configuration's proxy", async () => {
        await newProgram({ "wmisec:proxy": JSON.stringify(PROXY) });
        expect(await sent(given({ host: "h", proxy: { host: "j" } }))).toEqual({ host: "h", proxy: { host: "j" } });
    });
});

describe("no inline secret is plain text in the state", () => {
    /** Found by what the schema lets through, not by what the table calls a secret. */
    const secretFields = Object.entries(ENDPOINT_FIELDS).flatMap(([name, { schema }]) =>
        schema.safeParse({ env: "X" }).success ? [name] : [],
    );
    const secrets = Object.fromEntries(secretFields.map((name) => [name, `canary of ${name}`]));
    const canaries = Object.values(secrets);
    const both = { host: "h", user: "u", ...secrets, proxy: { host: "j", user: "u", ...secrets } };

    test("all are known", () => {
        expect(secretFields).toEqual(["password", "privateKey", "privateKeyPassword"]);
        expect(SECRET_FIELDS).toEqual([...secretFields, "clientCertificate"]);
    });

    test.each(times)("of a connection that is %s", async (_when, given) => {
        const inputs = await sent(given(both));
        expect(secretsIn(inputs)).toEqual(expect.arrayContaining(canaries));
        expect(JSON.stringify(withoutSecrets(inputs))).not.toContain("canary");
    });

    test("of the stack's configuration", async () => {
        await newProgram(Object.fromEntries(secretFields.map((name) => [`wmisec:${name}`, secrets[name] ?? ""])));
        expect(secretsIn(await sent({ host: "h" }))).toEqual(canaries);
        await newProgram({ "wmisec:proxy": JSON.stringify({ host: "j", ...secrets }) });
        const inputs = await sent({ host: "h" });
        expect(secretsIn(inputs)).toEqual(canaries);
        expect(JSON.stringify(withoutSecrets(inputs))).not.toContain("canary");
    });

    test("of WinRM's own fields", async () => {
        expect(secretsIn(await sent({ transport: "winrm", clientCertificate: "canary" }))).toEqual(["canary"]);
        expect(JSON.stringify(withSecretsMarked({ connection: { clientCertificate: "canary" } }))).toContain('"value":"canary"');
    });

    test("of outputs, with a host that was moved away from", () => {
        const connection = connectionSchema.parse(both);
        const marked = JSON.stringify(withSecretsMarked({ connection, unreleased: [{ connection }] }));
        const signed = (canary: string) => `"1b47061264138c4ac30d75fd1eb44270","value":"${canary}"`;
        // Of two connections and their jump hosts.
        for (const canary of canaries) expect([marked.split(signed(canary)).length, marked.split(`"${canary}"`).length]).toEqual([5, 5]);
    });

    test.each(["connection", "proxy", "password", "memory", "web01"])("of a fleet's host that is named %s", (name) => {
        const connection = connectionSchema.parse(both);
        const marked = JSON.stringify(withSecretsMarked({ connection: { user: "u" }, hosts: { [name]: { connection } } }));
        const signed = (canary: string) => `"1b47061264138c4ac30d75fd1eb44270","value":"${canary}"`;
        for (const canary of canaries) expect([marked.split(signed(canary)).length, marked.split(`"${canary}"`).length]).toEqual([3, 3]);
    });
});

function secretsIn(value: unknown): unknown[] {
    if (typeof value !== "object" || value === null) return [];
    return "secret" in value ? leaves(value.secret) : Object.values(value).flatMap(secretsIn);
}

const leaves = (value: unknown): unknown[] =>
    typeof value === "object" && value !== null ? Object.values(value).flatMap(leaves) : [value];

function withoutSecrets(value: unknown): unknown {
    if (typeof value !== "object" || value === null) return value;
    return "secret" in value ? "secret" : Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutSecrets(inner)]));
}

const CONFIGURED_CREDENTIALS = {
    "wmisec:password": "cp",
    "wmisec:privateKeyFile": "~/ck",
    "wmisec:privateKeyPasswordCommand": `["vault", "read"]`,
    "wmisec:agentSocketPath": "/ca",
};

test("fields that are known later are sent as fields that are known at once", async () => {
    const proxy = pulumi.output({ host: "j", password: { env: "P" } });
    const late = { host: pulumi.output("h"), password: pulumi.output("p"), privateKey: Promise.resolve({ env: "K" }), proxy };
    expect(await sent(late)).toEqual({
        host: "h",
        password: { secret: "p" },
        privateKey: { env: "K" },
        proxy: { host: "j", password: { env: "P" } },
    });
    expect(await sent({ host: "h", proxy: pulumi.output({ host: "j", password: "p" }) })).toEqual({
        host: "h",
        proxy: { secret: { host: "j", password: "p" } },
    });
});

test("a field that is known later and turns out not to be there keeps nothing of the configuration away", async () => {
    await newProgram({ "wmisec:hostKey": "SHA256:c", "wmisec:passwordEnv": "CP" });
    const nothing = pulumi.output(undefined) as unknown as pulumi.Output<string>;
    expect(await sent({ host: "h", knownHostsFile: nothing, agentSocketPath: nothing })).toEqual({
        host: "h",
        hostKey: "SHA256:c",
        password: { env: "CP" },
    });
    expect(await sent({ host: "h", knownHostsFile: pulumi.output("~/mine") })).toEqual({
        host: "h",
        knownHostsFile: "~/mine",
        password: { env: "CP" },
    });
});

test("a secret that the program wrapped itself is wrapped once", async () => {
    expect(await sent({ host: "h", password: pulumi.secret("p") })).toEqual({ host: "h", password: { secret: "p" } });
});

describe("stack configuration", () => {
    const KEY_LINES = ["SHA256:a", "SHA256:b"];

    test.each<[field: string, config: Record<string, string>, value: unknown]>([
        ["host", { host: "web-07" }, "web-07"],
        ["port", { port: "2222" }, 2222],
        ["user", { user: "CONTOSO\\svc" }, "CONTOSO\\svc"],
        ["agentSocketPath", { agentSocketPath: "/run/agent" }, "/run/agent"],
        ["hostKey", { hostKey: "SHA256:a" }, "SHA256:a"],
        ["hostKey", { hostKey: JSON.stringify(KEY_LINES) }, KEY_LINES],
        ["knownHostsFile", { knownHostsFile: "known_hosts" }, "known_hosts"],
        ["dialErrorLimit", { dialErrorLimit: "-1" }, -1],
        ["perDialTimeout", { perDialTimeout: "0" }, 0],
        ["transport", { transport: "ssh" }, "ssh"],
        ...["password", "privateKey", "privateKeyPassword"].flatMap((field): [string, Record<string, string>, unknown][] => [
            [field, { [field]: "inline" }, { secret: "inline" }],
            [field, { [`${field}Env`]: "NAME" }, { env: "NAME" }],
            [field, { [`${field}File`]: "~/file" }, { file: "~/file" }],
            [field, { [`${field}Command`]: `["vault", "read"]` }, { command: ["vault", "read"] }],
        ]),
    ])("has a default for %s: %j", async (field, config, value) => {
        await newProgram(Object.fromEntries(Object.entries(config).map(([key, text]) => [`wmisec:${key}`, text])));
        expect(await sent({})).toEqual({ [field]: value });
    });

    test.each<[field: string, text: string, value: unknown]>([
        ["scheme", "http", "http"],
        ["authentication", "ntlm", "ntlm"],
        ["serverCertificate", "SHA256:a", "SHA256:a"],
        ["serverCertificate", JSON.stringify(KEY_LINES), KEY_LINES],
        ["caCertificates", "PEM", "PEM"],
        ["caFile", "~/ca.pem", "~/ca.pem"],
        ["serverName", "web-07", "web-07"],
        ["clientCertificateFile", "~/me.pem", { file: "~/me.pem" }],
        ["servicePrincipal", "HTTP/web-07", "HTTP/web-07"],
        ["path", "other", "other"],
    ])("has a default for WinRM's %s, for connections over WinRM alone", async (key, text, value) => {
        const field = key.replace(/File$/, key === "caFile" ? "File" : "");
        await newProgram({ [`wmisec:${key}`]: text });
        expect(await sent({ transport: "winrm" })).toEqual({ transport: "winrm", [field]: value });
        expect(await sent({ transport: pulumi.output("winrm" as const) })).toEqual({ transport: "winrm", [field]: value });
        expect(await sent({ host: "h" })).toEqual({ host: "h" });
        await newProgram({ [`wmisec:${key}`]: text, "wmisec:transport": "winrm" });
        expect(await sent({})).toEqual({ transport: "winrm", [field]: value });
    });

    test("has defaults of SSH that connections over WinRM have no use for", async () => {
        await newProgram({
            "wmisec:hostKey": "SHA256:a",
            "wmisec:agentSocketPath": "/a",
            "wmisec:user": "u",
            "wmisec:proxy": `{"host":"j"}`,
        });
        expect(await sent({ transport: "winrm" })).toEqual({ transport: "winrm", user: "u" });
    });

    test("has a key for every field", async () => {
        await newProgram({ "wmisec:zzzzzzzzzzzz": "x" });
        const warn = jest.spyOn(pulumi.log, "warn").mockResolvedValue();
        await sent({});
        const [told = ""] = warn.mock.calls.map(([text]) => text);
        for (const field of Object.keys(CONNECTION_FIELDS)) expect(told).toMatch(new RegExp(`wmisec:${field}\\b`));
    });

    test("a secret of it stays one", async () => {
        await newProgram({ "wmisec:password": "p" }, ["wmisec:password"]);
        expect(await sent({ host: "h" })).toEqual({ host: "h", password: { secret: "p" } });
    });

    test("may have a proxy's secrets inline", async () => {
        const secrets = { password: "p", privateKey: "k", privateKeyPassword: { file: "~/o" } };
        await newProgram({ "wmisec:proxy": JSON.stringify({ host: "j", ...secrets }) });
        expect(await sent({})).toEqual({
            proxy: { host: "j", password: { secret: "p" }, privateKey: { secret: "k" }, privateKeyPassword: { file: "~/o" } },
        });
    });

    test("of another package or project says nothing to us", async () => {
        await newProgram({ "fleet:user": "u", "other:password": "p", user: "v" });
        expect(await sent({ host: "h" })).toEqual({ host: "h" });
    });

    test("keys of ours that we do not know are told, each once, without their values", async () => {
        await newProgram({
            "wmisec:pasword": "hunter2",
            "wmisec:tags": "hunter2",
            "wmisec:host": "h",
            "wmisec:passwordEnv": "P",
            "other:usr": "x",
        });
        const warn = jest.spyOn(pulumi.log, "warn").mockResolvedValue();
        await sent({ user: "u" });
        await sent({ user: "u" });
        expect(warn.mock.calls.map(([text]) => text)).toEqual([
            "the stack's configuration has wmisec:pasword, which pulumi-wmisec does not know; did you mean wmisec:password?",
            expect.stringMatching(
                /wmisec:tags, which pulumi-wmisec does not know; it knows wmisec:host, wmisec:port,.* wmisec:clientCertificateCommand$/,
            ),
        ]);
    });

    test("its credentials are not for a proxy of the program's", async () => {
        await newProgram({ "wmisec:user": "u", "wmisec:password": "p" });
        expect(await sent({ host: "h", proxy: { host: "j", user: "j" } })).toEqual({
            host: "h",
            user: "u",
            password: { secret: "p" },
            proxy: { host: "j", user: "j" },
        });
    });
});

test.each<[string, object]>([
    ["a misspelt field", { host: "j", privatKey: { file: "~/k" } }],
    ["a misspelt field of the connection itself", { host: "j", transport: "openssh" }],
])("a proxy with %s goes to the provider's check as it is", async (_what, proxy) => {
    expect(await sent({ host: "h", proxy: proxy as wmisec.EndpointArgs })).toEqual({ host: "h", proxy });
});

test("a proxy that is no object goes to the provider's check as it is", async () => {
    expect(await sent({ host: "h", proxy: "jump" as unknown as wmisec.EndpointArgs })).toEqual({ host: "h", proxy: "jump" });
});
