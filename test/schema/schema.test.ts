import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { connectionFields, endpointFields } from "../../provider/core/connection/fields";
import { NOT_SAID, RESOURCES } from "../../provider/resources";
import { packageSchema } from "../../provider/schema";
import { NamedTypes } from "../../provider/schema/types";
import { outputTextsOf } from "../docs/schemaTexts";

const ROOT = resolve(__dirname, "../..");
const textOf = (file: string): string => readFileSync(join(ROOT, file), "utf8");

interface Shown {
    readonly description: string;
    readonly properties: Readonly<Record<string, { readonly description: string; readonly secret?: true }>>;
    readonly inputProperties: Readonly<Record<string, object>>;
    readonly requiredInputs: readonly string[];
    readonly required?: readonly string[];
    readonly aliases: readonly object[];
    readonly oneOf?: readonly object[];
}
const { version } = JSON.parse(textOf("package.json")) as { version: string };
const schema = JSON.parse(packageSchema(version)) as { resources: Record<string, Shown>; types: Record<string, Shown> };
const typeNamed = (name: string): Shown => schema.types[`wmisec:index:${name}`] as Shown;

test("schema.json is what the resources say of themselves: npm run schema writes it", () => {
    expect(textOf("schema.json")).toBe(packageSchema(version));
});

test.each(RESOURCES.map((spec) => [spec.name, spec] as const))("%s has every input that programs say, and every output", (name, spec) => {
    const shown = schema.resources[`wmisec:index:${name}`];
    const inputs = Object.keys(spec.inputs.shape).filter((input) => !NOT_SAID.has(input));
    expect(Object.keys(shown?.inputProperties ?? {}).sort()).toEqual(inputs.sort());
    expect(Object.keys(shown?.properties ?? {}).sort()).toEqual(Object.keys(outputTextsOf(name)).sort());
    expect(shown?.description).toBe(spec.description);
    expect(shown?.aliases).toEqual([{ type: `pulumi-nodejs:dynamic/wmisec:${name}` }]);
});

test("a connection has every field of the table, its secrets are secret, and nothing is required: the configuration may have it", () => {
    for (const [name, fields] of [
        ["Connection", connectionFields],
        ["Endpoint", endpointFields],
    ] as const) {
        const { properties, required } = typeNamed(name);
        expect(Object.keys(properties)).toEqual(fields.map(([field]) => field));
        expect(Object.entries(properties).flatMap(([field, { secret }]) => (secret ? [field] : []))).toEqual(
            fields.flatMap(([field, { value }]) => (value === "secret" ? [field] : [])),
        );
        expect(required).toBeUndefined();
    }
});

test("programs write true or false, and may read what was found instead", () => {
    expect(typeNamed("NamespacePolicy").properties["requiresEncryption"]).toMatchObject({ type: "boolean" });
    expect(typeNamed("NamespacePolicyState").properties["requiresEncryption"]).toMatchObject({
        oneOf: [{ type: "boolean" }, { type: "string" }],
    });
});

test("a number of hosts may be a share, and every host of a fleet may have a connection of its own", () => {
    expect(typeNamed("Ring").properties["maxFailures"]).toMatchObject({ oneOf: [{ type: "integer" }, { type: "string" }] });
    expect(typeNamed("FleetHost").properties["connection"]).toMatchObject({ $ref: "#/types/wmisec:index:Connection" });
});

test("the sources of a secret are told of as in the sdk", () => {
    const told = [...textOf("sdk/connectionArgs.ts").matchAll(/\/\*\* (.*) \*\/\n +\| \{ readonly (\w+):/g)];
    expect(told.length).toBe(3);
    const { properties } = typeNamed("SecretReference");
    expect(Object.fromEntries(told.map(([, text, name]) => [name, text]))).toEqual(
        Object.fromEntries(Object.entries(properties).map(([name, { description }]) => [name, description])),
    );
});

test("two meanings of one name, and a field that nothing is said of, are no schema", () => {
    const named = new NamedTypes();
    named.enumeration("mode", ["on", "off"]);
    expect(() => named.enumeration("mode", ["on"])).toThrow("two types are named Mode");
    const json = z.toJSONSchema(z.strictObject({ silent: z.string() })) as object;
    expect(() => named.reader({}, "input").property("outer", { description: "said", ...json })).toThrow("nothing is said of silent");
});
