import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { FleetHandler } from "../../provider/fleet/fleetHandler";
import { formatFleetState, parseFleetState } from "../../provider/fleet/state";
import type { Properties } from "../../provider/handlers/handler";
import { PartialFailure } from "../../provider/handlers/partialFailure";
import type { WindowsMachine } from "../../provider/model/windowsMachine";
import { AskedLives } from "../../provider/plugin/askedLives";
import { Tally } from "../../provider/plugin/tally";
import { TrackedHandler } from "../../provider/plugin/trackedHandler";
import { fleetInputs } from "../../provider/resources/fleetInputs";
import { fleetMemory, fleetOutputs, MEMORY } from "../../provider/resources/fleetOutputs";
import { hostPolicy } from "../../provider/resources/hostPolicy";
import { uncheckedMemory } from "../../provider/resources/rememberedFleet";
import type { ResourceSpec } from "../../provider/resources/resource";
import { InSchemaHandler } from "../handlers/inSchema";
import { HandlerWorld } from "../handlers/world";
import { CONTOSO } from "../inputs";

const outputs = z.strictObject({ ...fleetOutputs, [MEMORY]: z.string() });

/** What the fleet remembers of a host has no outputs, so an update that asks no host puts out none. */
const shape = hostPolicy.outputs.shape as z.core.$ZodShape;
const ofHosts = {
    ...hostPolicy,
    outputs: z.strictObject({ ...shape, status: z.optional(shape["status"] as z.ZodType) }),
} as unknown as ResourceSpec;

/** A fleet's handler whose states are looked at: they are in the schemas, and survive being read and written again. */
class InSchemaFleet extends FleetHandler {
    override create(inputs: Properties) {
        return seen(super.create(inputs), ({ outs }) => outs);
    }

    override read(id: string, stored: Properties) {
        return seen(super.read(id, stored), ({ outs, inputs }) => {
            fleetInputs.parse(inputs);
            return outs;
        });
    }

    override update(id: string, old: Properties, news: Properties) {
        return seen(super.update(id, old, news), (outs) => outs);
    }
}

async function seen<T>(work: Promise<T>, stateOf: (made: T) => Properties): Promise<T> {
    try {
        const made = await work;
        expectInSchema(stateOf(made));
        return made;
    } catch (error) {
        if (error instanceof PartialFailure) expectInSchema(error.properties);
        throw error;
    }
}

function expectInSchema(state: Properties): void {
    fleetMemory.parse(uncheckedMemory(outputs.parse(state)[MEMORY]));
    expect(formatFleetState(parseFleetState(state))).toEqual(state);
}

/** Fleets over hosts in memory, put together as the plugin does it. */
export class FleetWorld extends HandlerWorld {
    /** What the summary of this run counts. */
    tally = new Tally();

    /** The handler of one run. */
    fleet(): FleetHandler {
        const lives = this.known instanceof AskedLives ? this.known : this.begins(true);
        return new InSchemaFleet(this.runtime(), {
            handler: (own) => {
                return new TrackedHandler(ofHosts, new InSchemaHandler(ofHosts, own), this.tally, lives);
            },
            declares: (stamp, state) => lives.declares(stamp, state),
        });
    }

    /** What each of these hosts has for `root/contoso`. */
    flags(...hosts: string[]): unknown[] {
        return hosts.map((host) => this.machine(host).flag("root/contoso"));
    }

    /** Who has an entry for `root/contoso`, by host; undefined if there is none. */
    owners(host: string): readonly string[] | undefined {
        const text = this.machine(host).ledger()["namespace:root/contoso"];
        return text === undefined ? undefined : (JSON.parse(text) as { owners: { owner: string }[] }).owners.map(({ owner }) => owner);
    }

    /** Forgets who was asked and what was written so far. */
    fresh(): void {
        this.asked.length = 0;
        this.said.length = 0;
        for (const machine of this.machines.values()) machine.writes.clear();
    }

