import { z } from "zod";
import { storedSharedConnectionSchema } from "../core/connection";
import { commonOutputs } from "./commonOutputs";
import { fleetInputs } from "./fleetInputs";

/** What is known about a host of a fleet. Each host has exactly one. */
export const HOST_CONDITIONS = ["compliant", "drifted", "skipped", "exempt", "unreachable", "denied", "failed", "pending"] as const;
export type HostCondition = (typeof HOST_CONDITIONS)[number];

const MEANINGS: Readonly<Record<HostCondition, string>> = {
    compliant: "As declared, when it was last asked.",
    drifted: "Not as declared: a refresh found a difference.",
    skipped: 'As declared, and a namespace with `whenMissing: "skip"` does not exist there.',
    exempt: "Left out until its exemption ends.",
    unreachable: "Did not answer. Its last known state is kept.",
    denied: "Refused the login, or a permission that is needed.",
    failed: "Had another error: see the output `errors`.",
    pending: "Still to be done: a run was stopped, its ring has not begun, its exemption is over, or it left and was not let go yet.",
};

const counts = z
    .strictObject({
        hosts: z.int().meta({ description: "All hosts. One that left counts until it is let go." }),
        ...(Object.fromEntries(
            HOST_CONDITIONS.map((condition) => [condition, z.int().meta({ description: MEANINGS[condition] })]),
        ) as Record<HostCondition, z.ZodInt>),
    })
    .meta({ id: "FleetCounts", description: "How many hosts are in which condition. Each host counts once." });

const hostError = z
    .strictObject({
        host: z.string().meta({ description: "The host, by its name in the fleet." }),
        code: z.string().meta({ description: "The error's code, as in docs/troubleshooting.md." }),
        message: z.string().meta({ description: "What happened, what the host said, what was tried, and what to do." }),
    })
    .meta({ id: "HostError", description: "What went wrong on one host of a fleet." });

const haltedAt = z
    .strictObject({
        ring: z.string().meta({ description: "The first ring that was not begun. Its hosts stay as they are." }),
        why: z.string().meta({ description: "Why the run stopped there, in a sentence." }),
    })
    .meta({ id: "HaltedAt", description: "Where an update of a fleet stopped between two rings." });

/** Outputs of `FleetEncryptionPolicy` for programs: sized by exceptions. */
export const fleetOutputs = {
    counts: counts.meta({ description: "How many hosts are in which condition. Each host counts once." }),
    errors: z.array(hostError).optional().meta({ description: "Errors of the last run: the first of each kind, at most 10." }),
    haltedAt: haltedAt
        .optional()
        .meta({ description: "Where and why the last update stopped between two rings. The next `up` goes on there." }),
    drift: z.record(z.string(), z.string()).optional().meta({
        description:
            'What the last refresh found to differ, and on which hosts: at most 20 differences, with at most 10 hosts each. The rest is counted.\n\nFor example `{ "root/cimv2 is false, declared true": "web-01, web-07" }`.',
    }),
    refusedClients: z.record(z.string(), z.int()).optional().meta({
        description: "With `evidence`: the hosts that refused the most clients, at most 20, each with its number of refusals (event 5605).",
    }),
};
export type FleetOutputs = z.infer<z.ZodObject<typeof fleetOutputs>>;

/** What the state remembers about hosts that are alike. */
const group = z.strictObject({
    condition: z.enum(HOST_CONDITIONS),
    /** In words, what the last read found, or why it could not. */
    found: z.array(z.string()).optional(),
    /** The member's inputs where they are not what follows from the fleet's: those of the last create or update, or what was found. */
    inputs: z.record(z.string(), z.unknown()).optional(),
    /** Fields that follow from the fleet's inputs and that the member's have not. */
    without: z.array(z.string()).optional(),
    before: commonOutputs.before.optional(),
    more: z.record(z.string(), z.unknown()).optional(),
    /** The machine of each host, by name; empty for a host that was never reached. */
    hosts: z.record(z.string(), z.string()),
});
export type Group = z.infer<typeof group>;

/** What only later operations use. */
export const fleetMemory = z.strictObject({
    v: z.literal(1),
    /** Those of the last update. */
    inputs: fleetInputs.extend({ connection: storedSharedConnectionSchema.optional() }),
    members: z.array(group),
    /** The drift that was found is left as it is: `ignoreChanges` had copied it into the inputs of the last update. */
    leavesDrift: z.literal(true).optional(),
    /** Which rings are done with which policy, and since when (ISO 8601). */
    rollout: z.strictObject({ policy: z.string(), done: z.record(z.string(), z.string()) }).optional(),
});
export type FleetMemory = z.infer<typeof fleetMemory>;
export type Rollout = NonNullable<FleetMemory["rollout"]>;

/**
 * The field of the state that holds `fleetMemory` as compressed JSON. It is a secret: it may hold some, and as one the engine shows it as a word, not
 * as thousands of lines.
 */
export const MEMORY = "memory";
