import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { CONNECTION_FIELDS, ENDPOINT_FIELDS } from "../../provider/core/connection/fields";
import { compile, ROOT } from "../compile";

const TABLE = "provider/core/connection/fields.ts";
const ARGS = "sdk/connectionArgs.ts";
const INPUTS = "sdk/connectionInputs.ts";
const TYPES = "test/sdk/connectionTypes.ts";

const textOf = (file: string): string => readFileSync(join(ROOT, file), "utf8");

function changed(text: string, from: string, to: string): string {
    if (!text.includes(from)) throw new Error(`there is no ${from}`);
    return text.replace(from, to);
}

const FIELD = `{ class: "patience", value: "text", schema: path, doc: "A field.", transports: EVERYWHERE }`;

/** The table with more fields, each on a line of its own. */
const withFields = (fields: readonly string[]): string =>
    changed(textOf(TABLE), "    port: {", [...fields.map((field, index) => `    more${index}: ${field},`), "    port: {"].join("\n"));

describe("a field of the table does not compile that", () => {
    const mistakes: readonly [string, string][] = [
        ["is not classified", changed(FIELD, 'class: "patience", ', "")],
        ["has a class that there is not", changed(FIELD, '"patience"', '"speed"')],
        ["says nothing to people", changed(FIELD, 'doc: "A field.", ', "")],
        ["says nothing of one transport", changed(FIELD, "EVERYWHERE", `{ ssh: "every value" }`)],
        ["does not say what it holds", changed(FIELD, 'value: "text", ', "")],
        ["lets a secret through and is none", changed(FIELD, "path", "secretSource")],
        ["lets a secret through and is none, as a credential", changed(changed(FIELD, "path", "secretSource"), "patience", "credential")],
        ["is a secret and takes no reference", changed(changed(FIELD, '"text"', '"secret"'), "patience", "credential")],
        ["is a secret and no credential", changed(changed(FIELD, '"text"', '"secret"'), "path", "secretSource")],
        ["is a number to the configuration and text to the schema", changed(FIELD, '"text"', '"number"')],
        [
            "has a refusal of another type's",
            changed(
                changed(changed(FIELD, '"text"', '"number"'), "path", "z.int()"),
                "EVERYWHERE",
                `{ ...EVERYWHERE, openssh: { refusal: openssh.path } }`,
            ),
        ],
    ];
    const lines = withFields([...mistakes.map(([, field]) => field), FIELD]).split("\n");
    let complained: ReadonlySet<string>;

    beforeAll(() => {
        const complaints = compile([TABLE], { [TABLE]: lines.join("\n") });
        complained = new Set(complaints.map(({ at }) => /^ {4}(\w+): \{/.exec(lines[at - 1] ?? "")?.[1] ?? `line ${at}`));
    });

    test.each(mistakes.map(([what], index) => [what, `more${index}`]))("%s", (_what, name) => expect(complained).toContain(name));

    test("and no other", () => expect(complained).not.toContain(`more${mistakes.length}`));
});

describe("the sdk's interfaces and the table are not of one mind when", () => {
    const inArgs = (from: string, to: string) => ({ table: textOf(TABLE), args: changed(textOf(ARGS), from, to) });
    const mistakes: readonly [string, { table: string; args: string }][] = [
        ["the table has one more field", { table: withFields([FIELD]), args: textOf(ARGS) }],
        ["an interface has one more field", inArgs("    host?:", "    name?: pulumi.Input<string> | undefined;\n    host?:")],
        ["a field has another type", inArgs("port?: pulumi.Input<number>", "port?: pulumi.Input<string>")],
        ["a secret can't be given by reference", inArgs("Input<string | SecretReference> | undefined", "Input<string> | undefined")],
        [
            "there is one more kind of reference",
            inArgs("    | { readonly file: string }", "    | { readonly file: string } | { url: string }"),
        ],
        ["a transport is missing", inArgs('"ssh" | "openssh" | "winrm"', '"ssh" | "winrm"')],
        ["a jump host is something else", inArgs("pulumi.Input<EndpointArgs>", "pulumi.Input<string>")],
    ];
    const copyOf = (file: string, index: number) => file.replace(/\.ts$/, `${index}.ts`);
    const types = textOf(TYPES);
    const copy = (index: number) =>
        [TABLE, ARGS].reduce((text, file) => {
            const module = file.replace(/\.ts$/, "");
            return changed(text, `/${module}"`, `/${module}${index}"`);
        }, types);
    let complained: readonly string[];

    beforeAll(() => {
        const texts = mistakes.flatMap(([, { table, args }], index) => [
            [copyOf(TABLE, index), table],
            [copyOf(ARGS, index), args],
            [copyOf(TYPES, index), copy(index)],
        ]);
        const files = [TYPES, ...mistakes.map((_mistake, index) => copyOf(TYPES, index))];
        complained = compile(files, Object.fromEntries(texts)).map(({ file }) => file);
    });

    test.each(mistakes.map(([what], index) => [what, copyOf(TYPES, index)]))("%s", (_what, file) => expect(complained).toContain(file));

    test("and as they stand they are", () => expect(complained).not.toContain(TYPES));
});

test("a field that the sdk's interface has not does not compile in the sdk itself", () => {
    expect(compile([INPUTS])).toEqual([]);
    const complaints = compile([INPUTS], { [TABLE]: withFields([FIELD]) });
    expect(complaints.map(({ text }) => text).join("\n")).toMatch(/"more0".* is not assignable/);
});

/** The comments over the fields of an interface, as editors show them, in one line. */
function hoverTexts(name: string): Record<string, string> {
    const source = ts.createSourceFile(ARGS, textOf(ARGS), ts.ScriptTarget.ES2022, true);
    const found = source.statements.find((one) => ts.isInterfaceDeclaration(one) && one.name.text === name) as ts.InterfaceDeclaration;
    return Object.fromEntries(
        found.members.map((member) => {
            const [comment] = ts.getJSDocCommentsAndTags(member).filter(ts.isJSDoc);
            const lines = (comment?.getText() ?? "").replace(/^\/\*\*|\*\/$/g, "").replace(/^\s*\* ?/gm, " ");
            return [member.name?.getText() ?? "", lines.replace(/\s+/g, " ").trim()];
        }),
    );
}

test("what editors show over the sdk's fields is the table's text", () => {
    const told = (fields: object) =>
        Object.fromEntries(
            Object.entries(fields).map(([name, { doc, unset }]) => [name, unset === undefined ? doc : `${doc} @default ${unset}`]),
        );
    expect(hoverTexts("EndpointArgs")).toEqual(told(ENDPOINT_FIELDS));
    expect({ ...hoverTexts("EndpointArgs"), ...hoverTexts("ConnectionArgs") }).toEqual(told(CONNECTION_FIELDS));
});

test("defaults in words are the defaults in use", () => {
    const { port, dialErrorLimit, perDialTimeout, transport, scheme, authentication, path } = CONNECTION_FIELDS;
    expect(port.unset).toMatch(new RegExp(`else ${port.defaults.ssh}$`));
    for (const { unset, defaults } of [transport, scheme, authentication]) expect(unset).toBe(JSON.stringify(Object.values(defaults)[0]));
    expect([path.unset, port.defaults.winrm({}), port.defaults.winrm({ scheme: "http" })]).toEqual([path.defaults.winrm, 5986, 5985]);
    for (const { unset, defaults } of [dialErrorLimit, perDialTimeout])
        expect(Object.values(defaults).map(String)).toEqual([unset, unset, unset]);
});
