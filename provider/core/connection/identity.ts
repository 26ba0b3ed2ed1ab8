import { defaultOf, type Facts, type Field } from "./field";
import { connectionFields } from "./fields";
import type { Connection, Endpoint } from "./schema";

type Route = Endpoint & Partial<Connection>;

type AnyField = Facts<unknown, Field["class"]>;

/**
 * Everything that distinguishes connections, so all except how long we try. Connections whose identity is equal as JSON may share a
 * session. It holds secrets: pass it to nothing but a keyed hash.
 */
export const identityOf = (connection: Route): unknown =>
    valuesOf(
        connection,
        (field) => field.class !== "patience",
        (field, value) => field.meaning?.(value) ?? value,
    );

/**
 * Where a connection leads, as opposed to how we log in. The transport is part of it: with openssh, the user's ssh configuration decides
 * which address a name means, and which port if the program names none.
 */
export const addressOf = (connection: Connection): unknown =>
    valuesOf(
        connection,
        (field) => field.class === "address",
        (_field, value) => value,
    );

/** Null for a field that is not given or has no effect. */
function valuesOf(
    endpoint: Route,
    isAnyField: (field: AnyField) => boolean,
    meaning: (field: AnyField, value: unknown) => unknown,
): unknown {
    const { transport = "ssh" } = endpoint;
    return connectionFields.flatMap(([name, field]) => {
        const value: unknown = endpoint[name] ?? defaultOf(field, transport, endpoint);
        if (field.value === "endpoint") return [value === undefined ? null : valuesOf(value as Endpoint, isAnyField, meaning)];
        if (!isAnyField(field)) return [];
        const isOutweighed = field.overriddenBy !== undefined && Reflect.get(endpoint, field.overriddenBy) !== undefined;
        return [value === undefined || isOutweighed ? null : meaning(field, value)];
    });
}
