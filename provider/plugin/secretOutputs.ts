import { connectionFields } from "../core/connection/fields";
import { MEMORY } from "../resources/fleetOutputs";

/** How a secret travels to the engine (`pulumi.runtime.specialSigKey` and `specialSecretSig`). */
const asSecret = (value: string) => ({ "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value });

const VALUES: ReadonlyMap<string, string> = new Map(connectionFields.map(([name, { value }]) => [name, value]));

type Bag = Readonly<Record<string, unknown>>;

/**
 * The outputs with every inline secret of every connection marked, wherever it is. The engine itself marks an output only if the current
 * input of the same name is secret. It would not mark the connection that an update moves away from.
 */
export const withSecretsMarked = (outputs: Bag): Record<string, unknown> =>
    Object.fromEntries(
        Object.entries(outputs).map(([key, value]) => {
            if (key === MEMORY && typeof value === "string") return [key, asSecret(value)];
            return [key, key === "connection" ? marked(value) : searched(value)];
        }),
    );

function searched(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(searched);
    return isBag(value) ? withSecretsMarked(value) : value;
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
