import * as pulumi from "@pulumi/pulumi";
import type { ConnectionArgs } from "./connectionArgs";
import { fleetHostsInputs } from "./connectionInputs";
import { dynamicHead } from "./dynamicHead";
import type { Head } from "./head";
import type { EvidenceArgs } from "./namespaceEvents";
import type { NamespacePolicyArgs } from "./wmiNamespaceSecurity";

/** A number of hosts, or a share of them such as `"5%"`, rounded down. */
export type HostCount = number | string;

/**
 * Why a host of a fleet is left out, and until when.
 * @example
 * owner: "team-billing",
 * reason: "the old agent of the backup does not encrypt",
 * until: "2027-03-31"
 */
export interface ExemptionArgs {
    /**
     * Who answers for the exemption: a team or a person.
     * @example
     * owner: "team-billing"
     */
    owner: pulumi.Input<string>;
    /**
     * Why the host is exempt, in a line.
     * @example
     * reason: "the old agent of the backup does not encrypt"
     */
    reason: pulumi.Input<string>;
    /**
     * When the exemption ends: a date, or a time with its zone. A date means 00:00 UTC: on that day the host is no longer exempt.
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
     * What differs from the fleet's `connection`. Without `host`, the host's name in the map is its address.
     * @default the fleet's
     * @example
     * connection: { host: "web-07.dmz.contoso.test", transport: "winrm" }
     */
    connection?: pulumi.Input<ConnectionArgs> | undefined;
    /**
     * Namespaces of this host alone. They are added to the fleet's. One that the fleet also has replaces the fleet's.
     * @default the fleet's
     * @example
     * namespaces: { "root/cimv2": { requiresEncryption: false } }
     */
    namespaces?: pulumi.Input<Record<string, pulumi.Input<NamespacePolicyArgs>>> | undefined;
    /**
     * Takes the place of the fleet's `checkAccess` on this host.
     * @default the fleet's
     * @example
     * checkAccess: false
     */
    checkAccess?: pulumi.Input<boolean> | undefined;
    /**
     * The ring in which this host is changed: the name of one of `rings`.
     * @default the ring that names or takes the host
     * @example
     * ring: "canary"
     */
    ring?: pulumi.Input<string> | undefined;
    /**
     * Leaves this host out until a date: it is neither changed nor read.
     * @default none
     * @example
     * exemption: { owner: "team-billing", reason: "the old agent of the backup does not encrypt", until: "2027-03-31" }
     */
    exemption?: pulumi.Input<ExemptionArgs> | undefined;
}

/**
 * Hosts of a fleet that are changed together, before those of the next ring.
 * @example
 * name: "canary",
 * hosts: ["web-01"],
 * maxFailures: 0
 */
