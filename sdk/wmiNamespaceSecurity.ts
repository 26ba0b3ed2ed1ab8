import type * as pulumi from "@pulumi/pulumi";
import type { EvidenceArgs, NamespaceEvents } from "./namespaceEvents";
import { type CommonArgs, type Status, WmisecResource } from "./wmisecResource";

/** What one namespace shall be. */
export interface NamespacePolicyArgs {
    /** true: WMI refuses remote clients that do not encrypt (authentication level PktPrivacy). false: it does not refuse them. */
    requiresEncryption: pulumi.Input<boolean>;
    /** `skip`: fine where the host has no such namespace, as with a role that is not installed everywhere. @default "error" */
    whenMissing?: pulumi.Input<"error" | "skip"> | undefined;
}

export interface WmiNamespaceSecurityArgs extends CommonArgs {
    /** By path from the root, `/` or `\` between names, any case: `root/cimv2`. Each namespace once. */
    namespaces: pulumi.Input<Record<string, pulumi.Input<NamespacePolicyArgs>>>;
    /**
     * Asks the host's event log too, at each refresh and at the end of a create or update: see the output `events`. One request
     * more for each host. Switching it on or off is an update that writes nothing on the host.
     * @default not asked
     */
    evidence?: pulumi.Input<EvidenceArgs> | undefined;
}

/**
 * Which WMI namespaces of one host refuse clients that do not encrypt.
 *
 * Local clients always encrypt and notice nothing, and so does everything that runs on the host over SSH or WinRM. Remote
 * DCOM clients below PktPrivacy are refused: Get-WmiObject without -Authentication PacketPrivacy, many monitoring tools.
 * Find out who they are before you set it on root/cimv2.
 *
 * A namespace that is taken out of the map is put back to what stood there before. Namespaces that Windows ships encrypted
 * (root/cimv2/TerminalServices, root/MSCluster) stay so when a resource that adopted them is deleted.
 * @see the document "Requiring an Encrypted Connection to a Namespace" of the Windows SDK
 */
export class WmiNamespaceSecurity extends WmisecResource {
    declare readonly namespaces: pulumi.Output<Record<string, { requiresEncryption: boolean; whenMissing?: "error" | "skip" }>>;
    /** What the host has, by the map's keys: true, false, `"absent"` (no qualifier), `"missing"`, `"denied"` or `"contradictory"`. */
    declare readonly observed: pulumi.Output<Record<string, boolean | string>>;
    /** By the map's keys. */
    declare readonly status: pulumi.Output<Record<string, Status>>;
    /**
     * What the event log said when it was last asked; why it could not be asked; undefined without `evidence`. It changes with the
     * log and is never a reason for an update of this resource.
     */
    declare readonly events: pulumi.Output<NamespaceEvents | { unavailable: string } | undefined>;

    constructor(name: string, args: WmiNamespaceSecurityArgs, opts?: pulumi.CustomResourceOptions) {
        super("WmiNamespaceSecurity", name, { observed: undefined, status: undefined, events: undefined, ...args }, opts);
    }
}
