import type { ResourceSpec } from "./resource";
import { unsecAppPolicy } from "./unsecAppPolicy";
import { wmiNamespaceSecurity } from "./wmiNamespaceSecurity";

/** Every resource there is; a new one is one line here. */
const SPECS = { [wmiNamespaceSecurity.name]: wmiNamespaceSecurity, [unsecAppPolicy.name]: unsecAppPolicy };

/** @throws TypeError for a name that no resource has: the program and this package do not fit together. */
export function specOf(name: string): ResourceSpec {
    const spec = SPECS[name];
    if (spec === undefined)
        throw new TypeError(`pulumi-wmisec has no resource ${JSON.stringify(name)}: is the installed release older than the state?`);
    return spec as ResourceSpec;
}
