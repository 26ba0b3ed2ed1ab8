import type * as pulumi from "@pulumi/pulumi";
import type { ConnectionArgs } from "./connectionArgs";
import { connectionInputs, fleetHostsInputs } from "./connectionInputs";
import { DynamicResource } from "./dynamicResource";
import type { EvidenceArgs } from "./namespaceEvents";
import type { NamespacePolicyArgs } from "./wmiNamespaceSecurity";

/** A number of hosts, or a share of them such as `"5%"`, rounded down. */
export type HostCount = number | string;

/**
 * Why, and until when, a host of a fleet is left out.
 * @example
 * owner: "team-billing",
 * reason: "the old agent of the backup does not encrypt",
 * until: "2027-03-31"
 */
export interface ExemptionArgs {
    /**
     * Who answers for it.
     * @example
     * owner: "team-billing"
     */
    owner: pulumi.Input<string>;
    /**
     * Why the host is exempt.
     * @example
     * reason: "the old agent of the backup does not encrypt"
     */
    reason: pulumi.Input<string>;
    /**
     * When it ends: a date (from 00:00 UTC of that day on, the host is no longer exempt), or a time with its zone.
     * @example
     * until: "2027-03-31"
     */
    until: pulumi.Input<string>;
}

/**
 * What is special about one host of a fleet. `{}` if nothing is.
 * @example
 * connection: { host: "10.0.0.7" },
 * ring: "canary"
 */
export interface FleetHostArgs {
    /**
     * What differs from the fleet's `connection`. `host` is the host's name in the map if it is left out.
     * @default the fleet's
     * @example
     * connection: { host: "10.0.0.7", transport: "winrm" }
     */
    connection?: pulumi.Input<ConnectionArgs> | undefined;
    /**
     * Replaces or adds namespaces of the fleet, for this host.
     * @default the fleet's
     * @example
     * namespaces: { "root/cimv2": { requiresEncryption: false } }
     */
    namespaces?: pulumi.Input<Record<string, pulumi.Input<NamespacePolicyArgs>>> | undefined;
    /**
     * Replaces the fleet's `checkAccess`, for this host.
     * @default the fleet's
     * @example
     * checkAccess: false
     */
    checkAccess?: pulumi.Input<boolean> | undefined;
    /**
     * The ring of this host, by its name in `rings`.
     * @default the ring that names it or whose share it falls into
     * @example
     * ring: "canary"
     */
    ring?: pulumi.Input<string> | undefined;
    /**
     * Leaves this host out until a date.
     * @default none
     * @example
     * exemption: { owner: "team-billing", reason: "the old agent of the backup does not encrypt", until: "2027-03-31" }
     */
    exemption?: pulumi.Input<ExemptionArgs> | undefined;
}

/**
 * Hosts that are changed together, before those of the next ring.
 * @example
 * name: "canary",
 * hosts: ["web-01"],
 * maxFailures: 0
 */
export interface RingArgs {
    /**
     * The ring's name.
     * @example
     * name: "canary"
     */
    name: pulumi.Input<string>;
    /**
     * The hosts of this ring, by their names.
     * @default none are named
     * @example
     * hosts: ["web-01", "web-02"]
     */
    hosts?: pulumi.Input<pulumi.Input<string>[]> | undefined;
    /**
     * The share of all hosts that are in this ring, unless they are named for one. Which ones follows from their names alone, so a host keeps
     * its ring when others come and go.
     * @default none; the last ring takes all other hosts if it has neither `hosts` nor `percent`
     * @example
     * percent: 10
     */
    percent?: pulumi.Input<number> | undefined;
    /**
     * How many hosts of this ring may fail, as a number or a share such as `"5%"`, before the run stops ahead of the next ring.
     * @default 0
     * @example
     * maxFailures: "2%"
     */
    maxFailures?: pulumi.Input<HostCount> | undefined;
    /**
     * How long after the ring before was done this one may begin: a number of minutes, hours or days, as in `24h`. A run that comes too early
     * stops there and succeeds; the next one decides again.
     * @default at once
     * @example
     * eligibleAfter: "24h"
     */
    eligibleAfter?: pulumi.Input<string> | undefined;
}

/**
 * What `FleetEncryptionPolicy` takes.
 * @example
 * connection: { user: "CONTOSO\\svc-pulumi", privateKey: { file: "~/.ssh/fleet" } },
 * hosts: { "web-01.contoso.test": { ring: "canary" }, "web-02.contoso.test": {} },
 * namespaces: { "root/cimv2": { requiresEncryption: true } },
 * rings: [{ name: "canary" }, { name: "broad", eligibleAfter: "24h" }]
 */
