import * as pulumi from "@pulumi/pulumi";
import { nearest } from "../provider/core/text/didYouMean";
import type { ConnectionArgs, EndpointArgs, SecretReference } from "./connectionArgs";

/** In the order in which they stand in the state. */
const ENDPOINT_FIELDS = [
    "host",
    "port",
    "user",
    "password",
    "privateKey",
    "privateKeyPassword",
    "agentSocketPath",
    "hostKey",
    "knownHostsFile",
    "dialErrorLimit",
    "perDialTimeout",
] as const satisfies readonly (keyof EndpointArgs)[];
const SECRETS = ["password", "privateKey", "privateKeyPassword"] as const;
/**
 * A program that brings one of a group means it: the configuration's are not mixed in. Credentials of both would try one's
 * password after the other's key; trust of both would let the configuration trust a server that the program does not.
 */
const GROUPS: readonly (readonly (keyof EndpointArgs)[])[] = [
    [...SECRETS, "agentSocketPath"],
    ["hostKey", "knownHostsFile"],
];

type Field = keyof ConnectionArgs;
type Fields = Record<string, unknown>;

/**
 * The connection as it goes to the engine: defaults of the stack's configuration filled in, each inline secret wrapped field
 * by field (a plain string would stay plain in the state; a secret as a whole would hide everything).
 *
 * Defaults are resolved here and stored as inputs, because a refresh or destroy would see the configuration of the last `up`.
 */
export function connectionInputs(connection: pulumi.Input<ConnectionArgs>): unknown {
    // What is no connection at all goes to the provider's check, which says so.
    if (!isLate(connection) && !isObject(connection)) return connection;
    const defaults = configuredDefaults();
    const inputs: Fields = { ...unknownFields(connection), ...endpointInputs(connection, [...ENDPOINT_FIELDS, "transport"], defaults) };
    const proxy = fieldOf(connection, "proxy");
    if (proxy === undefined) inputs["proxy"] = defaults["proxy"];
    else if (isLate(proxy)) {
        inputs["proxy"] = pulumi.output(proxy as Promise<EndpointArgs | undefined>).apply((known): unknown => {
            if (known === undefined) return defaults["proxy"];
            return bringsInlineSecret(known) ? pulumi.secret(known) : known;
        });
    } else inputs["proxy"] = endpointInputs(proxy as EndpointArgs, ENDPOINT_FIELDS, {});
    return inputs;
}

function endpointInputs(connection: pulumi.Input<ConnectionArgs | EndpointArgs>, fields: readonly Field[], defaults: Fields): Fields {
    const brought = GROUPS.map((group) => ({ group, brings: anyOf(group.map((field) => fieldOf(connection, field))) }));
    return Object.fromEntries(
        fields.map((field) => {
            const { brings = false } = brought.find(({ group }) => group.some((member) => member === field)) ?? {};
            const value = withDefault(fieldOf(connection, field), defaults[field], brings);
            return [field, SECRETS.some((secret) => secret === field) ? guarded(value) : value];
        }),
    );
}

/** Whether one of the values is there, which is known late where they are. */
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

/** Of a proxy that is known only late, and may not be there at all: its fields can't be wrapped one by one. */
const bringsInlineSecret = (endpoint: unknown): boolean =>
    typeof endpoint === "object" && endpoint !== null && SECRETS.some((field) => typeof Reflect.get(endpoint, field) === "string");

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

/** A misspelt field goes to the provider's check, too. Of a connection that is known only late, they are not seen. */
function unknownFields(connection: pulumi.Input<ConnectionArgs>): Fields {
    const known: readonly string[] = [...ENDPOINT_FIELDS, "transport", "proxy"];
    return isLate(connection) ? {} : Object.fromEntries(Object.entries(connection).filter(([field]) => !known.includes(field)));
}

const isLate = (value: unknown): value is pulumi.Output<unknown> | Promise<unknown> =>
    pulumi.Output.isInstance(value) || value instanceof Promise;

function fieldOf(connection: pulumi.Input<ConnectionArgs | EndpointArgs>, field: Field): unknown {
    if (isLate(connection)) return pulumi.output(connection).apply((known): unknown => Reflect.get(known, field));
    return Reflect.get(connection, field);
}

/** Every key that the stack's configuration may have for us, without `wmisec:`. */
const CONFIGURABLE: readonly string[] = [
    ...ENDPOINT_FIELDS,
    "transport",
    "proxy",
    ...SECRETS.flatMap((secret) => ["Env", "File", "Command"].map((kind) => `${secret}${kind}`)),
];
const PREFIX = "wmisec:";
const warnedOf = new Set<string>();

/** A misspelt key would be no default without a word. Each is told once for the program. */
function warnOfUnknownKeys(): void {
    for (const key of Object.keys(pulumi.runtime.allConfig())) {
        if (!key.startsWith(PREFIX) || CONFIGURABLE.includes(key.slice(PREFIX.length)) || warnedOf.has(key)) continue;
        warnedOf.add(key);
        const meant = nearest(key.slice(PREFIX.length), CONFIGURABLE);
        const hint =
            meant === undefined ? `there are ${CONFIGURABLE.map((one) => PREFIX + one).join(", ")}` : `did you mean ${PREFIX}${meant}?`;
        void pulumi.log.warn(`the stack's configuration has ${key}, which pulumi-wmisec does not know; ${hint}`);
    }
}

/**
 * `wmisec:FIELD` for each field; secrets also as `wmisec:passwordEnv`, `wmisec:passwordFile`, `wmisec:passwordCommand` (a JSON
 * list) and so on. `wmisec:hostKey` may be a JSON list, `wmisec:proxy` is a JSON object.
 */
function configuredDefaults(): Fields {
    warnOfUnknownKeys();
    const config = new pulumi.Config("wmisec");
    const defaults: Fields = {};
    for (const field of ["host", "user", "agentSocketPath", "knownHostsFile", "transport"] as const) defaults[field] = config.get(field);
    for (const field of ["port", "dialErrorLimit", "perDialTimeout"] as const) defaults[field] = config.getNumber(field);
    for (const field of SECRETS) {
        const [env, file, command] = [config.get(`${field}Env`), config.get(`${field}File`), config.getObject(`${field}Command`)];
        defaults[field] =
            env !== undefined ? { env } : file !== undefined ? { file } : command !== undefined ? { command } : config.getSecret(field);
    }
    const hostKey = config.get("hostKey");
    defaults["hostKey"] = hostKey !== undefined && /^\[\s*"/.test(hostKey) ? config.getObject("hostKey") : hostKey;
    const proxy = config.getObject<EndpointArgs>("proxy");
    defaults["proxy"] = proxy === undefined ? undefined : endpointInputs(proxy, ENDPOINT_FIELDS, {});
    return defaults;
}
