import type { Properties } from "../../provider/handlers/handler";
import type { HostResourceName } from "../../provider/resources";
import { DEFINITION } from "./faultWorld";
import type { Row } from "./row";

export interface Policy {
    readonly namespaces: Readonly<Record<string, { readonly requiresEncryption: boolean; readonly definitionMof?: string }>>;
    readonly checkAccess: boolean;
}
const CONTOSO = { requiresEncryption: true, definitionMof: DEFINITION };
export const FIRST: Policy = {
    namespaces: { "root/contoso": CONTOSO, "root/contoso/billing": { requiresEncryption: true } },
    checkAccess: true,
};
/** An update has something to write, something to release and something to take in. */
export const SECOND: Policy = {
    namespaces: { "root/contoso": CONTOSO, "root/shop": { requiresEncryption: true } },
    checkAccess: false,
};

/** What each resource wants of a policy, beside its connection and its owner. */
export const WANTS: Readonly<Record<HostResourceName, (policy: Policy, row: Row) => Properties>> = {
    WmiNamespaceSecurity: ({ namespaces }, { compiler = "mofcomp" }) => ({
        namespaces,
        autorecover: true,
        compiler,
        evidence: { since: "1h" },
    }),
    UnsecAppPolicy: ({ checkAccess }) => ({ checkAccess }),
};

export const RESOURCES = Object.keys(WANTS) as HostResourceName[];