    /** The hosts that were asked since, each once, sorted. */
    get askedHosts(): string[] {
        return [...new Set(this.asked.map((line) => line.split(" ")[1] ?? ""))].sort();
    }

    /** The hosts whose items were written to since, sorted. */
    get writtenHosts(): string[] {
        return [...this.machines].flatMap(([host, { writes }]) => (writes.items.length > 0 ? [host] : [])).sort();
    }
}

/** Whether the machine's `root/contoso` stayed encrypted from the first time on. */
export function stayedEncrypted(machine: WindowsMachine): boolean {
    const history = machine.writes.flagHistory("root/contoso");
    const first = history.indexOf(true);
    return first >= 0 && history.slice(first).every((flag) => flag === true);
}

/** The inputs of a fleet that requires encryption for `root/contoso`. */
export const fleetOf = (hosts: readonly string[] | object, more: object = {}): Properties => ({
    owner: "org/fleet",
    connection: { user: "me" },
    namespaces: CONTOSO,
    hosts: Array.isArray(hosts) ? Object.fromEntries(hosts.map((name: string) => [name, {}])) : hosts,
    ...more,
});

/** One fleet of a stack, run by run, as the engine does it. */
export class DeployedFleet {
    private failed = false;
    id = "";
    outs: Properties | undefined;
    inputs: Properties = {};

    constructor(private readonly world: FleetWorld) {}

    /** @returns whether the engine asked for an update, or a create */
    async up(news: Properties, how: { readonly refresh?: boolean } = {}): Promise<boolean> {
        const { world } = this;
        const lives = world.begins(true);
        const handler = world.fleet();
        if (how.refresh === true) await this.read(handler);
        const { failures } = handler.check(news, this.inputs, () => false);
        expect(failures).toEqual([]);
        try {
            if (this.outs === undefined) {
                const { id, outs } = await handler.create(news);
                this.done(id, outs, news);
                return true;
            }
            handler.declares(this.id, this.outs);
            const { changes } = handler.diff(this.outs, news);
            if (!this.failed && !(changes ?? !isDeepStrictEqual(this.inputs, news))) return false;
            lives.add(this.id);
            this.done(this.id, await handler.update(this.id, this.outs, news), news);
            return true;
        } catch (error) {
            if (error instanceof PartialFailure) {
                this.done(error.id, error.properties, news);
                this.failed = true;
                throw error.failure;
            }
            throw error;
        }
    }

    async refresh(): Promise<void> {
        this.world.begins(true);
        await this.read(this.world.fleet());
    }

    /** Whether a preview says that an `up` would change something. */
    isDifferent(news: Properties): boolean {
        if (this.outs === undefined) return true;
        return this.failed || (this.world.fleet().diff(this.outs, news).changes ?? !isDeepStrictEqual(this.inputs, news));
    }

    async destroy(): Promise<void> {
        const { world, outs } = this;
        world.begins(false);
        if (outs === undefined) return;
        await world.fleet().delete(this.id, outs);
        this.loseState();
    }

    loseState(): void {
        this.outs = undefined;
        this.inputs = {};
        this.failed = false;
    }

    /** Those that are not 0. */
    get counts(): Properties {
        return Object.fromEntries(Object.entries((this.outs?.["counts"] ?? {}) as object).filter(([, count]) => count !== 0));
    }

    private async read(handler: FleetHandler): Promise<void> {
        if (this.outs === undefined) return;
        const { outs, inputs } = await handler.read(this.id, this.outs);
        this.done(this.id, outs, inputs);
    }

    private done(id: string, outs: Properties, inputs: Properties): void {
        this.id = id;
        this.failed = false;
        this.outs = stored(outs);
        this.inputs = stored(inputs);
    }
}

/** A state goes through a file. */
const stored = (properties: Properties): Properties => JSON.parse(JSON.stringify(properties)) as Properties;
