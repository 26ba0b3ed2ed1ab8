import type { z } from "zod";
import { nearest } from "./didYouMean";

/**
 * Replaces zod's messages, which are about types, with plain words. A message that a schema defines itself takes precedence. None contains
 * the value: it may be a secret.
 */
const plainWords: z.core.$ZodErrorMap = (issue) => {
    switch (issue.code) {
        case "invalid_type":
            return `must be ${TYPES[issue.expected] ?? "of another type"}`;
        case "invalid_value":
            return `must be ${issue.values.map((value) => JSON.stringify(value)).join(" or ")}`;
        case "too_big":
            return isCounted(issue.origin)
                ? `has more than ${issue.maximum} ${UNITS[issue.origin]}, and at most ${issue.maximum} are supported`
                : beyond("more", issue.maximum);
        case "too_small":
            if (!isCounted(issue.origin)) return beyond("less", issue.minimum);
            return issue.minimum === 1 ? "is empty" : `has fewer than ${issue.minimum} ${UNITS[issue.origin]}`;
        case "unrecognized_keys":
            return issue.keys.map((key) => noSuchKey(key, keysOf(issue.inst))).join("; ");
        case "invalid_union":
            return "has none of the forms that are allowed here";
        default:
            return "does not have the required form";
    }
};

const TYPES: Readonly<Record<string, string>> = {
    string: "text",
    number: "a number",
    int: "a whole number",
    boolean: "true or false",
    array: "a list",
    object: "an object, as in { name: value }",
    record: "an object, as in { name: value }",
    null: "null",
};
/** A number too large to be exact meets zod's own limit first. That limit means nothing to a user. */
const beyond = (which: "more" | "less", bound: number | bigint): string =>
    Math.abs(Number(bound)) === Number.MAX_SAFE_INTEGER ? `is far ${which} than allowed` : `is ${which} than ${bound}`;

const UNITS = { string: "characters", array: "entries" } as const;
const isCounted = (origin: string): origin is keyof typeof UNITS => origin in UNITS;

function noSuchKey(key: string, known: readonly string[]): string {
    const meant = nearest(key, known);
    const shown = JSON.stringify(key.length > 80 ? `${key.slice(0, 80)}...` : key);
    return `there is no input ${shown} here${meant === undefined ? "" : `; did you mean ${JSON.stringify(meant)}?`}`;
}

function keysOf(schema: unknown): readonly string[] {
    if (typeof schema !== "object" || schema === null || !("_zod" in schema)) return [];
    const { def } = (schema as z.core.$ZodObject)._zod;
    return Object.keys(def.shape);
}

/** Parses, with error messages in plain words. */
export const parsed = <T>(schema: z.ZodType<T>, value: unknown): z.ZodSafeParseResult<T> => schema.safeParse(value, { error: plainWords });
