import { listed } from "../core/text/listed";
import type { Runtime } from "../handlers/runtime";
import type { FleetInputs } from "../resources/fleetInputs";
import type { MemberRecord } from "./record";

/** Whether hosts that do not answer make an operation fail. */
export const silenceFails = ({ unreachable }: Pick<FleetInputs, "unreachable">, { strict }: Pick<Runtime, "strict">): boolean =>
    strict || unreachable === "error";

/** Undefined if all hosts answered. */
export function unreachableWarning(records: ReadonlyMap<string, MemberRecord>, then: string): string | undefined {
    const silent = [...records].flatMap(([name, { condition }]) => (condition === "unreachable" ? [name] : []));
    if (silent.length === 0) return undefined;
    return `${silent.length} of ${records.size} hosts did not answer: ${listed(silent.sort())}; their last known state was kept, and ${then}`;
}
