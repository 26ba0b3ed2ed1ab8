import { createRequire } from "node:module";

/** A module as @pulumi/pulumi itself finds it: the engine's stubs and the gRPC library must be the copies that it uses. */
export function ofPulumi<Module>(name: string): Module {
    return createRequire(require.resolve("@pulumi/pulumi"))(name) as Module;
}
