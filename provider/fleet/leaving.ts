import type { OnDelete } from "../reconcile";
import type { FleetInputs } from "../resources/fleetInputs";

/** What becomes of the items of a host that leaves the fleet, and of a machine that a host moves away from. */
export const onLeaving = ({ whenHostLeaves }: Pick<FleetInputs, "whenHostLeaves">): OnDelete =>
    whenHostLeaves === "restore" ? "restore" : "handOver";
