import { isDeepStrictEqual } from "node:util";
import type { FleetHandler } from "../../../provider/fleet/fleetHandler";
import type { Handler, Properties } from "../../../provider/handlers/handler";
import { PartialFailure } from "../../../provider/handlers/partialFailure";
import type { AskedLives } from "../../../provider/plugin/askedLives";
import type { HandlerWorld } from "../world";
import { type Machines, trueItems } from "./machines";
import { asStored, hostsIn, type Resource, type Stack } from "./stack";

/** No error of ours: whoever meets it is dead. */
export class Killed extends Error {}

/** Runs of one stack, as Pulumi's engine makes them. */
export class Engine {
    constructor(
        private readonly world: HandlerWorld,
        private readonly machines: Machines,
        private readonly trouble: string[],
        private readonly stack: Stack,
        private readonly handler: Handler | FleetHandler,
        private readonly lives: AskedLives,
        /** Whether the run was killed: then whatever it does is in vain, and nothing is stored. */
        private readonly isDead: () => boolean,
    ) {}

    private declares(id: string, outs: Properties): void {
        if ("declares" in this.handler) this.handler.declares(id, outs);
        else this.lives.declares(id, outs);
    }

    /** What an operation comes to, unless the run was killed meanwhile. */
    private async unlessDead<T>(work: Promise<T>): Promise<T> {
        const [end] = await Promise.allSettled([work]);
        if (this.isDead()) throw new Killed("killed");
        if (end.status === "rejected") throw end.reason;
        return end.value;
    }

    async refresh(): Promise<void> {
        const { stack, handler, lives } = this;
        for (const resource of stack.state) {
            const { outs, inputs } = await this.unlessDead(handler.read(lives.add(resource.id, resource.outs), resource.outs));
            Object.assign(resource, { outs, inputs, failed: false });
        }
    }

    async up(how: { refresh: boolean; replace: boolean }): Promise<void> {
        const { stack, handler } = this;
        stack.older.push(asStored(stack.state));
        this.world.asked.length = 0;
        if (how.refresh) await this.refresh();
        const { program } = stack;
        if (program !== undefined) {
            const live = stack.state.find(({ pendingDelete }) => !pendingDelete);
            if (live === undefined || how.replace) {
                if (live !== undefined) {
                    this.declares(live.id, live.outs);
                    handler.diff(live.outs, program);
                }
                await this.create(program, live);
            } else {
                this.declares(live.id, live.outs);
                const { changes } = handler.diff(live.outs, program);
                if (live.failed || (changes ?? !isDeepStrictEqual(live.inputs, program))) {
                    await this.update(live, program);
                    this.declares(live.id, live.outs);
                } else live.inputs = program;
            }
        }
        // A look at each host of the program; one by a life that is replaced and released does not count.
        const hasLooked = program !== undefined && hostsIn(program).every((host) => this.world.asked.includes(`observe ${host}`));
        await this.deleteAll(({ pendingDelete }) => pendingDelete || program === undefined);
        if (hasLooked) stack.doubtful = false;
        if (program !== undefined && !stack.doubtful) stack.holds = new Set(trueItems(program));
    }

    private async create(program: Properties, replaced: Resource | undefined): Promise<void> {
        const { stack, handler } = this;
        const add = (id: string, outs: Properties, failed: boolean) => {
            if (replaced !== undefined) replaced.pendingDelete = true;
            stack.state.unshift({ id, inputs: program, outs, failed, pendingDelete: false });
        };
        try {
            const { id, outs } = await this.unlessDead(handler.create(program));
            this.declares(id, outs);
            add(id, outs, false);
        } catch (error) {
            const killed = dead(error) instanceof Killed;
            // The engine tells of a create that was interrupted; where it was, no state says.
            const known = replaced === undefined ? [] : hostsIn(replaced.inputs);
            for (const host of killed ? hostsIn(program) : []) if (!known.includes(host)) stack.forgotten.add(host);
            if (error instanceof PartialFailure && !killed) add(error.id, error.properties, true);
            throw dead(error);
        }
    }

    private async update(live: Resource, program: Properties): Promise<void> {
        const { stack, handler } = this;
        const [from = ""] = stack.namedHosts;
        const [to = ""] = hostsIn(program);
        const isFleet = stack.type === "FleetEncryptionPolicy";
        try {
            live.outs = await this.unlessDead(handler.update(live.id, live.outs, program));
            live.inputs = program;
            live.failed = false;
        } catch (error) {
            const killed = dead(error) instanceof Killed;
            // A fleet's hosts do not move here: each is one by its address.
            if (killed && !isFleet && to !== from && !this.machines.hasNote(from, live.id, to)) {
                // All is done on both hosts, or nothing was begun: only the state does not know.
                const isKnown = stack.namedHosts.includes(to);
                if (!isKnown && this.machines.names(to, live.id) && this.machines.names(from, live.id))
                    this.trouble.push(`${stack.owner}: killed on the way from ${from} to ${to}, and no note tells of that`);
                stack.forgotten.add(to);
            }
            if (error instanceof PartialFailure && !killed) Object.assign(live, { outs: error.properties, failed: true });
            throw dead(error);
        }
    }

    async deleteAll(which: (one: Resource) => boolean): Promise<void> {
        const { stack, handler, lives } = this;
        // As the engine does with one step at a time: the replaced one, which stands behind its successor, first.
        for (const resource of [...stack.state].reverse().filter(which)) {
            try {
                await this.unlessDead(handler.delete(lives.add(resource.id, resource.outs), resource.outs));
            } catch (error) {
                // Perhaps all was released; the engine keeps the state as it was, and the program may declare the resource again.
                stack.doubtful = true;
                throw error;
            }
            stack.state = stack.state.filter((one) => one !== resource);
        }
    }
}

/** A kill comes out of the handler as what the write that it struck failed with. */
const dead = (error: unknown): unknown => (error instanceof PartialFailure && error.failure instanceof Killed ? error.failure : error);
