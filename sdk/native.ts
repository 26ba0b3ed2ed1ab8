/** The resources by the native plugin: a program chooses the head by where it imports from. Everything else is as in `pulumi-wmisec`. */
import * as pulumi from "@pulumi/pulumi";
import { FleetEncryptionPolicy as DynamicFleetEncryptionPolicy } from "./fleetEncryptionPolicy";
import { nativeHead } from "./nativeHead";
import { type ProviderArgs, providerInputs } from "./providerArgs";
import { UnsecAppPolicy as DynamicUnsecAppPolicy } from "./unsecAppPolicy";
import { WmiNamespaceSecurity as DynamicWmiNamespaceSecurity } from "./wmiNamespaceSecurity";

export type * from "./index";
export type { ProviderArgs } from "./providerArgs";

/** `UnsecAppPolicy` by the native plugin. */
export class UnsecAppPolicy extends DynamicUnsecAppPolicy {
    protected static override readonly head = nativeHead;

    /**
     * What a host has, without managing it.
     * @param id the host, as in an import
     */
    static get(name: string, id: pulumi.Input<pulumi.ID>, opts?: pulumi.CustomResourceOptions): UnsecAppPolicy {
        return new UnsecAppPolicy(name, UNKNOWN_ARGS, { ...opts, id });
    }
}

/** `WmiNamespaceSecurity` by the native plugin. */
export class WmiNamespaceSecurity extends DynamicWmiNamespaceSecurity {
    protected static override readonly head = nativeHead;

    /**
     * What a host has, without managing it.
     * @param id the host, or the host and namespaces, as in an import: `HOST,root/cimv2,root/Contoso`
     */
    static get(name: string, id: pulumi.Input<pulumi.ID>, opts?: pulumi.CustomResourceOptions): WmiNamespaceSecurity {
        return new WmiNamespaceSecurity(name, UNKNOWN_ARGS, { ...opts, id });
    }
}

/** `FleetEncryptionPolicy` by the native plugin. */
export class FleetEncryptionPolicy extends DynamicFleetEncryptionPolicy {
    protected static override readonly head = nativeHead;
}

/** Of a resource that is only looked at nothing is declared. */
const UNKNOWN_ARGS = {} as never;

/**
 * An instance of the native plugin, with credentials and other defaults for the connections of its resources.
 * @example
 * const fleet = new wmisec.Provider("fleet", { user: "CONTOSO\\svc-pulumi", privateKey: { file: "~/.ssh/fleet" } });
 * new wmisec.UnsecAppPolicy("web-07", { connection: { host: "web-07.contoso.test" }, checkAccess: true }, { provider: fleet });
 */
export class Provider extends pulumi.ProviderResource {
    constructor(name: string, args: ProviderArgs = {}, opts?: pulumi.ResourceOptions) {
        super("wmisec", name, providerInputs(args), opts);
    }
}
