import { z } from "zod";
import { SOURCES } from "../core/connection/configurable";
import { connectionFields, endpointFields } from "../core/connection/fields";
import { connectionSchema } from "../core/connection/schema";
import type { NamedTypes, PropertySpec, TypeSpec } from "./types";

type Listed = readonly (readonly [string, (typeof connectionFields)[number][1]])[];

const textOf = ({ doc, unset }: Listed[number][1]): string => (unset === undefined ? doc : `${doc}\n\nDefault: ${unset}.`);

const TEXT = { type: "string" } as const;
const TEXTS = { type: "array", items: TEXT } as const;

/** The type of a connection, with those that it needs. Nothing is required: the provider's configuration may have it. */
export function addConnection(named: NamedTypes): TypeSpec {
    const reference = named.add("SecretReference", {
        description:
            "Where to get a secret when a connection is opened. The secret itself never reaches the state. Exactly one field is set.",
        type: "object",
        properties: {
            env: { description: "A variable in the environment of the `pulumi` process.", ...TEXT },
            file: {
                description:
                    "A file on the machine that runs `pulumi`; `~/` is the home folder. One newline at its end is not part of the secret.",
                ...TEXT,
            },
            command: {
                description:
                    "A program and its arguments, started without a shell; its standard output is the secret. Must end with 0 within 30 s.",
                ...TEXTS,
            },
        },
    });
    const endpoint = named.add("Endpoint", {
        description: "How to reach a jump host.",
        type: "object",
        properties: propertiesOf(endpointFields),
    });
    return named.add("Connection", {
        description:
            "How to reach a host. Each field can have a default in the provider's configuration. Fields that @pulumi/command's `remote.Connection` also has keep their names and meaning.",
        type: "object",
        properties: propertiesOf(connectionFields),
    });

    function propertiesOf(fields: Listed): Record<string, PropertySpec> {
        return Object.fromEntries(fields.map(([name, field]) => [name, { description: textOf(field), ...typeOf(name, field.value) }]));
    }

    function typeOf(name: string, value: Listed[number][1]["value"]): TypeSpec & { readonly secret?: true } {
        switch (value) {
            case "text": {
                const words = wordsOf(name);
                return words === undefined ? TEXT : named.enumeration(name, words);
            }
            case "number":
                return { type: "integer" };
            case "texts":
                return { oneOf: [TEXT, TEXTS] };
            case "secret":
                return { oneOf: [TEXT, reference], secret: true };
            case "endpoint":
                return endpoint;
        }
    }
}

/** The words that a field takes; undefined for one that takes any text. */
function wordsOf(name: string): readonly string[] | undefined {
    const schema = Reflect.get(connectionSchema.shape, name) as z.ZodType;
    const { enum: words } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
    return words?.map(String);
}

type Field = Listed[number][1];
type Settings = Readonly<Record<string, PropertySpec>>;

/** How a field of a connection is configured. */
const SETTINGS: Readonly<Record<Field["value"], (name: string, description: string) => Settings>> = {
    text: (name, description) => ({ [name]: { description, ...TEXT } }),
    number: (name, description) => ({ [name]: { description, type: "integer" } }),
    texts: (name, description) => ({ [name]: { description: `${description}\n\nSeveral are a JSON list.`, ...TEXT } }),
    endpoint: (name, description) => ({ [name]: { description, $ref: "#/types/wmisec:index:Endpoint", secret: true } }),
    secret: (name, description) => ({
        [name]: { description, ...TEXT, secret: true },
        [`${name}${SOURCES.env}`]: { description: `The environment variable that holds \`${name}\`.`, ...TEXT },
        [`${name}${SOURCES.file}`]: { description: `The file that holds \`${name}\`.`, ...TEXT },
        [`${name}${SOURCES.command}`]: { description: `The program, with its arguments, that prints \`${name}\`.`, ...TEXTS },
    }),
};

/** What can be configured for all resources: in the stack's configuration, or for an explicit provider. */
export const settings: Settings = {
    organization: {
        description:
            "The first part of every owner in the hosts' ledgers.\n\nNo engine tells a native plugin its organization. Set it if several organizations manage the same hosts.\n\nDefault: organization.",
        ...TEXT,
    },
    lookFirst: {
        description:
            "Whether a plain preview or update reads each host first, so that it shows drift.\n\nEach resource notes this in the state at its next create, update or refresh. Such a state needs a Pulumi CLI 3.172 or newer.\n\nDefault: false.",
        type: "boolean",
    },
    ...(Object.assign({}, ...connectionFields.map(([name, field]) => SETTINGS[field.value](name, textOf(field)))) as Settings),
};
