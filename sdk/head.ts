import type * as pulumi from "@pulumi/pulumi";
import type { ConnectionArgs } from "./connectionArgs";

/** What a program says of a resource, as far as it matters how the engine gets it. */
interface Declared {
    /** The resource's name in the provider. */
    readonly kind: string;
    readonly name: string;
    readonly connection: pulumi.Input<ConnectionArgs>;
    readonly opts: pulumi.CustomResourceOptions | undefined;
}

interface Registration {
    readonly type: string;
    /** The inputs besides the resource's own. */
    readonly inputs: Record<string, unknown>;
    readonly options: pulumi.CustomResourceOptions | undefined;
}

/** A way to the engine. */
export type Head = (declared: Declared) => Registration;
