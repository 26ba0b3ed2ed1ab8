import type { Count } from "../resources/fleetInputs";

/** How many of so many hosts that is, rounded down. */
export function countOf(count: Count, hosts: number): number {
    if (typeof count === "number") return count;
    // In whole numbers: among fractions 29 % of 100 is 28.999999999999996.
    const [whole = "", decimals = ""] = count.slice(0, -1).split(".");
    return Number((BigInt(whole + decimals) * BigInt(hosts)) / BigInt(`100${"0".repeat(decimals.length)}`));
}

/** `25% (1 of 4)`: a share alone does not say how many that is. */
export const countText = (count: Count, hosts: number): string =>
    typeof count === "number" ? String(count) : `${count} (${countOf(count, hosts)} of ${hosts})`;
