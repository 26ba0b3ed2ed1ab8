import { FleetHandler } from "../fleet/fleetHandler";
import type { Checked } from "../handlers/check";
import type { Difference } from "../handlers/diff";
import { Handler, type Properties, type WhenUnread } from "../handlers/handler";
import type { Runtime } from "../handlers/runtime";
import { isFleet, specOf } from "../resources";
import { hostPolicy } from "../resources/hostPolicy";
import type { ResourceSpec } from "../resources/resource";
import type { AskedLives } from "./askedLives";
import type { Tally } from "./tally";
import { TrackedHandler } from "./trackedHandler";

/** The operations on one type of resource, for one host or for many. */
export interface ResourceHandler {
    /** @param before the inputs of the state; empty for a create */
    check(inputs: Properties, before: Properties, isUnknown: (value: unknown) => boolean): Checked;
    /** The program declares the resource. */
    declares(id: string, old: Properties): void;
    diff(old: Properties, news: Properties): Difference;
    create(inputs: Properties): Promise<{ id: string; outs: Properties }>;
    read(id: string, stored: Properties, whenUnread?: WhenUnread): Promise<{ outs: Properties; inputs: Properties }>;
    update(id: string, old: Properties, news: Properties): Promise<Properties>;
    delete(id: string, stored: Properties): Promise<void>;
}

/** What handlers need of the plugin. */
interface Shared {
    readonly runtime: Runtime;
    readonly tally: Tally;
    readonly lives: AskedLives;
}

/** @throws TypeError for a name that no resource has */
export function resourceHandler(name: string, { runtime, tally, lives }: Shared): ResourceHandler {
    const tracked = (spec: ResourceSpec, own: Runtime) => new TrackedHandler(spec, new Handler(spec, own), tally, lives);
    if (isFleet(name))
        return new FleetHandler(runtime, {
            handler: (own) => tracked(hostPolicy as ResourceSpec, own),
            declares: (stamp, state) => lives.declares(stamp, state),
        });
    return tracked(specOf(name), runtime);
}
