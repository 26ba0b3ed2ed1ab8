import { isBag } from "../core/bag";
import { connectionFields } from "../core/connection/fields";
import type { Properties } from "../handlers/handler";
import { MEMORY } from "../resources/fleetOutputs";

/** How a secret travels to the engine, and from it (`pulumi.runtime.specialSigKey` and `specialSecretSig`). */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
export const asSecret = (value: unknown) => ({ [SIGNATURE]: SECRET, value });

/** A value whose secrets were marked, without the marks. */
export function withoutMarks(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(withoutMarks);
    if (!isBag(value)) return value;
    if (value[SIGNATURE] === SECRET) return withoutMarks(value["value"]);
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutMarks(inner)]));
}

const VALUES: ReadonlyMap<string, string> = new Map(connectionFields.map(([name, { value }]) => [name, value]));

/**
 * The outputs with every inline secret of every connection marked, wherever it is. The engine itself marks an output only if the current
 * input of the same name is secret. It would not mark the connection that an update moves away from.
 */
export const withSecretsMarked = (outputs: Properties): Record<string, unknown> => markedBag(outputs, false);

/** @param inConnection whether the bag is a connection: also true of what only has the name of one, as a fleet's host may have */
const markedBag = (bag: Properties, inConnection: boolean): Record<string, unknown> =>
    Object.fromEntries(
        Object.entries(bag).map(([key, value]) => {
            if (typeof value === "string") return [key, isSecret(key, inConnection) ? asSecret(value) : value];
            return [key, markedValue(value, key === "connection" || (inConnection && VALUES.get(key) === "endpoint"))];
        }),
    );

function markedValue(value: unknown, isConnection: boolean): unknown {
    if (Array.isArray(value)) return value.map((one) => markedValue(one, isConnection));
    return isBag(value) ? markedBag(value, isConnection) : value;
}

const isSecret = (key: string, inConnection: boolean): boolean => (inConnection ? VALUES.get(key) === "secret" : key === MEMORY);
