import { connectionSchema } from "../../core/connection";
import { CONFIGURABLE, OF_NATIVE, SOURCES } from "../../core/connection/configurable";
import type { Field } from "../../core/connection/field";
import { connectionFields } from "../../core/connection/fields";
import { nearest } from "../../core/text/didYouMean";
import { parsed } from "../../core/text/plainWords";
import type { Properties } from "../../handlers/handler";
import { asSecret, withoutMarks } from "../../plugin/secretOutputs";
import { isUnknown } from "./bags";

/** What the provider's configuration says. */
export interface Configuration {
    /** The first part of every owner. */
    readonly organization: string;
    /** Whether the engine is to read each resource before it compares it. */
    readonly lookFirst: boolean;
    /** Defaults for connections, by field. */
    readonly connection: Properties;
}

export const NOT_CONFIGURED: Configuration = { organization: "organization", lookFirst: false, connection: {} };

interface Read {
    readonly configuration: Configuration;
    /** A sentence for each value that is wrong. It holds nothing of the value. */
    readonly problems: readonly string[];
    /** A sentence for each key that has no effect. */
    readonly unused: readonly string[];
}

/** Not settings, but the engine's own. */
const ENGINES: readonly string[] = ["version", "pluginDownloadURL"];

/**
 * Reads the provider's arguments. The engine marks the secrets among them. From the stack's configuration they arrive as text, whatever they are; from an explicit provider as text,
 * too, or as what they are, by language.
 */
export function readConfiguration(args: Properties): Read {
    const plain = Object.entries(args).map(([key, value]) => [key, withoutMarks(value)] as const);
    const known = Object.fromEntries(plain.filter(([, value]) => !isUnknown(value)));
    const { organization = NOT_CONFIGURED.organization, lookFirst = NOT_CONFIGURED.lookFirst, ...settings } = known;
    const fields = connectionFields.flatMap(([name, field]) => {
        const value = READ[field.value](settings, name);
        return value === undefined ? [] : [{ name, value, problem: problemOf(parsed<unknown>(connectionSchema.shape[name], value)) }];
    });
    const good = fields.filter(({ problem }) => problem === undefined);
    const isTrue = BOOLEANS.get(lookFirst);
    const isText = typeof organization === "string" && organization !== "";
    return {
        configuration: {
            organization: isText ? organization : NOT_CONFIGURED.organization,
            lookFirst: isTrue ?? NOT_CONFIGURED.lookFirst,
            connection: Object.fromEntries(good.map(({ name, value }) => [name, value])),
        },
        problems: [
            ...(isText ? [] : ["organization must be text"]),
            ...(isTrue === undefined ? ["lookFirst must be true or false"] : []),
            ...fields.flatMap(({ name, problem }) => (problem === undefined ? [] : [`${name}: ${problem}`])),
        ],
        unused: Object.keys(settings)
            .filter((key) => !CONFIGURABLE.includes(key) && !ENGINES.includes(key))
            .map(unusedText),
    };
}

const BOOLEANS: ReadonlyMap<unknown, boolean> = new Map<unknown, boolean>([
    [true, true],
    ["true", true],
    [false, false],
    ["false", false],
]);

const READ: Readonly<Record<Field["value"], (args: Properties, name: string) => unknown>> = {
    text: (args, name) => args[name],
    number: (args, name) => numberIn(args[name]),
    texts: (args, name) => (/^\[\s*"/.test(String(args[name])) ? jsonIn(args[name]) : args[name]),
    secret: (args, name) => {
        const [env, file, command] = [SOURCES.env, SOURCES.file, SOURCES.command].map((source) => args[`${name}${source}`]);
        if (env !== undefined) return { env };
        if (file !== undefined) return { file };
        return command !== undefined ? { command: jsonIn(command) } : args[name];
    },
    endpoint: (args, name) => jsonIn(args[name]),
};

const numberIn = (value: unknown): unknown => (typeof value === "string" && /^-?\d+$/.test(value) ? Number(value) : value);

/** Text that is no JSON stays as it is: the field's schema refuses it. */
function jsonIn(value: unknown): unknown {
    try {
        return typeof value === "string" ? JSON.parse(value) : value;
    } catch {
        return value;
    }
}

function problemOf({ error }: ReturnType<typeof parsed<unknown>>): string | undefined {
    return error === undefined
        ? undefined
        : error.issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join(".")} ${message}`)).join("; ");
}

function unusedText(key: string): string {
    const meant = nearest(key, [...CONFIGURABLE, ...OF_NATIVE]);
    return `the configuration has wmisec:${key}, which pulumi-wmisec does not know${meant === undefined ? "" : `; did you mean wmisec:${meant}?`}`;
}

/** The arguments as they are to be stored: secrets, and a jump host, which has credentials of its own, are encrypted in the state. */
export const withSecretSettingsMarked = (args: Properties): Properties =>
    Object.fromEntries(Object.entries(args).map(([key, value]) => [key, SECRET_SETTINGS.includes(key) ? asSecret(value) : value]));

const SECRET_SETTINGS: readonly string[] = connectionFields.flatMap(([name, { value }]) =>
    value === "secret" || value === "endpoint" ? [name] : [],
);