export interface RingArgs {
    /**
     * The ring's name, which hosts can give as their `ring`.
     * @example
     * name: "canary"
     */
    name: pulumi.Input<string>;
    /**
     * Hosts of this ring, by their names in the fleet.
     * @default none
     * @example
     * hosts: ["web-01", "web-02"]
     */
    hosts?: pulumi.Input<pulumi.Input<string>[]> | undefined;
    /**
     * The share of the fleet's other hosts that this ring takes: of those that neither name a ring nor are named in one. A host's name alone
     * decides, so a host keeps its ring when others come and go. The real share differs a little.
     * @default none
     * @example
     * percent: 10
     */
    percent?: pulumi.Input<number> | undefined;
    /**
     * How many hosts of this ring may fail, as a number or a share of the ring such as `"5%"`. If more fail, the run stops before the next
     * ring.
     * @default 0
     * @example
     * maxFailures: "2%"
     */
    maxFailures?: pulumi.Input<HostCount> | undefined;
    /**
     * How long to wait after the ring before this one was done: a number of minutes, hours or days. An `up` that comes too early stops there
     * and succeeds. A later one goes on.
     * @default no wait
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
     * The hosts, by name, each with what is special about it: `{}` if nothing is. The name is also the address, unless the host's
     * `connection.host` says another.
     * @example
     * hosts: { "web-01.contoso.test": {}, "web-02.contoso.test": { ring: "canary" } }
     */
    hosts: pulumi.Input<Record<string, pulumi.Input<FleetHostArgs>>>;
    /**
     * How to reach the hosts: the fields that they have in common.
     *
     * Fields that the program leaves out come from the stack's configuration (`wmisec:user` and so on).
     * @default the stack's configuration
     * @example
     * connection: { user: "CONTOSO\\svc-pulumi", privateKey: { file: "~/.ssh/fleet" } }
     */
    connection?: pulumi.Input<ConnectionArgs> | undefined;
    /**
     * The namespaces of every host, by path from the root, with `/` or `\` between names, in any case. List each namespace once.
     * @default none
     * @example
     * namespaces: { "root/cimv2": { requiresEncryption: true } }
     */
    namespaces?: pulumi.Input<Record<string, pulumi.Input<NamespacePolicyArgs>>> | undefined;
    /**
     * `true`: only the computer account that obtained a sink may call back into it. `false`: anybody may, which is Windows' default.
     * @default not declared
     * @example
     * checkAccess: true
     */
    checkAccess?: pulumi.Input<boolean> | undefined;
    /**
     * `true`: the flags survive a rebuild of the WMI repository.
     *
     * As in `WmiNamespaceSecurity`.
     * @default false
     * @example
     * autorecover: true
     */
    autorecover?: pulumi.Input<boolean> | undefined;
    /**
     * What compiles MOF on the hosts.
     *
     * As in `WmiNamespaceSecurity`.
     * @default "mofcomp"
     * @example
     * compiler: "api"
     */
    compiler?: pulumi.Input<"mofcomp" | "api"> | undefined;
    /**
     * Reads the hosts' event logs too, at each refresh and at the end of a create or update.
     *
     * See the output `refusedClients`. It costs one more request for each host.
     * @default none
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
     * `"keep"`: it goes on, and keeps their last known state. The next run tries them again. `"error"`: it fails, after the other hosts were
     * done.
     * @default "keep"
     * @example
     * unreachable: "error"
     */
    unreachable?: pulumi.Input<"error" | "keep"> | undefined;
    /**
     * How many hosts may be unreachable, as a number or a share such as `"10%"`. If more are, a run fails although `unreachable` is `"keep"`.
     * @default no limit
     * @example
     * maxUnreachable: "10%"
     */
    maxUnreachable?: pulumi.Input<HostCount> | undefined;
    /**
     * What happens to a host that leaves `hosts`, or becomes exempt.
     *
     * `"leave"`: it stays as it is. Its ledger drops this fleet and keeps the original values, for whoever declares the host next.
     * `"restore"`: its original values are restored.
     * @default "leave"
     * @example
     * whenHostLeaves: "restore"
     */
    whenHostLeaves?: pulumi.Input<"leave" | "restore"> | undefined;
    /**
     * Allows an update in which `hosts` is empty, or has lost more than half of its names. Without it, such an update is refused.
     * @default false
     * @example
     * allowHostLoss: true
     */
    allowHostLoss?: pulumi.Input<boolean> | undefined;
    /**
     * Groups of hosts, in the order in which they are changed. A ring is done when its hosts read back as declared.
     *
     * A last ring with neither `hosts` nor `percent` takes all other hosts. Without such a ring, hosts of no ring come last.
     * @default none: all hosts at once, and none stops the others
     * @example
     * rings: [{ name: "canary", percent: 1 }, { name: "broad", eligibleAfter: "24h", maxFailures: "2%" }]
     */
    rings?: pulumi.Input<pulumi.Input<RingArgs>[]> | undefined;
    /**
     * How many hosts an update may touch, as a number or a share. If the plan has more, the update is refused before it contacts a host.
     * @default no limit
     * @example
     * maxChanges: "20%"
     */
    maxChanges?: pulumi.Input<HostCount> | undefined;
    /**
     * How many hosts an update may make less strict, as a number or a share. If the plan may weaken more, the update is refused before it
     * contacts a host.
     * @default no limit
     * @example
     * maxWeaken: 0
     */
    maxWeaken?: pulumi.Input<HostCount> | undefined;
    /**
     * Makes an update ask the hosts, say what it would write there, and stop with an error. Nothing is written.
     * @default false: WMISEC_PREVIEW_HOSTS=1 in the environment has the same effect
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
     * How many hosts are begun in a second, at most.
     * @default no limit
     * @example
     * dialsPerSecond: 20
     */
    dialsPerSecond?: pulumi.Input<number> | undefined;
    /**
     * If a run asks at most so many hosts, their sessions stay open from the refresh to the update. If it asks more, each session ends when
     * its host is done.
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
    /** All hosts. One that left counts until it is let go. */
    hosts: number;
    /** As declared, when it was last asked. */
    compliant: number;
    /** Not as declared: a refresh found a difference. */
    drifted: number;
    /** As declared, and a namespace with `whenMissing: "skip"` does not exist there. */
    skipped: number;
    /** Left out until its exemption ends. */
    exempt: number;
    /** Did not answer. Its last known state is kept. */
    unreachable: number;
    /** Refused the login, or a permission that is needed. */
    denied: number;
    /** Had another error: see the output `errors`. */
    failed: number;
    /** Still to be done: a run was stopped, its ring has not begun, its exemption is over, or it left and was not let go yet. */
    pending: number;
}

