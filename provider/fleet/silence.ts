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

/** All hosts that do not answer. */
export const unreachableIn = (records: ReadonlyMap<string, MemberRecord>): ReadonlySet<string> =>
    new Set([...records].flatMap(([name, { condition }]) => (condition === "unreachable" ? [name] : [])));

/** `2 of 50 hosts do not answer (web-03, web-04)`; undefined if all answer. */
export const silenceText = (silent: ReadonlySet<string>, hosts: number): string | undefined =>
    silent.size === 0 ? undefined : `${silent.size} of ${hosts} hosts do not answer (${listed([...silent].sort())})`;
