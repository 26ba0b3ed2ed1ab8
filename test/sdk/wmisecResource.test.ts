import { mkdtempSync, readFileSync, realpathSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { runtime } from "@pulumi/pulumi";
import * as wmisec from "../../sdk";
import * as native from "../../sdk/native";
import { outputTextsOf } from "../docs/schemaTexts";
import { newProgram, ORGANIZATION, type Registered, registered } from "./registered";

beforeEach(() => newProgram());
afterAll(() => jest.restoreAllMocks());

const GOLDEN = join(__dirname, "../golden/sdk");
const golden = (file: string): string => readFileSync(join(GOLDEN, file), "utf8");

/** Everything that can be given, inline secrets and references mixed. */
const CONNECTION: wmisec.ConnectionArgs = {
    host: "web-07.contoso.test",
    port: 2222,
    user: "CONTOSO\\svc-pulumi",
    password: "an inline password",
    privateKey: { file: "~/.ssh/fleet" },
    privateKeyPassword: { command: ["vault", "read", "fleet"] },
    agentSocketPath: "/run/agent.sock",
    hostKey: ["SHA256:AAAA", "SHA256:BBBB"],
    knownHostsFile: "known_hosts",
    dialErrorLimit: 0,
    perDialTimeout: 5,
    transport: "ssh",
    proxy: { host: "jump.contoso.test", user: "jump", privateKey: "an inline key", privateKeyPassword: { env: "JUMP" } },
};

/** Inputs that are outputs, too. */
const GIVEN: readonly string[] = ["connection", "owner", "checkAccess", "namespaces"];

const programs: [string, () => pulumi.Resource][] = [
    [
        "wmiNamespaceSecurity",
        () =>
            new wmisec.WmiNamespaceSecurity("web-07", {
                connection: CONNECTION,
                namespaces: {
                    "root/cimv2": { requiresEncryption: true },
                    "root/Contoso": { requiresEncryption: true, definitionMof: pulumi.output("C:\\Contoso\\contoso.mof") },
                    "ROOT\\MicrosoftDNS": { requiresEncryption: pulumi.output(false), whenMissing: "skip" },
                },
                autorecover: true,
                compiler: "api",
                onDelete: "leave",
                unreachable: "keep",
                evidence: { since: "24h" },
            }),
    ],
    ["unsecAppPolicy", () => new wmisec.UnsecAppPolicy("web-07", { connection: { host: "web-07", user: "svc" }, checkAccess: true })],
];

test.each(programs)("golden: what %s registers", async (file, program) => {
    const { type, name, inputs } = await registered(program());
    expect(`${JSON.stringify({ type, name, inputs }, null, 4)}\n`).toBe(golden(`${file}.json`));
});

test.each(["WmiNamespaceSecurity", "UnsecAppPolicy"])(
    "golden: the text in __provider of %s is frozen and under 120 bytes",
    async (kind) => {
        const resource =
            kind === "UnsecAppPolicy"
                ? new wmisec.UnsecAppPolicy("x", { connection: {}, checkAccess: true })
                : new wmisec.WmiNamespaceSecurity("x", { connection: {}, namespaces: {} });
        const { inputs } = await registered(resource);
        const frozen = golden("provider.txt").split("\n");
        expect(frozen).toContain(inputs["__provider"]);
        expect(inputs["__provider"]).toContain(`"${kind}"`);
        expect(Buffer.byteLength(String(inputs["__provider"]))).toBeLessThan(120);
    },
);

test("the text in __provider finds a handler for its kind", () => {
    for (const line of golden("provider.txt").trim().split("\n")) {
        const exported: { handler?: () => Record<string, unknown> } = {};
        new Function("exports", "require", line)(exported, (path: string) => {
            expect(path).toBe("pulumi-wmisec/provider");
            return { handler: (kind: string) => ({ kind }) };
        });
        expect(line).toContain(`"${exported.handler?.()["kind"]}"`);
    }
});

test("the args object and what is in it stay as they were, also when used twice", async () => {
    const args = deepFrozen({ connection: structuredClone(CONNECTION), namespaces: { "root/cimv2": { requiresEncryption: true } } });
    const before = JSON.stringify(args);
    const [first, second] = [new wmisec.WmiNamespaceSecurity("a", args), new wmisec.WmiNamespaceSecurity("b", args)];
    const { owner: _, ...one } = (await registered(first)).inputs;
    const { owner: __, ...two } = (await registered(second)).inputs;
    expect(one).toEqual(two);
    expect(JSON.stringify(args)).toBe(before);
});

describe.each([
    ["dynamic", wmisec],
    ["native", native],
] as const)("in the classes of the %s head", (_head, { UnsecAppPolicy, WmiNamespaceSecurity, FleetEncryptionPolicy }) => {
    test.each([
        ["UnsecAppPolicy", () => new UnsecAppPolicy("x", { connection: {}, checkAccess: true })],
        ["WmiNamespaceSecurity", () => new WmiNamespaceSecurity("x", { connection: {}, namespaces: {} })],
        ["FleetEncryptionPolicy", () => new FleetEncryptionPolicy("x", { hosts: {} })],
    ])("every output of %s is there, also what only the host can tell, and none is registered as an input", async (name, make) => {
        const resource = make();
        const all = Object.keys(outputTextsOf(name));
        expect(all.filter((output) => !pulumi.Output.isInstance(Reflect.get(resource, output)))).toEqual([]);
        const { inputs } = await registered(resource);
        expect(all.filter((output) => output in inputs && !GIVEN.includes(output))).toEqual([]);
    });
});

describe("owner", () => {
    const policy = (name: string, parent?: pulumi.Resource) =>
        new wmisec.UnsecAppPolicy(name, { connection: {}, checkAccess: true }, parent === undefined ? {} : { parent });
    const component = (type: string, name: string) => new pulumi.ComponentResource(type, name);
    const ownerOf = ({ inputs }: Registered): unknown => inputs["owner"];

    test("is the organization and the URN: project, stack, type, name", async () => {
        expect(ownerOf(await registered(policy("web-07")))).toBe(
            "acme/urn:pulumi:prod::fleet::pulumi-nodejs:dynamic/wmisec:UnsecAppPolicy::web-07",
        );
    });

    test("names the parents' types", async () => {
        const outer = component("contoso:index:Site", "berlin");
        const inner = new pulumi.ComponentResource("contoso:index:Rack", "r1", {}, { parent: outer });
        expect(ownerOf(await registered(policy("web-07", inner)))).toBe(
            "acme/urn:pulumi:prod::fleet::contoso:index:Site$contoso:index:Rack$pulumi-nodejs:dynamic/wmisec:UnsecAppPolicy::web-07",
        );
    });

    test("differs between children of one name wherever Pulumi lets both exist", async () => {
        const site = component("contoso:index:Site", "berlin");
        const all = [
            policy("web-07"),
            policy("web-07", site),
            policy("web-07", component("contoso:index:Lab", "berlin")),
            policy("web-08", site),
        ];
        const urns = await Promise.all(all.map((resource) => urnOf(resource)));
        expect(new Set(urns).size).toBe(all.length);
        expect(await Promise.all(all.map(ownerInState))).toEqual(urns.map((urn) => `${ORGANIZATION}/${urn}`));
    });

    test("does not make a child depend on its parent", async () => {
        expect((await registered(policy("child", policy("parent")))).dependsOn).toEqual([]);
    });

    const urnOf = (resource: pulumi.Resource) => new Promise<string>((resolve) => resource.urn.apply(resolve));
    /** The mocks' state is what was registered. */
    const ownerInState = (resource: wmisec.UnsecAppPolicy) => new Promise<string>((resolve) => resource.owner.apply(resolve));
});

describe("a program in a folder without the package", () => {
    const home = process.cwd();
    const folder = realpathSync(mkdtempSync(join(tmpdir(), "wmisec-empty-")));
    beforeEach(() => {
        process.chdir(folder);
        // With mocks no plugin will look for the package.
        jest.spyOn(runtime, "getMonitor").mockReturnValue(undefined);
    });
    afterEach(() => process.chdir(home));
    afterAll(() => rmdirSync(folder));

    test.each([
        ["WmiNamespaceSecurity", () => new wmisec.WmiNamespaceSecurity("x", { connection: {}, namespaces: {} })],
        ["UnsecAppPolicy", () => new wmisec.UnsecAppPolicy("x", { connection: {}, checkAccess: true })],
    ])("is told so by %s at once, with the folder and what to do", (_kind, make) => {
        expect(make).toThrow(`the engine would not find pulumi-wmisec from ${folder}: add it to your project (npm install pulumi-wmisec)`);
    });

    test("is told so after a program in another folder, which has it", () => {
        const make = () => new wmisec.UnsecAppPolicy("x", { connection: {}, checkAccess: true });
        process.chdir(home);
        make();
        process.chdir(folder);
        expect(make).toThrow("the engine would not find pulumi-wmisec");
    });
});

test("the option import is refused in words, without a stack", () => {
    const make = () => new wmisec.UnsecAppPolicy("web-07", { connection: {}, checkAccess: true }, { import: "x" });
    expect(make).toThrow(/^UnsecAppPolicy web-07: the option import is not supported/);
    expect(make).toThrow(pulumi.RunError);
});

function deepFrozen<T>(value: T): T {
    if (typeof value === "object" && value !== null) for (const inner of Object.values(value)) deepFrozen(inner);
    return Object.freeze(value);
}
