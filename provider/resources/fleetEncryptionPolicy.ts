import { z } from "zod";
import { fleetInputs } from "./fleetInputs";
import { fleetOutputs } from "./fleetOutputs";
import type { DescribedResource } from "./resource";

/** The encryption policy of many hosts as one resource. What one host of it declares is `hostPolicy`. */
export const fleetEncryptionPolicy = {
    name: "FleetEncryptionPolicy",
    description: [
        "The encryption policy of many hosts as one resource.",
        "It does what `WmiNamespaceSecurity` and `UnsecAppPolicy` do, for each host in one session, and for many hosts at a time. If you add, change or remove a host, only that host is touched. If a run fails on some hosts, what it did on the others is kept, and the next run does the rest.",
    ].join("\n\n"),
    inputs: fleetInputs,
    outputs: z.strictObject(fleetOutputs),
} satisfies DescribedResource;