export interface FleetEncryptionPolicyArgs {
    /**
     * The hosts, by name. Each needs at most what is special about it: `{}` if nothing is. The name is also the address, unless
     * `connection.host` says another.
     * @example
     * hosts: { "web-01.contoso.test": {}, "web-02.contoso.test": { ring: "canary" } }
     */
    hosts: pulumi.Input<Record<string, pulumi.Input<FleetHostArgs>>>;
    /**
     * How to reach the hosts: what they have in common.
     *
     * Fields that the program leaves out come from the stack's configuration (`wmisec:user` and so on).
     * @default the stack's configuration
     * @example
     * connection: { user: "CONTOSO\\svc-pulumi", privateKey: { file: "~/.ssh/fleet" } }
     */
    connection?: pulumi.Input<ConnectionArgs> | undefined;
    /**
     * The namespaces, by path from the root, with `/` or `\` between names, in any case. List each namespace once.
     * @default none: only what hosts have of their own
     * @example
     * namespaces: { "root/cimv2": { requiresEncryption: true } }
     */
    namespaces?: pulumi.Input<Record<string, pulumi.Input<NamespacePolicyArgs>>> | undefined;
    /**
     * `true`: only the computer account that obtained a sink may call back into it. `false`: anybody may, which is Windows' default.
     * @default the registry value is not declared
     * @example
     * checkAccess: true
     */
    checkAccess?: pulumi.Input<boolean> | undefined;
    /**
     * As in `WmiNamespaceSecurity`.
     * @default false
     * @example
     * autorecover: true
     */
    autorecover?: pulumi.Input<boolean> | undefined;
    /**
     * As in `WmiNamespaceSecurity`.
     * @default "mofcomp"
     * @example
     * compiler: "api"
     */
    compiler?: pulumi.Input<"mofcomp" | "api"> | undefined;
    /**
     * Reads the hosts' event logs too.
     *
     * See the output `refusedClients`. It costs one more request for each host.
     * @default none: the logs are not asked
     * @example
     * evidence: { since: "24h" }
     */
    evidence?: pulumi.Input<EvidenceArgs> | undefined;
    /**
     * What a delete of the fleet does. `"restore"` restores the original value of each item, if the host still has the value that this
     * provider wrote. `"leave"` leaves everything as it is.
     * @default "restore"
     * @example
     * onDelete: "leave"
     */
    onDelete?: pulumi.Input<"restore" | "leave"> | undefined;
    /**
     * What a run does about hosts that do not answer.
     *
     * `"keep"`: their last known state is kept, and the next run tries again. `"error"`: the run fails, after the other hosts were done.
     * @default "keep"
     * @example
     * unreachable: "error"
     */
    unreachable?: pulumi.Input<"error" | "keep"> | undefined;
    /**
     * How many hosts may be unreachable, as a number or a share such as `"10%"`, before a run fails although `unreachable` is `"keep"`.
     * @default no limit
     * @example
     * maxUnreachable: "10%"
     */
    maxUnreachable?: pulumi.Input<HostCount> | undefined;
    /**
     * What happens to a host that leaves `hosts`, or becomes exempt.
     *
     * `"leave"`: it stays as it is. Its ledger keeps the original values and drops this fleet, so another fleet or resource can take it over,
     * before or after. `"restore"`: its original values are restored.
     * @default "leave"
     * @example
     * whenHostLeaves: "restore"
     */
    whenHostLeaves?: pulumi.Input<"leave" | "restore"> | undefined;
    /**
     * Allows an update in which `hosts` is empty, or has lost more than half of its hosts.
     * @default false
     * @example
     * allowHostLoss: true
     */
    allowHostLoss?: pulumi.Input<boolean> | undefined;
    /**
     * Rings, in the order in which they are changed. A ring is done when its hosts read back as declared. Hosts of no ring come last.
     * @default none: all hosts at once, and none stops the others
     * @example
     * rings: [{ name: "canary", percent: 1 }, { name: "broad", eligibleAfter: "24h", maxFailures: "2%" }]
     */
    rings?: pulumi.Input<pulumi.Input<RingArgs>[]> | undefined;
    /**
     * How many hosts an update may touch, as a number or a share. A plan that touches more is refused before the first write.
     * @default no limit
     * @example
     * maxChanges: "20%"
     */
    maxChanges?: pulumi.Input<HostCount> | undefined;
    /**
     * How many hosts an update may make less strict, as a number or a share. A plan that may weaken more is refused before the first write.
     * @default no limit
     * @example
     * maxWeaken: 0
     */
    maxWeaken?: pulumi.Input<HostCount> | undefined;
    /**
     * Makes an update ask the hosts what it would write there, say so, and stop with an error before it writes anything.
     * @default false; WMISEC_PREVIEW_HOSTS=1 in the environment has the same effect
     * @example
     * previewHosts: true
     */
    previewHosts?: pulumi.Input<boolean> | undefined;
    /**
     * How many hosts are worked on at a time.
     * @default 64
     * @example
     * concurrency: 128
     */
    concurrency?: pulumi.Input<number> | undefined;
    /**
     * How many connections are begun in a second, at most.
     * @default no limit
     * @example
     * dialsPerSecond: 20
     */
    dialsPerSecond?: pulumi.Input<number> | undefined;
    /**
     * How many hosts a fleet may have for its sessions to stay open from a refresh to the update after it. The sessions of a larger one end
     * with the work.
     * @default 256
     * @example
     * openSessions: 500
     */
    openSessions?: pulumi.Input<number> | undefined;
    /**
     * How many hosts behind one jump host are worked on at a time.
     * @default 32
     * @example
     * sessionsPerJumpHost: 10
     */
    sessionsPerJumpHost?: pulumi.Input<number> | undefined;
}

