import type { z } from "zod";
import type { SecretSource, secretSource } from "./secretRef";

export const TRANSPORTS = ["ssh", "openssh"] as const;
export type Transport = (typeof TRANSPORTS)[number];

/**
 * What a field says. `address`: where it leads; another one is another host. `account`: as whom. `credential`: what we log in with.
 * `trust`: who may answer. `patience`: how long and how often we try; connections that differ in nothing else are one.
 */
export type FieldClass = "address" | "account" | "credential" | "trust" | "patience";

/** `refusal`: why it can't be given this value, and what to write instead; undefined where it can. Holds nothing of the value. */
export type Support<V> = "every value" | { refusal(value: V): string | undefined };

export interface Facts<V, Class = FieldClass> {
    readonly class: Class;
    readonly required?: true;
    /** For people, in Markdown: what editors show over the field. */
    readonly doc: string;
    /** What holds where it is not given, for people. */
    readonly unset?: string;
    /** The same as a value, for the transports that have one. */
    readonly defaults?: { readonly [T in Transport]?: V };
    /** Another field: where that one is given, this one is not looked at. */
    readonly outweighedBy?: string;
    readonly transports: { readonly [T in Transport]: Support<V> };
    /** Equal for values that mean the same. @default the value itself */
    meaning?(value: V): unknown;
}

/**
 * All that is to be said of a field of a connection. By `value` the configuration of a stack is read, and `secret` is wrapped before the
 * engine sees it: so nothing but a secret's schema lets a reference through, and a field with that schema can be nothing else.
 */
export type Field =
    | (Facts<string> & { readonly value: "text"; readonly schema: z.ZodType<string> })
    | (Facts<number> & { readonly value: "number"; readonly schema: z.ZodType<number> })
    | (Facts<string | string[]> & { readonly value: "texts"; readonly schema: z.ZodType<string | string[]> })
    | (Facts<SecretSource, "credential"> & { readonly value: "secret"; readonly schema: typeof secretSource })
    /** Each of its fields has a class of its own. */
    | (Facts<object, "of each field"> & { readonly value: "endpoint"; readonly schema: z.ZodType<object> });

/** By name, in the order in which they stand in the state. */
export type Fields = Readonly<Record<string, Field>>;
