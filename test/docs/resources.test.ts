import type { z } from "zod";
import { connectionSchema, DEFAULT_DIAL_ERROR_LIMIT, DEFAULT_DIAL_SECONDS, DEFAULT_PORT } from "../../provider/core/connection";
import * as limits from "../../provider/core/limits";
import { describedResource, HOST_RESOURCES, NOT_SAID, RESOURCE_NAMES } from "../../provider/resources";
import { exemption, fleetHost, MAX_HOSTS, ring } from "../../provider/resources/fleetInputs";
import { fleetOutputs } from "../../provider/resources/fleetOutputs";
import { namespaceMap } from "../../provider/resources/namespaceMap";
import { status } from "../../provider/resources/resource";
import { evidenceInput } from "../../provider/resources/since";
import { fieldsOf, wordsOver } from "./hoverTexts";
import { tableOf, textOf } from "./markdown";
import { inputTextsOf, NAMED, outputTextsOf, textsOf, withoutText } from "./schemaTexts";

/** As the pages write a type. */
function typeOf(schema: z.core.$ZodType): string {
    const { def } = (schema as z.core.$ZodTypes)._zod;
    switch (def.type) {
        case "optional":
            return typeOf(def.innerType);
        case "union":
            // What a read found may stand beside a boolean: that is no input of a program's.
            return def.options.map(typeOf).includes("boolean") ? "boolean" : def.options.map(typeOf).join(" | ");
        case "enum":
            return Object.values(def.entries)
                .map((entry) => JSON.stringify(entry))
                .join(" | ");
        case "record":
            return "map";
        case "array":
            return "list";
        default:
            return def.type;
    }
}

/** Rows as a page has to have them: name, type, default. */
function rowsOf(shape: Readonly<Record<string, unknown>>, args: string): string[][] {
    const members = fieldsOf(args);
    return Object.entries(shape as Record<string, z.core.$ZodType>).map(([name, schema]) => {
        const isOptional = schema._zod.def.type === "optional";
        const fallback = members.find((member) => member.name === name)?.fallback;
        return [name, typeOf(schema), isOptional ? String(fallback) : "required"];
    });
}

const FLEETS = "docs/fleet-encryption-policy.md";

const sorted = (rows: readonly string[][]) => [...rows].sort(([a = ""], [b = ""]) => a.localeCompare(b));
const firstThree = (rows: readonly string[][]) => sorted(rows.map((row) => row.slice(0, 3)));

const hoverTextsOf = (name: string) => Object.fromEntries(fieldsOf(name).map((field) => [field.name, field.words]));

/** Rows that do not begin with the first paragraph of the schema's words; they may go on, and lead to other pages. */
const strayCells = (rows: readonly string[][], texts: Readonly<Record<string, string | undefined>>) =>
    rows.flatMap((row) => {
        const [name = ""] = row;
        const cell = (row.at(-1) ?? "").replace(/\[([^\]]*)\]\([^)]*\)/g, "$1");
        const [first = ""] = texts[name]?.replaceAll("`", "").split("\n\n") ?? [];
        return first !== "" && cell.startsWith(first) ? [] : [{ name, cell, first }];
    });

/** `docs/unsec-app-policy.md` */
const pageOf = (resource: string) => `docs/${resource.replace(/(?<!^)[A-Z]/g, "-$&").toLowerCase()}.md`;

describe.each(RESOURCE_NAMES.map((name) => ({ name, page: pageOf(name) })))("the page of $name", ({ name, page }) => {
    test("has a row for each input, with the schema's type and the sdk's default", () => {
        const rows = tableOf(page, "Inputs");
        expect(firstThree(rows)).toEqual(
            sorted(rowsOf(describedResource(name).inputs.shape, `${name}Args`).filter(([input = ""]) => !NOT_SAID.has(input))),
        );
        expect(rows.filter(([, , , meaning = ""]) => meaning.length < 12)).toEqual([]);
    });

    test("has a row for each output", () => {
        const outputs = Object.keys(outputTextsOf(name));
        expect(outputs.length).toBeGreaterThan(4);
        expect(
            tableOf(page, "Outputs")
                .map(([output]) => output)
                .sort(),
        ).toEqual([...outputs].sort());
    });

    test("says of each input and each output what the schema says first", () => {
        expect(strayCells(tableOf(page, "Inputs"), inputTextsOf(name))).toEqual([]);
        expect(strayCells(tableOf(page, "Outputs"), outputTextsOf(name))).toEqual([]);
    });

    test("has the fields and the words of the schemas, where editors show them", () => {
        expect(hoverTextsOf(`${name}Args`)).toEqual(inputTextsOf(name));
        expect(hoverTextsOf(name)).toEqual(outputTextsOf(name));
    });
});

