import { z } from "zod";
import { CONNECTION_FIELDS, shapeOf } from "../core/connection/fields";
import { oneLine } from "../core/text/oneLine";
import { commonInputs } from "./resource";
import { sinkInputs } from "./unsecAppPolicy";
import { namespaceInputs } from "./wmiNamespaceSecurity";

/** Characters of a host's name. */
const MAX_NAME = 253;
/** Hosts of one fleet: so that their entries in the state, and a run, stay within what one machine can do. */
export const MAX_HOSTS = 20_000;

const hostName = z
    .string()
    .min(1)
    .max(MAX_NAME)
    .regex(/^[A-Za-z0-9._:%[\]-]+$/, "is not a name for a host: letters, digits, dots, dashes, underscores, or an IP address");

/** Any fields of a connection; the fleet puts them together. */
export const partialConnection = z.strictObject(shapeOf(CONNECTION_FIELDS)).partial().meta({ id: "Connection" });

const namespaces = namespaceInputs.namespaces.optional();
const checkAccess = sinkInputs.checkAccess.optional().meta({
    description:
        "`true`: only the computer account that obtained a sink may call back into it. `false`: anybody may, which is Windows' default.",
});

const count = z
    .union([z.int().min(0), z.string().regex(/^(100|\d{1,2})(\.\d+)?%$/)], { error: 'must be a number of hosts, or a share such as "5%"' })
    .refine((value) => typeof value === "number" || Number.parseFloat(value) <= 100, { error: "is more than all hosts" })
    .meta({ id: "HostCount", description: 'A number of hosts, or a share of them such as `"5%"`, rounded down.' });
export type Count = z.infer<typeof count>;

const DATE = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/;

export const exemption = z
    .strictObject({
        owner: oneLine(200).meta({ description: "Who answers for the exemption: a team or a person." }),
        reason: oneLine(1000).meta({ description: "Why the host is exempt, in a line." }),
        until: z
            .string()
            .refine((text) => DATE.test(text) && !Number.isNaN(Date.parse(text)), {
                error: "must be a date such as 2027-03-31, or a time with its zone such as 2027-03-31T18:00:00Z",
            })
            .meta({
                description:
                    "When the exemption ends: a date, or a time with its zone. A date means 00:00 UTC: on that day the host is no longer exempt.",
            }),
    })
    .meta({ id: "ExemptionArgs", description: "Why a host of a fleet is left out, and until when." });

export const fleetHost = z
    .strictObject(
        {
            connection: partialConnection.optional().meta({
                description: "What differs from the fleet's `connection`. Without `host`, the host's name in the map is its address.",
            }),
            namespaces: namespaces.meta({
                description:
                    "Namespaces of this host alone. They are added to the fleet's. One that the fleet also has replaces the fleet's.",
            }),
            checkAccess: checkAccess.meta({ description: "Takes the place of the fleet's `checkAccess` on this host." }),
            ring: oneLine(100).optional().meta({ description: "The ring in which this host is changed: the name of one of `rings`." }),
            exemption: exemption.optional().meta({ description: "Leaves this host out until a date: it is neither changed nor read." }),
        },
        {
            error: ({ code }) =>
                code === "unrecognized_keys"
                    ? undefined
                    : 'must be an object such as { ring: "canary" }; {} for a host that has nothing of its own',
        },
    )
    .meta({ id: "FleetHostArgs", description: "What is special about one host of a fleet. `{}` if nothing is." });
export type FleetHost = z.infer<typeof fleetHost>;

export const ring = z
    .strictObject({
        name: oneLine(100).meta({ description: "The ring's name, which hosts can give as their `ring`." }),
        hosts: z.array(hostName).optional().meta({ description: "Hosts of this ring, by their names in the fleet." }),
        percent: z.number().min(0).max(100).optional().meta({
            description:
                "The share of the fleet's other hosts that this ring takes: of those that neither name a ring nor are named in one. A host's name alone decides, so a host keeps its ring when others come and go. The real share differs a little.",
        }),
        maxFailures: count.optional().meta({
            description:
                'How many hosts of this ring may fail, as a number or a share of the ring such as `"5%"`. If more fail, the run stops before the next ring.',
        }),
        eligibleAfter: z
            .string()
            .regex(/^\d{1,6}[mhd]$/, 'must be a number of minutes, hours or days, as in "30m", "24h" or "7d"')
            .optional()
            .meta({
                description:
                    "How long to wait after the ring before this one was done: a number of minutes, hours or days. An `up` that comes too early stops there and succeeds. A later one goes on.",
            }),
    })
    .meta({ id: "RingArgs", description: "Hosts of a fleet that are changed together, before those of the next ring." });
