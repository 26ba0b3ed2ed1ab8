import * as pulumi from "@pulumi/pulumi";
import { SECRET_FIELDS } from "../provider/core/connection";
import { CONFIGURABLE, OF_NATIVE, SOURCES } from "../provider/core/connection/configurable";
import { isTransport } from "../provider/core/connection/field";
import { type ConnectionField, connectionFields, endpointFields, UNMIXED_CLASSES } from "../provider/core/connection/fields";
import { nearest } from "../provider/core/text/didYouMean";
import type { ConnectionArgs, EndpointArgs, SecretReference } from "./connectionArgs";

type Values = Record<string, unknown>;

/**
 * The connection as the engine gets it: with defaults, and each inline secret wrapped field by field. A plain string would stay plain in the
 * state; a secret around the whole connection would hide everything.
 * @param defaults by field; those of the stack's configuration are resolved here and stored as inputs, because a refresh or destroy would see
 * the configuration of the last `up`
 */
export function connectionInputs(connection: pulumi.Input<ConnectionArgs>, defaults: Values = configuredDefaults()): unknown {
    // The provider's check reports a value that is not a connection.
    if (!isLate(connection) && !isObject(connection)) return connection;
    const inputs: Values = { ...unknownFields(connection, connectionFields), ...endpointInputs(connection, connectionFields, defaults) };
    for (const [name, field] of connectionFields.filter(([, { value }]) => value === "endpoint"))
        inputs[name] = nestedInputs(
            fieldOf(connection, name),
            withDefault(undefined, defaults[name], defaults[name] !== undefined && isForOthers(inputs["transport"], field)),
        );
    return inputs;
}

/** The hosts of a fleet, with the inline secrets of their own connections wrapped. Defaults are the fleet's. */
export function fleetHostsInputs(hosts: pulumi.Input<Record<string, pulumi.Input<{ connection?: unknown }>>>): unknown {
    return guardedAt(hosts, (known) =>
        Object.fromEntries(Object.entries(known).map(([name, host]) => [name, guardedAt(host, (one) => guardedField(one, "connection"))])),
    );
}

const guardedField = (value: object, field: string): object =>
    Reflect.get(value, field) === undefined ? value : { ...value, [field]: guardedAt(Reflect.get(value, field), guardedEndpoint) };

function guardedEndpoint(endpoint: object): object {
    const secrets = SECRET_FIELDS.filter((field) => Reflect.get(endpoint, field) !== undefined);
    const own = { ...endpoint, ...Object.fromEntries(secrets.map((field) => [field, guarded(Reflect.get(endpoint, field))])) };
    return guardedField(own, "proxy");
}

/** Once it is known. The provider's check reports a value that is not an object. */
function guardedAt(value: unknown, wrap: (known: object) => object): unknown {
    if (isLate(value)) return pulumi.all([value]).apply(([known]) => pulumi.output<unknown>(isObject(known) ? wrap(known) : known));
    return isObject(value) ? wrap(value) : value;
}

function nestedInputs(endpoint: unknown, fallback: unknown): unknown {
    if (endpoint === undefined) return fallback;
    // The provider's check reports a value that is not an endpoint.
    if (!isLate(endpoint) && !isObject(endpoint)) return endpoint;
    if (!isLate(endpoint))
        return { ...unknownFields(endpoint, endpointFields), ...endpointInputs(endpoint as EndpointArgs, endpointFields, {}) };
    return pulumi.output(endpoint as Promise<EndpointArgs | undefined>).apply((known): unknown => {
        if (known === undefined) return fallback;
        return bringsInlineSecret(known) ? pulumi.secret(known) : known;
    });
}

type Listed = readonly (typeof connectionFields)[number][];

/** All fields except nested endpoints. */
function endpointInputs(connection: pulumi.Input<ConnectionArgs | EndpointArgs>, fields: Listed, defaults: Values): Values {
    const brought = UNMIXED_CLASSES.map((group) => {
        const members = fields.filter((field) => field[1].class === group);
        return { group, brings: anyOf(members.map(([name]) => fieldOf(connection, name))) };
    });
    const transport = withDefault(fieldOf(connection, "transport"), defaults["transport"], false);
    return Object.fromEntries(
        fields.flatMap(([name, field]) => {
            if (field.value === "endpoint") return [];
            const { brings = false } = brought.find(({ group }) => group === field.class) ?? {};
            const fallback = defaults[name];
            const suppressed = fallback === undefined || either(brings, isForOthers(transport, field));
            const value = withDefault(fieldOf(connection, name), fallback, suppressed);
            return [[name, field.value === "secret" ? guarded(value) : value]];
        }),
    );
}

/** Whether a transport takes no value of a field at all: a default for it is meant for connections over another one. */
function isForOthers(transport: unknown, field: Listed[number][1]): boolean | pulumi.Output<boolean> {
    if (isLate(transport)) return pulumi.output(transport as Promise<string | undefined>).apply((known) => takesNone(known, field));
    return takesNone(transport, field);
}

function takesNone(transport: unknown, { transports }: Listed[number][1]): boolean {
    const support = transports[isTransport(transport) ? transport : "ssh"];
    return typeof support === "object" && "none" in support;
}

