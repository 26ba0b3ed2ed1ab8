import type { ResourceSpec } from "./resource";
import { unsecAppPolicy } from "./unsecAppPolicy";
import { wmiNamespaceSecurity } from "./wmiNamespaceSecurity";

/** Every resource there is; a new one is one line here. */
const SPECS = { WmiNamespaceSecurity: wmiNamespaceSecurity, UnsecAppPolicy: unsecAppPolicy };

export type ResourceName = keyof typeof SPECS;

/** @throws TypeError for a name that no resource has: the program and this package do not fit together. */
export function specOf(name: string): ResourceSpec {
    if (!Object.hasOwn(SPECS, name))
        throw new TypeError(`pulumi-wmisec has no resource ${JSON.stringify(name)}: is the installed release older than the state?`);
    return SPECS[name as ResourceName] as ResourceSpec;
}
