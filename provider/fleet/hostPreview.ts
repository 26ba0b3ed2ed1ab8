import { WmisecError } from "../core/errors";
import { stepKind } from "../core/items/kinds";
import { listed } from "../core/text/listed";
import type { Step } from "../core/wire/step";
import type { Runtime } from "../handlers/runtime";
import type { FleetInputs } from "../resources/fleetInputs";
import { countsOf } from "./findings";
import type { Outcome } from "./hostWork";
import { onLeaving } from "./leaving";
import { isOnlyLooking, LookOnlyHost } from "./lookOnlyHost";
import type { Members } from "./members";
import { Operation } from "./operation";
import type { FleetPlan } from "./plan";
import { connectionIn, recordOf } from "./record";
import { stoppedError } from "./stopped";

/** Lines about writes: a screenful. */
const MOST_LINES = 20;

/**
 * Asks the hosts of a plan what an update would write there. Nothing is written.
 * @returns the error that ends the update: it says what was found
 */
export async function hostPreview(
    id: string,
    inputs: FleetInputs,
    { tasks, leavers, members }: FleetPlan,
    runtime: Runtime,
    handlers: Members,
): Promise<WmisecError> {
    const records = new Map(members);
    const writes = new Map<string, Set<string>>();
    const operation = new Operation("asking", id, inputs, tasks.size + leavers.size, records, runtime, handlers);
    const lookingAt = (name: string): Runtime => ({
        ...runtime,
        host: (connection) =>
            new LookOnlyHost(runtime.host(connection), (steps) => {
                for (const line of steps.map(lineOf)) writes.set(line, (writes.get(line) ?? new Set()).add(name));
            }),
    });
    const onDelete = onLeaving(inputs);
    const noted = async (work: Promise<Outcome>): Promise<Outcome> => {
        const { error } = await work;
        return { record: undefined, ...(error !== undefined && !isOnlyLooking(error) && { error }) };
    };
    await operation.run([
        ...[...tasks].map(([name, task]) =>
            operation.job(name, connectionIn(task.inputs), (host) => noted(host.make(task, recordOf(members, name))), lookingAt(name)),
        ),
        ...[...leavers].map(([name, { old }]) =>
            operation.job(
                name,
                connectionIn(old),
                (host) => noted(host.letGo(old, onDelete, { condition: "pending", machine: "" })),
                lookingAt(name),
            ),
        ),
    ]);
    if (runtime.stopping.aborted) return stoppedError(countsOf(members), "nothing was written; run again");
    const hosts = new Set([...writes.values()].flatMap((names) => [...names]));
    const lines = [...writes].sort(([, a], [, b]) => b.size - a.size).map(([line, names]) => `${line}: ${listed([...names].sort())}`);
    const all = tasks.size + leavers.size;
    const more = lines.length - MOST_LINES;
    const { hosts: failing, told } = operation.errors;
    return new WmisecError("previewedOnly", `${hosts.size} of ${all} hosts would be written to; nothing was written`, {
        said: [
            ...lines.slice(0, MOST_LINES),
            ...(more > 0 ? [`and ${more} other writes`] : []),
            ...(failing.length > 0
                ? [`${failing.length} of ${all} hosts would fail, or could not be asked: ${listed(failing)}`, ...told]
                : []),
        ].join("\n"),
        remedy: "if that is meant, run again without previewHosts and WMISEC_PREVIEW_HOSTS",
    });
}

/** A step in words. */
function lineOf(step: Step): string {
    const kind = stepKind(step);
    if (kind === undefined) return "an entry of the ledger";
    return "required" in step ? `${kind.describe(step)} (encryption ${step.required ? "required" : "not required"})` : kind.describe(step);
}