function either(one: boolean | pulumi.Output<boolean>, other: boolean | pulumi.Output<boolean>): boolean | pulumi.Output<boolean> {
    if (one === true || other === true) return true;
    return isLate(one) || isLate(other) ? pulumi.all([one, other]).apply((both) => both.includes(true)) : false;
}

/** Whether one of the values is defined. An output if that is known late. */
function anyOf(values: readonly unknown[]): boolean | pulumi.Output<boolean> {
    if (values.some((value) => value !== undefined && !isLate(value))) return true;
    const late = values.filter(isLate);
    return late.length > 0 && pulumi.all(late).apply((known) => known.some((value) => value !== undefined));
}

function withDefault(value: unknown, fallback: unknown, suppressed: boolean | pulumi.Output<boolean>): unknown {
    if (fallback === undefined) return value;
    if (!isLate(value) && !isLate(suppressed)) return value ?? (suppressed ? undefined : fallback);
    return pulumi.all([value, suppressed]).apply(([known, isSuppressed]) => known ?? (isSuppressed ? undefined : fallback));
}

/** A secret's text is a secret; a reference names a place and stays readable. */
function guarded(value: unknown): unknown {
    if (isLate(value))
        return pulumi
            .output(value as Promise<string | SecretReference | undefined>)
            .apply((known) => (typeof known === "string" ? pulumi.secret(known) : known));
    return typeof value === "string" ? pulumi.secret(value) : value;
}

/** For a proxy that is known only late and may be undefined: its fields can't be wrapped one by one. */
const bringsInlineSecret = (endpoint: unknown): boolean =>
    isObject(endpoint) && SECRET_FIELDS.some((field) => typeof Reflect.get(endpoint, field) === "string");

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

/** Misspelt fields, for the provider's check to report. None for a connection that is known only late. */
function unknownFields(connection: object, fields: Listed): Values {
    if (isLate(connection)) return {};
    const known: readonly string[] = fields.map(([name]) => name);
    return Object.fromEntries(Object.entries(connection).filter(([field]) => !known.includes(field)));
}

const isLate = (value: unknown): value is pulumi.Output<unknown> | Promise<unknown> =>
    pulumi.Output.isInstance(value) || value instanceof Promise;

function fieldOf(connection: pulumi.Input<ConnectionArgs | EndpointArgs>, field: keyof ConnectionArgs): unknown {
    if (isLate(connection)) return pulumi.output(connection).apply((known): unknown => Reflect.get(known, field));
    return Reflect.get(connection, field);
}

/** Without `wmisec:`. What only the native plugin reads has no effect here, and is no mistake: a stack may have resources of both heads. */
const KNOWN: readonly string[] = [...CONFIGURABLE, ...OF_NATIVE];
const PREFIX = "wmisec:";
const warnedOf = new Set<string>();

/** Without this, a misspelt key would silently have no effect. Warns once per program about each key. */
function warnOfUnknownKeys(): void {
    for (const key of Object.keys(pulumi.runtime.allConfig())) {
        if (!key.startsWith(PREFIX) || KNOWN.includes(key.slice(PREFIX.length)) || warnedOf.has(key)) continue;
        warnedOf.add(key);
        const meant = nearest(key.slice(PREFIX.length), CONFIGURABLE);
        const hint =
            meant === undefined ? `it knows ${CONFIGURABLE.map((one) => PREFIX + one).join(", ")}` : `did you mean ${PREFIX}${meant}?`;
        void pulumi.log.warn(`the stack's configuration has ${key}, which pulumi-wmisec does not know; ${hint}`);
    }
}

let configured: { readonly text: string; readonly defaults: Values } | undefined;

/** Read once as long as nothing is changed: the SDK parses the whole configuration for each value that is read. */
function configuredDefaults(): Values {
    const text = JSON.stringify(pulumi.runtime.allConfig());
    if (configured?.text !== text) configured = { text, defaults: readDefaults() };
    return configured.defaults;
}

/**
 * `wmisec:FIELD` for each field; secrets also as `wmisec:passwordEnv`, `wmisec:passwordFile`, `wmisec:passwordCommand` (a JSON
 * list) and so on. `wmisec:hostKey` may be a JSON list, `wmisec:proxy` is a JSON object.
 */
function readDefaults(): Values {
    warnOfUnknownKeys();
    const config = new pulumi.Config("wmisec");
    return Object.fromEntries(connectionFields.map(([name, { value }]) => [name, CONFIGURED[value](config, name)]));
}

/** How to read a field from the configuration. */
const CONFIGURED: Readonly<Record<Listed[number][1]["value"], (config: pulumi.Config, name: ConnectionField) => unknown>> = {
    text: (config, name) => config.get(name),
    number: (config, name) => config.getNumber(name),
    texts: (config, name) => {
        const text = config.get(name);
        return text !== undefined && /^\[\s*"/.test(text) ? config.getObject(name) : text;
    },
    secret: (config, name) => {
        const [env, file, command] = [
            config.get(`${name}${SOURCES.env}`),
            config.get(`${name}${SOURCES.file}`),
            config.getObject(`${name}${SOURCES.command}`),
        ];
        if (env !== undefined) return { env };
        if (file !== undefined) return { file };
        return command !== undefined ? { command } : config.getSecret(name);
    },
    endpoint: (config, name) => {
        const endpoint = config.getObject<EndpointArgs>(name);
        return endpoint === undefined ? undefined : endpointInputs(endpoint, endpointFields, {});
    },
};