/** What went wrong on one host of a fleet. */
export interface HostError {
    /** The host, by its name in the fleet. */
    host: string;
    /** The error's code, as in docs/troubleshooting.md. */
    code: string;
    /** What happened, what the host said, what was tried, and what to do. */
    message: string;
}

/** Where an update of a fleet stopped between two rings. */
export interface HaltedAt {
    /** The first ring that was not begun. Its hosts stay as they are. */
    ring: string;
    /** Why the run stopped there, in a sentence. */
    why: string;
}

/**
 * The encryption policy of many hosts as one resource.
 *
 * It does what `WmiNamespaceSecurity` and `UnsecAppPolicy` do, for each host in one session, and for many hosts at a time. If you add,
 * change or remove a host, only that host is touched. If a run fails on some hosts, what it did on the others is kept, and the next run
 * does the rest.
 * @example
 * const fleet = new wmisec.FleetEncryptionPolicy("fleet", {
 *     connection: { user: "CONTOSO\\svc-pulumi", privateKey: { file: "~/.ssh/fleet" } },
 *     hosts: { "web-01.contoso.test": {}, "web-02.contoso.test": {} },
 *     namespaces: { "root/cimv2": { requiresEncryption: true } },
 *     maxUnreachable: "10%",
 * });
 * export const counts = fleet.counts;
 */
export class FleetEncryptionPolicy extends pulumi.CustomResource {
    /** How many hosts are in which condition. Each host counts once. */
    declare readonly counts: pulumi.Output<FleetCounts>;
    /**
     * What the last refresh found to differ, and on which hosts: at most 20 differences, with at most 10 hosts each. The rest is counted.
     *
     * For example `{ "root/cimv2 is false, declared true": "web-01, web-07" }`.
     */
    declare readonly drift: pulumi.Output<Record<string, string> | undefined>;
    /** Errors of the last run: the first of each kind, at most 10. */
    declare readonly errors: pulumi.Output<HostError[] | undefined>;
    /** Where and why the last update stopped between two rings. The next `up` goes on there. */
    declare readonly haltedAt: pulumi.Output<HaltedAt | undefined>;
    /** With `evidence`: the hosts that refused the most clients, at most 20, each with its number of refusals (event 5605). */
    declare readonly refusedClients: pulumi.Output<Record<string, number> | undefined>;

    /** The way to the engine. The class of `pulumi-wmisec/native` has another one. */
    protected static readonly head: Head = dynamicHead;

    constructor(name: string, args: FleetEncryptionPolicyArgs, opts?: pulumi.CustomResourceOptions) {
        const { connection = {}, hosts, ...rest } = args;
        const outputs = { counts: undefined, drift: undefined, errors: undefined, haltedAt: undefined, refusedClients: undefined };
        const { type, inputs, options } = (new.target as typeof FleetEncryptionPolicy).head({
            kind: "FleetEncryptionPolicy",
            name,
            connection,
            opts,
        });
        super(type, name, { ...outputs, ...rest, ...inputs, hosts: fleetHostsInputs(hosts) }, options);
    }
}