describe.each(HOST_RESOURCES)("of $name", ({ name, description }) => {
    test("the page has a row for each status", () => {
        expect(tableOf(pageOf(name), "Statuses").map(([one]) => one)).toEqual(status.options);
    });

    test("the text over the class is that of schema.json", () => {
        expect(wordsOver(name)).toBe(description);
    });
});

test.each([
    { section: "One host", schema: fleetHost, args: "FleetHostArgs" },
    { section: "An exemption", schema: exemption, args: "ExemptionArgs" },
    { section: "A ring", schema: ring, args: "RingArgs" },
])("the page of fleets has a row for each field of $args, with what the schema says first", ({ section, schema, args }) => {
    const rows = tableOf(FLEETS, section);
    expect(firstThree(rows)).toEqual(sorted(rowsOf(schema.shape, args)));
    expect(strayCells(rows, textsOf(schema.shape))).toEqual([]);
});

test("the page of fleets says what each count means", () => {
    const { shape } = fleetOutputs.counts;
    const rows = tableOf(FLEETS, "Counts");
    expect(rows.map(([name]) => name)).toEqual(Object.keys(shape));
    expect(strayCells(rows, textsOf(shape))).toEqual([]);
});

test("the fields of one namespace stand in their table, with what the schema says first", () => {
    const { valueType } = (namespaceMap as z.core.$ZodType as z.core.$ZodRecord)._zod.def;
    const { shape } = (valueType as z.core.$ZodObject)._zod.def;
    const rows = tableOf("docs/wmi-namespace-security.md", "One namespace");
    expect(firstThree(rows)).toEqual(sorted(rowsOf(shape, "NamespacePolicyArgs")));
    expect(strayCells(rows, textsOf(shape))).toEqual([]);
});

test.each([...NAMED])("%s has the fields and the words of its schema, where editors show them", (name, { text, fields }) => {
    expect(wordsOver(name)).toBe(text);
    expect(hoverTextsOf(name)).toEqual(fields);
});

test("something is said of every field, however deep it is", () => {
    expect(NAMED.size).toBeGreaterThan(9);
    expect(withoutText()).toEqual([]);
});

test("evidence has the fields that its section tells of", () => {
    expect(Object.keys(evidenceInput.shape)).toEqual(["since"]);
    const told = tableOf("docs/wmi-namespace-security.md", "Who was refused").flatMap(([fields = ""]) => fields.split(", "));
    expect(told.sort()).toEqual(
        fieldsOf("NamespaceEvents")
            .map(({ name }) => name)
            .sort(),
    );
});

test("the page on connections has a row for each field, and the defaults of the code", () => {
    const rows = tableOf("docs/connections.md", "Fields");
    expect(rows.map(([field]) => field).sort()).toEqual(Object.keys(connectionSchema.shape).sort());
    const defaults = Object.fromEntries(rows.map(([field = "", fallback]) => [field, fallback]));
    expect(defaults).toMatchObject({
        host: "required",
        user: "required",
        port: String(DEFAULT_PORT),
        dialErrorLimit: String(DEFAULT_DIAL_ERROR_LIMIT),
        perDialTimeout: String(DEFAULT_DIAL_SECONDS),
    });
});

test("the page on limits has the numbers of the code", () => {
    const page = textOf("docs/limits.md");
    const number = (value: number) => value.toLocaleString("en-US");
    const mebibytes = (value: number) => `${value / 2 ** 20} MiB`;
    const said = [
        `${number(limits.MAX_NAMESPACES)} namespaces`,
        `${number(limits.MAX_DEFINITIONS)} definition files`,
        `${number(limits.MAX_DEFINITION_BYTES)} bytes`,
        `an owner | ${number(limits.MAX_OWNER)} characters`,
        `a fleet | ${number(MAX_HOSTS)} hosts`,
        `${number(limits.MAX_LEDGER_ENTRIES)} entries, and ${mebibytes(limits.MAX_LEDGER_BYTES)}`,
        `${number(limits.MAX_OWNERS)} owners, ${number(limits.MAX_LEDGER_TEXT)} characters`,
        `${number(limits.MAX_REQUEST)} bytes or ${number(limits.MAX_STEPS)} steps a request, ${mebibytes(limits.MAX_FRAME)} an answer`,
    ];
    expect(said.filter((words) => !page.includes(words))).toEqual([]);
});

test("the page on operations has the variables that are read", () => {
    const read = [...textOf("provider/connect.ts").matchAll(/"(WMISEC_\w+)"/g)].map(([, name = ""]) => name);
    const rows = tableOf("docs/operations.md", "Environment variables").map(([variable = ""]) => variable.split("=")[0]);
    expect(rows.sort()).toEqual([...new Set(read)].sort());
});
