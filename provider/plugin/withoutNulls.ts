import type { Properties } from "../handlers/handler";

/** An absent field arrives as null if the whole value is secret. */
export const withoutNulls = (properties: Properties): Properties => cleared(properties) as Properties;

function cleared(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(cleared);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).flatMap(([key, inner]) => (inner === null ? [] : [[key, cleared(inner)]])));
}
