import { z } from "zod";
import { fleetInputs } from "./fleetInputs";
import { fleetOutputs } from "./fleetOutputs";
import type { DescribedResource } from "./resource";

/** The encryption policy of many hosts as one resource. What one host of it declares is `hostPolicy`. */
export const fleetEncryptionPolicy = {
    name: "FleetEncryptionPolicy",
    inputs: fleetInputs,
    outputs: z.strictObject(fleetOutputs),
} satisfies DescribedResource;
