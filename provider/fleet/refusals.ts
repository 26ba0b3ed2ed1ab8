import { WmisecError } from "../core/errors";
import { listed } from "../core/text/listed";
import { changesOnlySettings } from "../handlers/diff";
import { parseState } from "../handlers/state";
import type { FleetInputs } from "../resources/fleetInputs";
import { hostPolicy } from "../resources/hostPolicy";
import type { CommonInputs, ResourceSpec } from "../resources/resource";
import { countOf, countText } from "./count";
import { hostIn } from "./member";
import type { FleetPlan, Task } from "./plan";
import { mayWeaken, mayWeakenByLeaving } from "./weakening";

/**
 * Refuses a plan that touches or weakens more hosts than the program allows.
 * @throws WmisecError planRefused; no host was contacted
 */
export function refuseBeyondLimits({ tasks, leavers }: FleetPlan, inputs: FleetInputs): void {
    const { maxChanges, maxWeaken, whenHostLeaves } = inputs;
    const all = new Set([...Object.keys(inputs.hosts), ...leavers.keys()]).size;
    if (maxChanges !== undefined) {
        const touched = [...[...tasks].filter(([, task]) => isTouched(task)).map(([name]) => name), ...leavers.keys()];
        if (touched.length > countOf(maxChanges, all)) throw refused("touch", touched, "maxChanges", countText(maxChanges, all));
    }
    if (maxWeaken === undefined) return;
    const isRestored = whenHostLeaves === "restore";
    const weakened = [
        ...[...tasks].filter(([, task]) => mayWeaken(task, isRestored)),
        ...[...leavers].filter(([, { old }]) => isRestored && mayWeakenByLeaving(old)),
    ].map(([name]) => name);
    if (weakened.length > countOf(maxWeaken, all)) throw refused("weaken", weakened, "maxWeaken", countText(maxWeaken, all));
}

/** A change of settings alone, such as credentials, contacts no host, unless it is to read other events of its log. */
function isTouched({ inputs, old }: Task): boolean {
    if (old === undefined) return true;
    const state = parseState(SPEC, old);
    const news = inputs as object as CommonInputs;
    const since = SPEC.evidence?.sinceMs(news);
    return !changesOnlySettings(SPEC, state, news) || (since !== undefined && since !== SPEC.evidence?.sinceMs(state.inputs));
}
const SPEC = hostPolicy as ResourceSpec;

const refused = (what: "touch" | "weaken", hosts: readonly string[], input: "maxChanges" | "maxWeaken", most: string): WmisecError =>
    new WmisecError(
        "planRefused",
        `the update would ${what} ${hosts.length} ${hosts.length === 1 ? "host" : "hosts"}, and ${input} is ${most}`,
        {
            said: listed(hosts),
            tried: "to plan the update from the state; no host was contacted",
            remedy:
                what === "touch"
                    ? "if that many are meant, raise maxChanges for this run; if not, look at what changed in the program or its inventory. After a lost state each host counts: it is looked at again"
                    : "if that many are meant, raise maxWeaken for this run; if not, look at what changed in the program",
        },
    );

/** What is wrong with the hosts of a new program beside those of the state's; undefined if nothing is. */
export function hostLoss(
    before: readonly string[],
    { hosts, allowHostLoss = false }: Pick<FleetInputs, "hosts" | "allowHostLoss">,
): string | undefined {
    const now = Object.keys(hosts).length;
    if (allowHostLoss) return undefined;
    const unlessMeant = "if that is meant, set allowHostLoss: true for this run; if not, look at what the inventory is made from";
    if (now === 0) return `has no hosts: ${unlessMeant}`;
    const lost = before.filter((name) => hostIn(hosts, name) === undefined);
    if (lost.length * 2 <= before.length) return undefined;
    return `has lost ${lost.length} of ${before.length} hosts (${listed(lost)}): ${unlessMeant}`;
}
