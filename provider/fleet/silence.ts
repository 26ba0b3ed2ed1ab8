import { listed } from "../core/text/listed";
import type { Runtime } from "../handlers/runtime";
import type { FleetInputs } from "../resources/fleetInputs";
import { connectionIn, expanded, type MemberRecord } from "./record";
import { declaredFor } from "./state";

/** Whether hosts that do not answer make an operation fail. */
export const silenceFails = ({ unreachable }: Pick<FleetInputs, "unreachable">, { strict }: Pick<Runtime, "strict">): boolean =>
    strict || unreachable === "error";

/** The hosts that do not answer, except those that the administrator has given up (`WMISEC_FORGET`): their silence is expected. */
export const silentHosts = (
    records: ReadonlyMap<string, MemberRecord>,
    inputs: FleetInputs,
    { forget }: Pick<Runtime, "forget">,
): ReadonlySet<string> =>
    new Set(
        [...records].flatMap(([name, record]) =>
            record.condition !== "unreachable" || forget.has(connectionIn(expanded(record, declaredFor(inputs, name))).host) ? [] : [name],
        ),
    );

/** Undefined if all hosts answered. */
export function unreachableWarning(records: ReadonlyMap<string, MemberRecord>, then: string): string | undefined {
    const silent = [...records].flatMap(([name, { condition }]) => (condition === "unreachable" ? [name] : []));
    if (silent.length === 0) return undefined;
    return `${silent.length} of ${records.size} hosts did not answer: ${listed(silent.sort())}; their last known state was kept, and ${then}`;
}
