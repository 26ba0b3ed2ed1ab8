import { z } from "zod";
import { isFleet, NOT_SAID, RESOURCES } from "../resources";
import type { DescribedResource } from "../resources/resource";
import { addConnection, settings } from "./connection";
import { type JsonSchema, NamedTypes, type PropertySpec, type TypeSpec, tokenOf } from "./types";

/** The token of a resource of the dynamic head: a program may move from one head to the other. */
const dynamicToken = (name: string): string => `pulumi-nodejs:dynamic/wmisec:${name}`;

const OF_CONNECTION = {
    input: "How to reach the host.\n\nFields that the program leaves out come from the provider's configuration.",
    ofHosts:
        "How to reach the hosts: the fields that they have in common.\n\nFields that the program leaves out come from the provider's configuration.",
    output: "How to reach the host, with the provider's defaults for where the connection leads. How we get in stays in the provider's configuration.",
};

/**
 * Pulumi's package schema of what the native plugin has, as JSON: what SDKs in every language are generated from, and what YAML programs are checked by.
 * @param pluginDownloadURL where engines and SDKs get the plugin from, if that is known
 */
export function packageSchema(version: string, pluginDownloadURL?: string): string {
    const named = new NamedTypes();
    const connection = addConnection(named);
    const resources = Object.fromEntries(
        RESOURCES.map((spec) => [
            tokenOf(spec.name),
            { ...resource(spec, named, connection), aliases: [{ type: dynamicToken(spec.name) }] },
        ]),
    );
    const schema = {
        name: "wmisec",
        displayName: "WMI security",
        version,
        description: "Declarative encryption policy for WMI (Windows Management Instrumentation).",
        keywords: ["pulumi", "windows", "wmi", "security", "encryption", "category/infrastructure"],
        license: "Apache-2.0",
        pluginDownloadURL,
        config: { variables: settings },
        types: named.all,
        provider: { description: "How hosts are reached, for all resources of this provider.", inputProperties: settings },
        resources,
    };
    return `${JSON.stringify(schema, null, 4)}\n`;
}

function resource({ name: kind, inputs, outputs, description }: DescribedResource, named: NamedTypes, connection: TypeSpec) {
    const [given, found] = [inputs, outputs].map((schema) => z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema);
    const { properties: own = {}, required: needed = [], $defs: ownTypes = {} } = given ?? {};
    const { properties: results = {}, required: always = [], $defs: resultTypes = {} } = found ?? {};
    const readers = {
        input: named.reader(ownTypes, "input", { Connection: connection }),
        output: named.reader({ ...ownTypes, ...resultTypes }, "output"),
    };
    const asInput = Object.entries(own).filter(([name]) => !NOT_SAID.has(name));
    const asOutput = isFleet(kind) ? [] : Object.entries(own).filter(([, { asOutput: text }]) => text !== undefined);
    const property = (side: "input" | "output", name: string, schema: JsonSchema): [string, PropertySpec] => [
        name,
        name === "connection"
            ? { description: OF_CONNECTION[isFleet(kind) ? "ofHosts" : side], ...connection }
            : readers[side].property(name, schema, side === "output" ? schema.asOutput : undefined),
    ];
    return {
        description,
        inputProperties: Object.fromEntries(asInput.map(([name, schema]) => property("input", name, schema))),
        requiredInputs: needed.filter((name) => !NOT_SAID.has(name)),
        properties: Object.fromEntries([...asOutput, ...Object.entries(results)].map(([name, schema]) => property("output", name, schema))),
        required: [...asOutput.map(([name]) => name).filter((name) => needed.includes(name)), ...always],
    };
}
