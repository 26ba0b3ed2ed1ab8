import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { compile, ROOT } from "../compile";
import { newProgram, registered } from "./registered";
import { connection, program } from "./sharedConnection";

const OURS = "sdk/connectionArgs.ts";
const SHARED = "test/sdk/sharedConnection.ts";

test("the version whose types are looked at is the pinned one", () => {
    const installed: unknown = JSON.parse(readFileSync(join(ROOT, "node_modules/@pulumi/command/package.json"), "utf8"));
    // npm's tag `latest` of this package points at an old fork.
    expect(installed).toMatchObject({ name: "@pulumi/command", version: "1.2.1" });
});

describe("one connection object", () => {
    beforeEach(() => newProgram());
    afterAll(() => jest.restoreAllMocks());

    test("means the same to remote.Command and to our resources, and is not changed", async () => {
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
    const mistakes: readonly (readonly [string, string, string])[] = [
        ["a field is renamed", "perDialTimeout?:", "dialTimeout?:"],
        ["a field is gone", "    dialErrorLimit?: pulumi.Input<number> | undefined;\n", ""],
        ["a field has another type", "port?: pulumi.Input<number>", "port?: pulumi.Input<string>"],
        ["a field takes no Output any more", "user?: pulumi.Input<string>", "user?: string"],
        ["a secret is by reference only", "pulumi.Input<string | SecretReference>", "pulumi.Input<SecretReference>"],
        ["a host key is a list only", "pulumi.Input<string | readonly string[]>", "pulumi.Input<readonly string[]>"],
        ["a field of ours is required", "transport?: pulumi", "transport: pulumi"],
        ["a proxy is something else", "pulumi.Input<EndpointArgs>", "pulumi.Input<string>"],
    ];
    const textOf = (file: string) => readFileSync(join(ROOT, file), "utf8");
    const copyOf = (index: number) => SHARED.replace(/\.ts$/, `${index}.ts`);
    let complained: ReadonlySet<string>;

    /** One program for all: with each mistake, and with none, there is a copy of the whole sdk, and of what shares its types. */
    const copies = [...mistakes, ["nothing", "", ""] as const];

    beforeAll(() => {
        const sdk = readdirSync(join(ROOT, "sdk")).filter((file) => file.endsWith(".ts"));
        const texts = copies.flatMap(([, from, to], index) => {
            expect(textOf(OURS)).toContain(from);
            const files = sdk.map((file) => [`sdk${index}/${file}`, textOf(`sdk/${file}`)] as const);
            return [
                ...files.map(([file, text]) => [file, file.endsWith("/connectionArgs.ts") ? text.replace(from, to) : text] as const),
                [copyOf(index), textOf(SHARED).replace('"../../sdk"', `"../../sdk${index}"`)] as const,
            ];
        });
        const complaints = compile([SHARED, ...copies.map((_copy, index) => copyOf(index))], Object.fromEntries(texts));
        complained = new Set(complaints.map(({ file }) => file));
    });

    test.each([SHARED, copyOf(mistakes.length)])("are shared as they are: %s", (file) => expect(complained).not.toContain(file));

    test.each(mistakes.map(([what], index) => [what, copyOf(index)]))("are not when %s", (_what, file) =>
        expect(complained).toContain(file),
    );
});
