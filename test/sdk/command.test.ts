import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import ts from "typescript";
import { newProgram, registered } from "./registered";
import { connection, program } from "./sharedConnection";

const ROOT = resolve(__dirname, "../..");
const OURS = join(ROOT, "sdk/connectionArgs.ts");

test("the version whose types are looked at is the pinned one", () => {
    const installed: unknown = JSON.parse(readFileSync(join(ROOT, "node_modules/@pulumi/command/package.json"), "utf8"));
    // npm's tag `latest` of this package points at an old fork.
    expect(installed).toMatchObject({ name: "@pulumi/command", version: "1.2.1" });
});

describe("one connection object", () => {
    beforeEach(() => newProgram());
    afterAll(() => jest.restoreAllMocks());

    test("says the same to remote.Command and to our resources, and stays as it was", async () => {
        const before = structuredClone(connection);
        const [theirs, ...ours] = await Promise.all(program(connection).map(registered));
        expect(theirs?.type).toBe("command:remote:Command");
        expect(plain(theirs?.inputs["connection"])).toEqual(before);
        expect(ours).toHaveLength(2);
        for (const { inputs } of ours) expect(plain(inputs["connection"])).toEqual(before);
        expect(connection).toEqual(before);
    });
});

/** Without the marks of secrets. */
function plain(value: unknown): unknown {
    if (typeof value !== "object" || value === null) return value;
    if ("secret" in value) return plain(value.secret);
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

describe("the types", () => {
    const text = readFileSync(OURS, "utf8");
    let last: ts.Program | undefined;

    /** What the compiler says of sharedConnection.ts when connectionArgs.ts has this text. */
    function said(ours: string): string[] {
        const { config } = ts.readConfigFile(join(ROOT, "test/tsconfig.json"), ts.sys.readFile);
        const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, join(ROOT, "test"));
        const host = ts.createCompilerHost(options);
        const read = host.getSourceFile;
        host.getSourceFile = (name, ...rest) => {
            if (resolve(name) === OURS) return ts.createSourceFile(name, ours, ts.ScriptTarget.ES2022);
            return last?.getSourceFile(name) ?? read(name, ...rest);
        };
        const program = ts.createProgram([join(__dirname, "sharedConnection.ts")], options, host);
        last ??= program;
        const file = program.getSourceFile(join(__dirname, "sharedConnection.ts"));
        if (file === undefined) throw new Error("sharedConnection.ts was not compiled");
        return program.getSemanticDiagnostics(file).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
    }

    test("are shared as they are", () => expect(said(text)).toEqual([]), 60_000);

    test.each([
        ["a field is renamed", "perDialTimeout?:", "dialTimeout?:"],
        ["a field is gone", "    dialErrorLimit?: pulumi.Input<number> | undefined;\n", ""],
        ["a field has another type", "port?: pulumi.Input<number>", "port?: pulumi.Input<string>"],
        ["a field takes no Output any more", "user?: pulumi.Input<string>", "user?: string"],
        ["a secret is by reference only", "pulumi.Input<string | SecretReference>", "pulumi.Input<SecretReference>"],
        ["a host key is a list only", "pulumi.Input<string | readonly string[]>", "pulumi.Input<readonly string[]>"],
        ["a field of ours is required", "transport?: pulumi", "transport: pulumi"],
        ["a proxy is something else", "pulumi.Input<EndpointArgs>", "pulumi.Input<string>"],
    ])(
        "are not when %s",
        (_what, from, to) => {
            expect(text).toContain(from);
            expect(said(text.replace(from, to))).not.toEqual([]);
        },
        60_000,
    );
});
