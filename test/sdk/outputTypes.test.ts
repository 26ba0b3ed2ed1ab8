import { readFileSync } from "node:fs";
import { join } from "node:path";
import { compile, ROOT } from "../compile";

const TYPES = "test/sdk/outputTypes.ts";
const textOf = (file: string): string => readFileSync(join(ROOT, file), "utf8");

/** [what, the file, from, to] */
const MISTAKES: readonly (readonly [string, string, string, string])[] = [
    ["a class has no such output", "sdk/unsecAppPolicy.ts", "declare readonly effects: pulumi.Output<SinkEffects>;", ""],
    [
        "a class has one more output",
        "sdk/unsecAppPolicy.ts",
        "declare readonly effects:",
        "declare readonly more: pulumi.Output<string>;\n    declare readonly effects:",
    ],
    ["what is in an output has another type", "sdk/unsecAppPolicy.ts", "    checkAccess: SinkCheck;", "    checkAccess: string;"],
    ["a class knows less words", "sdk/wmiNamespaceSecurity.ts", ' | "contradictory"', ""],
    [
        "a class takes an output for granted",
        "sdk/wmiNamespaceSecurity.ts",
        '"incomplete" | "denied"> | undefined>',
        '"incomplete" | "denied">>',
    ],
    ["an output that all have is missing", "sdk/wmisecResource.ts", "declare readonly machine: pulumi.Output<string>;", ""],
    ["a status is missing", "sdk/wmisecResource.ts", '"compliant" | "skipped"', '"compliant"'],
    [
        "the schema has one more output",
        "provider/resources/commonOutputs.ts",
        "    machine: z.string().meta({\n",
        "    more: z.string(),\n    machine: z.string().meta({\n",
    ],
    [
        "the schema has another type",
        "provider/resources/unsecAppPolicy.ts",
        "checkAccess: sinkCheck.meta(",
        "checkAccess: z.string().meta(",
    ],
    ["a count of a fleet is missing", "sdk/fleetEncryptionPolicy.ts", "    skipped: number;", ""],
    [
        "a fleet's output is taken for granted",
        "sdk/fleetEncryptionPolicy.ts",
        "pulumi.Output<HaltedAt | undefined>",
        "pulumi.Output<HaltedAt>",
    ],
    [
        "the schema of fleets has one more condition",
        "provider/resources/fleetOutputs.ts",
        '"compliant", "drifted"',
        '"compliant", "asleep", "drifted"',
    ],
    [
        "the schema of fleets has one more output",
        "provider/resources/fleetOutputs.ts",
        "    errors: z.array",
        "    more: z.string(),\n    errors: z.array",
    ],
];

const NO_MISTAKE = ["nothing is wrong", TYPES, "", ""] as const;

/** All files on the way from the mistake to the types are copies: what is as it was stays as it is for the others. */
const AFTER: readonly string[] = [
    "provider/resources/commonOutputs.ts",
    "provider/resources/fleetOutputs.ts",
    "provider/resources/resource.ts",
    "provider/resources/unsecAppPolicy.ts",
    "provider/resources/wmiNamespaceSecurity.ts",
    "sdk/wmisecResource.ts",
    "sdk/fleetEncryptionPolicy.ts",
    "sdk/unsecAppPolicy.ts",
    "sdk/wmiNamespaceSecurity.ts",
    TYPES,
];

describe("the sdk's classes and the schemas are not of one mind when", () => {
    const copyOf = (file: string, index: number) => file.replace(/\.ts$/, `${index}.ts`);
    const copied = (text: string, index: number) =>
        AFTER.reduce((all, file) => {
            const name = /([^/]+)\.ts$/.exec(file)?.[1] ?? "";
            return all.replace(new RegExp(`(from "[./\\w]*/${name})"`, "g"), `$1${index}"`);
        }, text);
    let complained: readonly string[];

    beforeAll(() => {
        const texts = [...MISTAKES, NO_MISTAKE].flatMap(([, wrong, from, to], index) =>
            AFTER.map((file) => {
                const text = file === wrong ? textOf(file).replace(from, to) : textOf(file);
                return [copyOf(file, index), copied(text, index)];
            }),
        );
        const files = [...MISTAKES, NO_MISTAKE].map((_mistake, index) => copyOf(TYPES, index));
        complained = compile(files, Object.fromEntries(texts)).map(({ file }) => file);
    });

    test.each(MISTAKES.map(([what, file, from], index) => ({ what, file, from, index })))("$what", ({ file, from, index }) => {
        expect(textOf(file)).toContain(from);
        expect(complained).toContain(copyOf(TYPES, index));
    });

    test("and as they stand they are", () => expect(complained).not.toContain(copyOf(TYPES, MISTAKES.length)));
});