export type Ring = z.infer<typeof ring>;

/** The inputs of `FleetEncryptionPolicy`. */
export const fleetInputs = z.strictObject({
    owner: commonInputs.owner,
    hosts: z
        .record(hostName, fleetHost, { error: 'must be a map of hosts, as in { "web-01": {} }' })
        .refine((hosts) => Object.keys(hosts).length <= MAX_HOSTS, {
            error: `has more than ${MAX_HOSTS} hosts: split the inventory into several fleets or stacks`,
        })
        .meta({
            description:
                "The hosts, by name, each with what is special about it: `{}` if nothing is. The name is also the address, unless the host's `connection.host` says another.",
        }),
    connection: partialConnection.optional().meta({
        description:
            "How to reach the hosts: the fields that they have in common.\n\nFields that the program leaves out come from the stack's configuration (`wmisec:user` and so on).",
    }),
    namespaces: namespaces.meta({
        description:
            "The namespaces of every host, by path from the root, with `/` or `\\` between names, in any case. List each namespace once.",
    }),
    checkAccess,
    autorecover: namespaceInputs.autorecover.meta({
        description: "`true`: the flags survive a rebuild of the WMI repository.\n\nAs in `WmiNamespaceSecurity`.",
    }),
    compiler: namespaceInputs.compiler.meta({
        description: "What compiles MOF on the hosts.\n\nAs in `WmiNamespaceSecurity`.",
    }),
    evidence: namespaceInputs.evidence.meta({
        description:
            "Reads the hosts' event logs too, at each refresh and at the end of a create or update.\n\nSee the output `refusedClients`. It costs one more request for each host.",
    }),
    onDelete: commonInputs.onDelete.meta({
        description:
            'What a delete of the fleet does. `"restore"` restores the original value of each item, if the host still has the value that this provider wrote. `"leave"` leaves everything as it is.',
    }),
    unreachable: commonInputs.unreachable.meta({
        description:
            'What a run does about hosts that do not answer.\n\n`"keep"`: it goes on, and keeps their last known state. The next run tries them again. `"error"`: it fails, after the other hosts were done.',
    }),
    maxUnreachable: count.optional().meta({
        description:
            'How many hosts may be unreachable, as a number or a share such as `"10%"`. If more are, a run fails although `unreachable` is `"keep"`.',
    }),
    whenHostLeaves: z.enum(["leave", "restore"]).optional().meta({
        description:
            'What happens to a host that leaves `hosts`, or becomes exempt.\n\n`"leave"`: it stays as it is. Its ledger drops this fleet and keeps the original values, for whoever declares the host next. `"restore"`: its original values are restored.',
    }),
    allowHostLoss: z.boolean().optional().meta({
        description:
            "Allows an update in which `hosts` is empty, or has lost more than half of its names. Without it, such an update is refused.",
    }),
    rings: z.array(ring).max(100).optional().meta({
        description:
            "Groups of hosts, in the order in which they are changed. A ring is done when its hosts read back as declared.\n\nA last ring with neither `hosts` nor `percent` takes all other hosts. Without such a ring, hosts of no ring come last.",
    }),
    maxChanges: count.optional().meta({
        description:
            "How many hosts an update may touch, as a number or a share. If the plan has more, the update is refused before it contacts a host.",
    }),
    maxWeaken: count.optional().meta({
        description:
            "How many hosts an update may make less strict, as a number or a share. If the plan may weaken more, the update is refused before it contacts a host.",
    }),
    previewHosts: z.boolean().optional().meta({
        description: "Makes an update ask the hosts, say what it would write there, and stop with an error. Nothing is written.",
    }),
    concurrency: z.int().min(1).max(1000).optional().meta({ description: "How many hosts are worked on at a time." }),
    dialsPerSecond: z.number().min(0.1).max(1000).optional().meta({ description: "How many hosts are begun in a second, at most." }),
    openSessions: z.int().min(1).max(5000).optional().meta({
        description:
            "If a run asks at most so many hosts, their sessions stay open from the refresh to the update. If it asks more, each session ends when its host is done.",
    }),
    sessionsPerJumpHost: z.int().min(1).max(1000).optional().meta({
        description: "How many hosts behind one jump host are worked on at a time.",
    }),
    drift: z.record(z.string(), z.string()).optional().meta({
        description:
            "What the last refresh found, as in the output of this name. Programs do not set it: a refresh puts it here, and so does `ignoreChanges`.",
    }),
});
export type FleetInputs = z.infer<typeof fleetInputs>;
