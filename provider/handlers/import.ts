import { isBag } from "../core/bag";
import { connectionProblems } from "../core/connection";
import { type ErrorCode, WmisecError } from "../core/errors";
import { observeRequestFor } from "../core/items/item";
import { machineIdentity } from "../core/wire/machine";
import { type CommonInputs, type FoundItem, type HostResource, NO_OWNER } from "../resources/resource";
import { foundItems } from "./findings";
import type { Properties } from "./handler";
import { withHost } from "./naming";
import { parseInputs } from "./parseInputs";
import type { Runtime } from "./runtime";
import { formatState, type Stored } from "./state";

/**
 * What a host has, as the state of a resource that no create or update has seen: nothing is written, and the ledger does not name us. So the
 * next update enters us, with the true original values.
 * @param names what of the host, as the import's id names it
 * @param raw the connection
 * @returns with a new id, the stamp of the life that begins here
 */
export async function imported(
    spec: HostResource,
    runtime: Pick<Runtime, "host" | "newId">,
    names: readonly string[],
    raw: Properties,
): Promise<{ id: string; outs: Properties; inputs: Properties }> {
    const policy = spec.imported(names);
    if (typeof policy === "string")
        throw new WmisecError("invalidInput", `${spec.name} has no such id: ${policy}`, { remedy: "no host was contacted" });
    refuseIncomplete(raw["connection"]);
    const stored = await lookedAt(spec, runtime, parseInputs(spec, { ...raw, owner: NO_OWNER, ...policy }));
    return { id: runtime.newId(), outs: formatState(spec, stored), inputs: { ...stored.inputs } };
}

/** No check of a program's inputs has looked at it: most of it comes from the provider's configuration. */
function refuseIncomplete(connection: unknown): void {
    const said = connectionProblems(isBag(connection) ? connection : {});
    if (said === undefined) return;
    throw new WmisecError("invalidInput", "the connection for this import is not complete", {
        said,
        tried: "nothing: no host was contacted",
        remedy: "set what is missing in the provider's configuration, as in pulumi config set wmisec:user VALUE. pulumi import uses the configuration that the last up stored, so run pulumi up before you import again",
    });
}

/** @param probe what to look at; its values are of no account */
async function lookedAt(spec: HostResource, runtime: Pick<Runtime, "host">, probe: CommonInputs): Promise<Stored> {
    try {
        const host = runtime.host(probe.connection);
        const items = spec.declared(probe).map(({ item }) => item);
        const [facts, seen] = await Promise.all([host.machine(), host.observe(observeRequestFor(items))]);
        const nothingApplied = { applied: {} };
        const found = foundItems(spec, probe, nothingApplied, seen);
        const inputs = { ...probe, ...spec.fromLive(probe, found) };
        const now = foundItems(spec, inputs, nothingApplied, seen);
        for (const one of now) refuseUndeclarable(one);
        return {
            inputs,
            outputs: spec.toOutputs(inputs, now),
            memory: { applied: {}, before: {}, machine: machineIdentity(facts) },
        };
    } catch (error) {
        throw withHost(probe.connection, error);
    }
}

/** What was found has to be something that a program can declare. */
function refuseUndeclarable({ label, live, status, leftAlone }: FoundItem): void {
    if (!leftAlone) return;
    const code: ErrorCode = status === "missing" ? "namespaceNotFound" : status === "denied" ? "denied" : "unexpectedValue";
    const what = typeof live === "object" ? "has a value that no program can declare" : `is ${live}`;
    throw new WmisecError(code, `${label} ${what}, so it can't be imported`, {
        remedy: "leave it out of the import; or declare it in the program and run pulumi up, which says what has to be done first",
    });
}
