import { z } from "zod";
import { CONNECTION_FIELDS, shapeOf } from "../core/connection/fields";
import { oneLine } from "../core/text/oneLine";
import { commonInputs } from "./resource";
import { sinkInputs } from "./unsecAppPolicy";
import { namespaceInputs } from "./wmiNamespaceSecurity";

/** Characters of a host's name. */
const MAX_NAME = 253;
/** Hosts of one fleet: so that their entries in the state, and a run, stay within what one machine can do. */
const MAX_HOSTS = 20_000;

const hostName = z
    .string()
    .min(1)
    .max(MAX_NAME)
    .regex(/^[A-Za-z0-9._:%[\]-]+$/, "is not a name for a host: letters, digits, dots, dashes, underscores, or an IP address");

/** Any fields of a connection; the fleet puts them together. */
const partialConnection = z.strictObject(shapeOf(CONNECTION_FIELDS)).partial();

const namespaces = namespaceInputs.namespaces.optional();
const checkAccess = sinkInputs.checkAccess.optional();

/** A number of hosts, or a share of them. */
const count = z
    .union([z.int().min(0), z.string().regex(/^(100|\d{1,2})(\.\d+)?%$/)], { error: 'must be a number of hosts, or a share such as "5%"' })
    .refine((value) => typeof value === "number" || Number.parseFloat(value) <= 100, { error: "is more than all hosts" });
export type Count = z.infer<typeof count>;

const DATE = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/;

const exemption = z
    .strictObject({
        owner: oneLine(200).meta({ description: "Who answers for it." }),
        reason: oneLine(1000).meta({ description: "Why the host is exempt." }),
        until: z
            .string()
            .refine((text) => DATE.test(text) && !Number.isNaN(Date.parse(text)), {
                error: "must be a date such as 2027-03-31, or a time with its zone such as 2027-03-31T18:00:00Z",
            })
            .meta({
                description: "When it ends: a date (from 00:00 UTC of that day on, the host is no longer exempt), or a time with its zone.",
            }),
    })
    .meta({ id: "ExemptionArgs", description: "Why, and until when, a host of a fleet is left out." });

const fleetHost = z
    .strictObject(
        {
            connection: partialConnection.optional().meta({
                description: "What differs from the fleet's `connection`. `host` is the host's name in the map if it is left out.",
            }),
            namespaces: namespaces.meta({ description: "Replaces or adds namespaces of the fleet, for this host." }),
            checkAccess: checkAccess.meta({ description: "Replaces the fleet's `checkAccess`, for this host." }),
            ring: oneLine(100).optional().meta({ description: "The ring of this host, by its name in `rings`." }),
            exemption: exemption.optional().meta({ description: "Leaves this host out until a date." }),
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

const ring = z
    .strictObject({
        name: oneLine(100).meta({ description: "The ring's name." }),
        hosts: z.array(hostName).optional().meta({ description: "The hosts of this ring, by their names." }),
        percent: z.number().min(0).max(100).optional().meta({
            description:
                "The share of all hosts that are in this ring, unless they are named for one. Which ones follows from their names alone, so a host keeps its ring when others come and go.",
        }),
        maxFailures: count.optional().meta({
            description:
                'How many hosts of this ring may fail, as a number or a share such as `"5%"`, before the run stops ahead of the next ring.',
        }),
        eligibleAfter: z
            .string()
            .regex(/^\d{1,6}[mhd]$/, 'must be a number of minutes, hours or days, as in "30m", "24h" or "7d"')
            .optional()
            .meta({
                description:
                    "How long after the ring before was done this one may begin: a number of minutes, hours or days, as in `24h`. A run that comes too early stops there and succeeds; the next one decides again.",
            }),
    })
    .meta({ id: "RingArgs", description: "Hosts that are changed together, before those of the next ring." });
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
                "The hosts, by name. Each needs at most what is special about it: `{}` if nothing is. The name is also the address, unless `connection.host` says another.",
        }),
    connection: partialConnection.optional().meta({
        description:
            "How to reach the hosts: what they have in common.\n\nFields that the program leaves out come from the stack's configuration (`wmisec:user` and so on).",
    }),
    ...namespaceInputs,
    namespaces,
    checkAccess,
    onDelete: commonInputs.onDelete,
    unreachable: commonInputs.unreachable.meta({
        description:
            'What a run does about hosts that do not answer.\n\n`"keep"`: their last known state is kept, and the next run tries again. `"error"`: the run fails, after the other hosts were done.',
    }),
    maxUnreachable: count.optional().meta({
        description:
            'How many hosts may be unreachable, as a number or a share such as `"10%"`, before a run fails although `unreachable` is `"keep"`.',
    }),
    whenHostLeaves: z.enum(["leave", "restore"]).optional().meta({
        description:
            'What happens to a host that leaves `hosts`, or becomes exempt.\n\n`"leave"`: it stays as it is. Its ledger keeps the original values and drops this fleet, so another fleet or resource can take it over, before or after. `"restore"`: its original values are restored.',
    }),
    allowHostLoss: z.boolean().optional().meta({
        description: "Allows an update in which `hosts` is empty, or has lost more than half of its hosts.",
    }),
    rings: z.array(ring).max(100).optional().meta({
        description:
            "Rings, in the order in which they are changed. A ring is done when its hosts read back as declared. Hosts of no ring come last.",
    }),
    maxChanges: count.optional().meta({
        description:
            "How many hosts an update may touch, as a number or a share. A plan that touches more is refused before the first write.",
    }),
    maxWeaken: count.optional().meta({
        description:
            "How many hosts an update may make less strict, as a number or a share. A plan that may weaken more is refused before the first write.",
    }),
    previewHosts: z.boolean().optional().meta({
        description: "Makes an update ask the hosts what it would write there, say so, and stop with an error before it writes anything.",
    }),
    concurrency: z.int().min(1).max(1000).optional().meta({ description: "How many hosts are worked on at a time." }),
    dialsPerSecond: z.number().min(0.1).max(1000).optional().meta({ description: "How many connections are begun in a second, at most." }),
    openSessions: z.int().min(1).max(5000).optional().meta({
        description:
            "How many hosts a fleet may have for its sessions to stay open from a refresh to the update after it. The sessions of a larger one end with the work.",
    }),
    sessionsPerJumpHost: z.int().min(1).max(1000).optional().meta({
        description: "How many hosts behind one jump host are worked on at a time.",
    }),
    drift: z.record(z.string(), z.string()).optional().meta({
        description: "What the last refresh found, as in the output of this name. No program sets it: `ignoreChanges` copies it here.",
    }),
});
export type FleetInputs = z.infer<typeof fleetInputs>;
