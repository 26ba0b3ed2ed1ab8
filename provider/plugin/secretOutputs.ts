import { connectionFields } from "../core/connection/fields";

/** How a secret travels to the engine (`pulumi.runtime.specialSigKey` and `specialSecretSig`). */
const asSecret = (value: string) => ({ "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value });

const VALUES: ReadonlyMap<string, string> = new Map(connectionFields.map(([name, { value }]) => [name, value]));

type Bag = Readonly<Record<string, unknown>>;

/**
 * The outputs with every inline secret of every connection marked. The engine itself marks an output only if the current input
 * of the same name is secret. It would not mark the connection that an update moves away from.
 */
export function withSecretsMarked(outputs: Bag): Record<string, unknown> {
    return Object.fromEntries(
        Object.entries(outputs).map(([key, value]) => {
            if (key === "connection") return [key, marked(value)];
            if (key === "unreleased" && Array.isArray(value))
                return [key, value.map((former) => (isBag(former) ? withSecretsMarked(former) : former))];
            return [key, value];
        }),
    );
}

function marked(endpoint: unknown): unknown {
    if (!isBag(endpoint)) return endpoint;
    return Object.fromEntries(
        Object.entries(endpoint).map(([key, value]) => {
            if (VALUES.get(key) === "endpoint") return [key, marked(value)];
            return [key, typeof value === "string" && VALUES.get(key) === "secret" ? asSecret(value) : value];
        }),
    );
}

const isBag = (value: unknown): value is Bag => typeof value === "object" && value !== null && !Array.isArray(value);
