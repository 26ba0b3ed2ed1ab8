import type { Count } from "../resources/fleetInputs";

/** How many of so many hosts that is, rounded down. */
export const countOf = (count: Count, hosts: number): number =>
    typeof count === "number" ? count : Math.floor((Number.parseFloat(count) / 100) * hosts);
