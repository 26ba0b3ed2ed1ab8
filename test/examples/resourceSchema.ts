import Ajv from "ajv";
import { parse } from "yaml";

interface Schema {
    properties?: Record<string, Schema>;
    additionalProperties?: boolean | Schema;
    items?: Schema;
    "x-kubernetes-preserve-unknown-fields"?: boolean;
}

interface Definition {
    spec: { names: { kind: string }; group: string; versions: { name: string; schema: { openAPIV3Schema: Schema } }[] };
}

/** Kubernetes' own words in a schema, and what they say beyond ordinary ones is not checked here. */
const KUBERNETES_WORDS = [
    "int-or-string",
    "list-map-keys",
    "list-type",
    "map-type",
    "preserve-unknown-fields",
    "validations",
    "embedded-resource",
].map((word) => `x-kubernetes-${word}`);

/** What the schemas of custom resources leave to the API server; the operator allows names of 42 characters. */
const METADATA: Schema & Record<string, unknown> = {
    type: "object",
    required: ["name"],
    properties: {
        name: { type: "string", pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", maxLength: 42 },
        namespace: { type: "string" },
        labels: { type: "object", additionalProperties: { type: "string" } },
        annotations: { type: "object", additionalProperties: { type: "string" } },
    } as Record<string, Schema>,
};

/**
 * @param definition a CustomResourceDefinition, as YAML
 * @returns what is wrong with a resource of it, a line each. A field that the schema does not know is wrong: Kubernetes drops it without a word
 */
export function resourceSchema(definition: string): (resource: unknown) => string[] {
    const { spec } = parse(definition) as Definition;
    const ajv = new Ajv({ allErrors: true, strictTypes: false, formats: { int32: true, int64: true, "date-time": true } });
    ajv.addVocabulary(KUBERNETES_WORDS);
    const versions = new Map(
        spec.versions.map(({ name, schema: { openAPIV3Schema: schema } }) => {
            const whole = {
                ...schema,
                properties: { ...schema.properties, metadata: METADATA },
                required: ["apiVersion", "kind", "metadata", "spec"],
            };
            return [`${spec.group}/${name} ${spec.names.kind}`, ajv.compile(closed(whole))];
        }),
    );
    return (resource) => {
        const { apiVersion, kind } = resource as { apiVersion?: string; kind?: string };
        const validate = versions.get(`${apiVersion} ${kind}`);
        if (validate === undefined) return [`not one of ${[...versions.keys()].join(", ")}: ${apiVersion} ${kind}`];
        validate(resource);
        return (validate.errors ?? []).map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`);
    };
}

/** The same schema, in which an object has no other fields than those that it lists. */
function closed(schema: Schema): Schema {
    const { properties, items, additionalProperties } = schema;
    return {
        ...schema,
        ...(items !== undefined && { items: closed(items) }),
        ...(typeof additionalProperties === "object" && { additionalProperties: closed(additionalProperties) }),
        ...(properties !== undefined && {
            properties: Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, closed(property)])),
            additionalProperties: schema["x-kubernetes-preserve-unknown-fields"] === true,
        }),
    };
}
