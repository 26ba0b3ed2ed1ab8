import type { z } from "zod";
import type { SecretSource, secretSource } from "./secretRef";

export const TRANSPORTS = ["ssh", "openssh"] as const;
export type Transport = (typeof TRANSPORTS)[number];

/**
 * What a field is about. `address`: where the connection leads; another address is another host. `account`: as whom. `credential`: what we
 * log in with. `trust`: which host keys are accepted. `patience`: how long and how often we try; connections that differ only in that count
 * as one.
 */
export type FieldClass = "address" | "account" | "credential" | "trust" | "patience";

/**
 * `refusal`: why the transport does not support this value, and what to write instead; undefined if it does. Must not contain the value.
 */
export type Support<V> = "every value" | { refusal(value: V): string | undefined };

export interface Facts<V, Class = FieldClass> {
    readonly class: Class;
    readonly required?: true;
    /** Markdown that editors show for the field. */
    readonly doc: string;
    /** The default in words. */
    readonly unset?: string;
    /** The default as a value, for transports that have one. */
    readonly defaults?: { readonly [T in Transport]?: V };
    /** Another field. If that one is given, this one is ignored. */
    readonly overriddenBy?: string;
    readonly transports: { readonly [T in Transport]: Support<V> };
    /** Equal results for values that mean the same. @default the value itself */
    meaning?(value: V): unknown;
}

/**
 * Everything about one field of a connection. `value` decides how a stack's configuration is read, and `secret` makes the SDK wrap the
 * field before the engine sees it. So only a secret's schema accepts a reference, and a field with that schema can have no other `value`.
 */
export type Field =
    | (Facts<string> & { readonly value: "text"; readonly schema: z.ZodType<string> })
    | (Facts<number> & { readonly value: "number"; readonly schema: z.ZodType<number> })
    | (Facts<string | string[]> & { readonly value: "texts"; readonly schema: z.ZodType<string | string[]> })
    | (Facts<SecretSource, "credential"> & { readonly value: "secret"; readonly schema: typeof secretSource })
    /** Each field of the endpoint has its own class. */
    | (Facts<object, "of each field"> & { readonly value: "endpoint"; readonly schema: z.ZodType<object> });

/** By name, in the order in which the state has them. */
export type Fields = Readonly<Record<string, Field>>;
