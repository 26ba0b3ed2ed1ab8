import { fleetEncryptionPolicy } from "./fleetEncryptionPolicy";
import type { DescribedResource, HostResource } from "./resource";
import { unsecAppPolicy } from "./unsecAppPolicy";
import { wmiNamespaceSecurity } from "./wmiNamespaceSecurity";

/** Every resource for one host; a new one is one line here. */
const SPECS = { WmiNamespaceSecurity: wmiNamespaceSecurity, UnsecAppPolicy: unsecAppPolicy };

export type HostResourceName = keyof typeof SPECS;

export const HOST_RESOURCES: readonly HostResource[] = Object.values(SPECS) as readonly HostResource[];

/** Every resource. */
const DESCRIBED = { ...SPECS, FleetEncryptionPolicy: fleetEncryptionPolicy };

export type ResourceName = keyof typeof DESCRIBED;

export const RESOURCES: readonly DescribedResource[] = Object.values(DESCRIBED);

export const RESOURCE_NAMES = Object.keys(DESCRIBED) as readonly ResourceName[];

/** Inputs that no program says: a head fills in the first, a refresh the second. */
export const NOT_SAID: ReadonlySet<string> = new Set(["owner", "drift"]);

/** Whether a resource has many hosts. */
export const isFleet = (name: string): boolean => name === fleetEncryptionPolicy.name;

/** @throws TypeError for a name that no resource for one host has: the program and this package do not fit together. */
export function specOf(name: string): HostResource {
    if (!Object.hasOwn(SPECS, name)) throw unknownResource(name);
    return SPECS[name as HostResourceName] as HostResource;
}

/** @throws TypeError for a name that no resource has */
export function describedResource(name: string): DescribedResource {
    if (!Object.hasOwn(DESCRIBED, name)) throw unknownResource(name);
    return DESCRIBED[name as ResourceName];
}

const unknownResource = (name: string): TypeError =>
    new TypeError(`pulumi-wmisec has no resource ${JSON.stringify(name)}: is the installed release older than the state?`);
