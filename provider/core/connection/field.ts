import type { z } from "zod";
import type { SecretSource, secretSource } from "./secretRef";

export const TRANSPORTS = ["ssh", "openssh", "winrm"] as const;
export type Transport = (typeof TRANSPORTS)[number];

export const isTransport = (value: unknown): value is Transport => TRANSPORTS.some((transport) => transport === value);

/**
 * What a field is about. `address`: where the connection leads; another address is another host. `account`: as whom. `credential`: what we
 * log in with. `trust`: which host keys are accepted. `patience`: how long and how often we try; connections that differ only in that count
 * as one.
 */
export type FieldClass = "address" | "account" | "credential" | "trust" | "patience";

/**
 * `refusal`: why it can't be given this value, and what to write instead; undefined where it can. Holds nothing of the value.
 * `none`: the same of any value. A default of the stack's configuration is not meant for this transport then.
 */
export type Support<V> = "every value" | { refusal(value: V): string | undefined } | { readonly none: string };

/** A default may depend on what is said in other fields. */
export type Default<V> = V | ((others: object) => V);

export interface Facts<V, Class = FieldClass> {
    readonly class: Class;
    readonly required?: true;
    /** Markdown that editors show for the field. */
    readonly doc: string;
    /** The default in words. */
    readonly unset?: string;
    /** The same as a value, for the transports that have one. */
    readonly defaults?: { readonly [T in Transport]?: Default<V> };
    /** Another field: where that one is given, this one is not looked at. */
    readonly overriddenBy?: string;
    readonly transports: { readonly [T in Transport]: Support<V> };
    /** Equal results for values that mean the same. @default the value itself */
    meaning?(value: V): unknown;
}

/** @returns undefined where there is none */
export function defaultOf<V>({ defaults }: Pick<Facts<V, unknown>, "defaults">, transport: Transport, others: object): V | undefined {
    const value = defaults?.[transport];
    return typeof value === "function" ? (value as (others: object) => V)(others) : value;
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