/** How many hosts are in which condition. Each host counts once. */
export interface FleetCounts {
    /** All of them. */
    hosts: number;
    /** As declared. */
    compliant: number;
    /** Not as declared. */
    drifted: number;
    /** As declared, and a namespace with `whenMissing: "skip"` does not exist there. */
    skipped: number;
    /** Left out until its exemption ends. */
    exempt: number;
    /** Did not answer. */
    unreachable: number;
    /** Refuses the login or a permission. */
    denied: number;
    /** Any other error. */
    failed: number;
    /** Not begun yet: the run stopped before, or waits for its ring. */
    pending: number;
}

/** What went wrong on a host. */
export interface HostError {
    /** The host's name in the map. */
    host: string;
    /** The error's code, as in docs/troubleshooting.md. */
    code: string;
    /** What was said, what was tried, and what to do. */
    message: string;
}

/** Where a run stopped between rings. */
export interface HaltedAt {
    /** The ring that was not begun. */
    ring: string;
    /** Why, in a sentence. */
    why: string;
}

/**
 * The encryption policy of many hosts as one resource.
 *
 * It does what `WmiNamespaceSecurity` and `UnsecAppPolicy` do, for each host in one session, and many hosts at a time. A host that is
 * added, changed or removed concerns that host only. A run that fails on some hosts keeps what it did on the others, and the next one does
 * the rest.
 * @example
 * const fleet = new wmisec.FleetEncryptionPolicy("fleet", {
 *     connection: { user: "CONTOSO\\svc-pulumi", privateKey: { file: "~/.ssh/fleet" } },
 *     hosts: { "web-01.contoso.test": {}, "web-02.contoso.test": {} },
 *     namespaces: { "root/cimv2": { requiresEncryption: true } },
 *     maxUnreachable: "10%",
 * });
 * export const counts = fleet.counts;
 */
export class FleetEncryptionPolicy extends DynamicResource {
    /** How many hosts are in which condition. Each host counts once. */
    declare readonly counts: pulumi.Output<FleetCounts>;
    /**
     * What the last refresh found to differ, and on which hosts: at most 20 differences with 10 hosts each, the rest counted.
     *
     * For example `{ "root/cimv2 is false, declared true": "web-01, web-07" }`.
     */
    declare readonly drift: pulumi.Output<Record<string, string> | undefined>;
    /** The first errors of the last run, one for each kind, at most 10. */
    declare readonly errors: pulumi.Output<HostError[] | undefined>;
    /** Where and why the last run stopped between rings. The next `up` resumes there. */
    declare readonly haltedAt: pulumi.Output<HaltedAt | undefined>;
    /** With `evidence`: the hosts that refused most clients (event 5605), at most 20, with the number of refusals. */
    declare readonly refusedClients: pulumi.Output<Record<string, number> | undefined>;

    constructor(name: string, args: FleetEncryptionPolicyArgs, opts?: pulumi.CustomResourceOptions) {
        const { connection = {}, hosts, ...rest } = args;
        const outputs = { counts: undefined, errors: undefined, haltedAt: undefined, refusedClients: undefined };
        super(
            "FleetEncryptionPolicy",
            name,
            { ...outputs, ...rest, connection: connectionInputs(connection), hosts: fleetHostsInputs(hosts) },
            opts,
        );
    }
}
