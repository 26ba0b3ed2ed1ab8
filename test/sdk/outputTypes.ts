/**
 * Compiles only as long as the sdk's classes have the outputs that the resources' schemas tell of, with the same types. The sdk does not
 * import those types: editors and compilers of users' programs would have to read zod's. outputTypes.test.ts compiles it, also against
 * classes and schemas with a mistake in them, which must not compile.
 */
import type * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import type { NamespacePath } from "../../provider/core/namespacePath";
import type { commonOutputs } from "../../provider/resources/commonOutputs";
import type { fleetOutputs } from "../../provider/resources/fleetOutputs";
import type { unsecAppPolicy } from "../../provider/resources/unsecAppPolicy";
import type { wmiNamespaceSecurity } from "../../provider/resources/wmiNamespaceSecurity";
import type { FleetEncryptionPolicy } from "../../sdk/fleetEncryptionPolicy";
import type { UnsecAppPolicy } from "../../sdk/unsecAppPolicy";
import type { WmiNamespaceSecurity } from "../../sdk/wmiNamespaceSecurity";
import type { WmisecResource } from "../../sdk/wmisecResource";

/** A path that the provider knows to be normal is text to programs. */
type Frozen<T> = T extends NamespacePath ? string : { readonly [K in keyof T]: Frozen<T[K]> };
type Value<O> = O extends pulumi.OutputInstance<infer T> ? T : never;
type OfClass<Class, Inputs = never> = { [N in Exclude<keyof Class, Inputs>]: Frozen<Value<Class[N]>> };
type OfSchema<Outputs> = {
    [N in keyof Outputs]: Frozen<Exclude<Outputs[N], undefined>> | (undefined extends Outputs[N] ? undefined : never);
};
type Own<Spec extends { toOutputs(...given: never): object }> = Required<ReturnType<Spec["toOutputs"]>>;

/** Names and types: an optional field that one of them has not would still be accepted. */
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

type Common = Pick<WmisecResource, Exclude<keyof WmisecResource, keyof pulumi.CustomResource | "connection" | "owner">>;
export const common: Same<OfClass<Common>, OfSchema<Required<z.infer<z.ZodObject<typeof commonOutputs>>>>> = true;
export const sinks: Same<OfClass<UnsecAppPolicy, keyof WmisecResource | "checkAccess">, OfSchema<Own<typeof unsecAppPolicy>>> = true;
export const namespaces: Same<
    OfClass<WmiNamespaceSecurity, keyof WmisecResource | "namespaces" | "autorecover" | "compiler">,
    OfSchema<Own<typeof wmiNamespaceSecurity>>
> = true;
export const fleets: Same<
    OfClass<FleetEncryptionPolicy, keyof pulumi.CustomResource>,
    OfSchema<Required<z.infer<z.ZodObject<typeof fleetOutputs>>>>
> = true;
