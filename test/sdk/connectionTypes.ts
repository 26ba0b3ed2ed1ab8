/**
 * Compiles only as long as the sdk's interfaces say of each field what the provider's table says. connectionTypes.test.ts compiles it,
 * also against tables and interfaces with a mistake in them, which must not compile.
 */
import type * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import type { CONNECTION_FIELDS, ENDPOINT_FIELDS } from "../../provider/core/connection/fields";
import type { ConnectionArgs, EndpointArgs } from "../../sdk/connectionArgs";

/** Programs hand over lists and objects that they may not want to be changed. */
type Frozen<T> = { readonly [K in keyof T]: Frozen<T[K]> };
type Given<F> = F extends { readonly value: "endpoint" }
    ? EndpointArgs
    : F extends { readonly schema: z.ZodType<unknown, infer T> }
      ? Frozen<T>
      : never;
type Args<F> = { [N in keyof F]: pulumi.Input<Given<F[N]>> | undefined };

/** Names and types: an optional field that one of them has not would still be accepted. */
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
export const endpoint: Same<Required<EndpointArgs>, Required<Args<typeof ENDPOINT_FIELDS>>> = true;
export const connection: Same<Required<ConnectionArgs>, Required<Args<typeof CONNECTION_FIELDS>>> = true;
