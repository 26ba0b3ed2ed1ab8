import type { Facts, Field } from "./field";
import { connectionFields } from "./fields";
import type { Connection, Endpoint } from "./schema";

type Way = Endpoint & Pick<Connection, "proxy" | "transport">;

type Chosen = Facts<unknown, Field["class"]>;

/**
 * What makes two connections one: all but how patiently we dial. As JSON it is equal where they may share a session.
 * Holds secrets: nobody but a keyed hash may see it.
 */
export const identityOf = (connection: Way): unknown =>
    valuesOf(
        connection,
        (field) => field.class !== "patience",
        (field, value) => field.meaning?.(value) ?? value,
    );

/**
 * Where a connection leads; the rest of it is how we get in. The transport is a part of it: with openssh the configuration of the
 * user's ssh says which address a name stands for, and which port where the program says none.
 */
export const addressOf = (connection: Connection): unknown =>
    valuesOf(
        connection,
        (field) => field.class === "address",
        (_field, value) => value,
    );

/** Null for what is not given, or counts for nothing. */
function valuesOf(endpoint: Way, isChosen: (field: Chosen) => boolean, told: (field: Chosen, value: unknown) => unknown): unknown {
    const { transport = "ssh" } = endpoint;
    return connectionFields.flatMap(([name, field]) => {
        const value: unknown = endpoint[name] ?? field.defaults?.[transport];
        if (field.value === "endpoint") return [value === undefined ? null : valuesOf(value as Endpoint, isChosen, told)];
        if (!isChosen(field)) return [];
        const isOutweighed = field.outweighedBy !== undefined && Reflect.get(endpoint, field.outweighedBy) !== undefined;
        return [value === undefined || isOutweighed ? null : told(field, value)];
    });
}
