import { z } from "zod";
import { WmisecError } from "../core/errors";
import { parsed } from "../core/text/plainWords";
import type { Properties } from "../handlers/handler";
import { type FleetInputs, fleetInputs } from "../resources/fleetInputs";
import { type FleetOutputs, fleetMemory, fleetOutputs, MEMORY, type Rollout } from "../resources/fleetOutputs";
import { memoryText, uncheckedMemory } from "../resources/rememberedFleet";
import { hostIn, memberInputs } from "./member";
import { grouped, type MemberRecord, recordsIn } from "./record";

/** A fleet's state: the inputs of its last update, what programs see, and what only later operations use. */
export interface FleetState {
    readonly inputs: FleetInputs;
    readonly outputs: { readonly [Output in keyof FleetOutputs]?: FleetOutputs[Output] | undefined };
    readonly members: ReadonlyMap<string, MemberRecord>;
    readonly rollout: Rollout | undefined;
    /** The drift that was found is left as it is. */
    readonly leavesDrift: boolean;
}

const stateSchema = z.object({ ...z.object(fleetOutputs).partial().shape, [MEMORY]: z.string() });

/** @throws WmisecError invalidInput; no host was contacted */
export function parseFleetInputs(raw: Properties): FleetInputs {
    const result = parsed(fleetInputs, raw);
    if (result.success) return result.data;
    throw new WmisecError("invalidInput", "FleetEncryptionPolicy has inputs that are not valid", {
        said: firstIssues(result.error),
        remedy: "correct the program; no host was contacted",
    });
}

/** @throws WmisecError invalidInput for a state that this release can't read; no host was contacted */
export function parseFleetState(stored: Properties): FleetState {
    const state = stateSchema.safeParse(stored);
    const memory = parsed(fleetMemory, uncheckedMemory(state.data?.[MEMORY]));
    if (!state.success || !memory.success)
        throw new WmisecError("invalidInput", "the state of this fleet can't be read by this release of pulumi-wmisec", {
            said: [state.error, memory.error].flatMap((error) => (error === undefined ? [] : [firstIssues(error)])).join("\n"),
            remedy: "use the release that wrote it, or a newer one; if the state was edited by hand, restore it",
        });
    const { [MEMORY]: _, ...outputs } = state.data;
    const { inputs, members, rollout, leavesDrift = false } = memory.data;
    return { inputs, outputs, members: recordsIn(members), rollout, leavesDrift };
}

const firstIssues = ({ issues }: z.ZodError): string =>
    issues
        .slice(0, 5)
        .map(({ path, message }) => `${path.join(".")}: ${message}`)
        .join("\n");

/** The only function that writes fleets' states. */
export function formatFleetState({ inputs, outputs, members, rollout, leavesDrift }: FleetState): Properties {
    const memory = { v: 1, inputs, members: grouped(members), ...(leavesDrift && { leavesDrift }), rollout } satisfies z.input<
        typeof fleetMemory
    >;
    const fields = { ...outputs, [MEMORY]: memoryText(memory) };
    return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** What the state's inputs declare for a host; undefined for one that is not in the fleet any more. */
export function declaredFor(inputs: FleetInputs, name: string): Properties | undefined {
    const host = hostIn(inputs.hosts, name);
    return host === undefined ? undefined : memberInputs(inputs, name, host);
}
