import { isDeepStrictEqual } from "node:util";
import type { Handler, Properties } from "../../../provider/handlers/handler";
import { PartialFailure } from "../../../provider/handlers/partialFailure";
import type { AskedLives } from "../../../provider/plugin/askedLives";
import type { HandlerWorld } from "../world";
import { type Machines, trueItems } from "./machines";
import { asStored, hostIn, type Resource, type Stack } from "./stack";

/** No error of ours: whoever meets it is dead. */
export class Killed extends Error {}

/** Runs of one stack, as Pulumi's engine makes them. */
export class Engine {
    constructor(
        private readonly world: HandlerWorld,
        private readonly machines: Machines,
        private readonly trouble: string[],
        private readonly stack: Stack,
        private readonly handler: Handler,
        private readonly lives: AskedLives,
    ) {}

    async refresh(): Promise<void> {
        const { stack, handler, lives } = this;
        for (const resource of stack.state) {
            const { outs, inputs } = await handler.read(lives.add(resource.id, resource.outs), resource.outs);
            Object.assign(resource, { outs, inputs, failed: false });
        }
    }

    async up(how: { refresh: boolean; replace: boolean }): Promise<void> {
        const { stack, handler, lives } = this;
        stack.older.push(asStored(stack.state));
        this.world.asked.length = 0;
        if (how.refresh) await this.refresh();
        const { program } = stack;
        if (program !== undefined) {
            const live = stack.state.find(({ pendingDelete }) => !pendingDelete);
            if (live === undefined || how.replace) {
                if (live !== undefined) {
                    lives.declares(live.id, live.outs);
                    handler.diff(live.outs, program);
                }
                await this.create(program, live);
            } else {
                lives.declares(live.id, live.outs);
                const { changes } = handler.diff(live.outs, program);
                if (live.failed || (changes ?? !isDeepStrictEqual(live.inputs, program))) {
                    await this.update(live, program);
                    lives.declares(live.id, live.outs);
                } else live.inputs = program;
            }
        }
        await this.deleteAll(({ pendingDelete }) => pendingDelete || program === undefined);
        // A look at the host of the program; one at another that is released does not count.
        if (program !== undefined && this.world.asked.includes(`observe ${hostIn(program)}`)) stack.doubtful = false;
        if (program !== undefined && !stack.doubtful) stack.holds = new Set(trueItems(program));
    }

    private async create(program: Properties, replaced: Resource | undefined): Promise<void> {
        const { stack, handler, lives } = this;
        const add = (id: string, outs: Properties, failed: boolean) => {
            if (replaced !== undefined) replaced.pendingDelete = true;
            stack.state.unshift({ id, inputs: program, outs, failed, pendingDelete: false });
        };
        try {
            const { id, outs } = await handler.create(program);
            lives.declares(id, outs);
            add(id, outs, false);
        } catch (error) {
            const killed = dead(error) instanceof Killed;
            // The engine tells of a create that was interrupted; where it was, no state says.
            if (killed && (replaced === undefined || hostIn(replaced.outs) !== hostIn(program))) stack.forgotten.add(hostIn(program));
            if (error instanceof PartialFailure && !killed) add(error.id, error.properties, true);
            throw dead(error);
        }
    }

    private async update(live: Resource, program: Properties): Promise<void> {
        const { stack, handler } = this;
        const from = hostIn(live.outs);
        try {
            live.outs = await handler.update(live.id, live.outs, program);
            live.inputs = program;
            live.failed = false;
        } catch (error) {
            const killed = dead(error) instanceof Killed;
            if (killed && hostIn(program) !== from && !this.machines.hasNote(from, live.id, hostIn(program))) {
                // All is done on both hosts, or nothing was begun: only the state does not know.
                const isKnown = stack.namedHosts.includes(hostIn(program));
                if (!isKnown && this.machines.names(hostIn(program), live.id) && this.machines.names(from, live.id))
                    this.trouble.push(`${stack.owner}: killed on the way from ${from} to ${hostIn(program)}, and no note tells of that`);
                stack.forgotten.add(hostIn(program));
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
                await handler.delete(lives.add(resource.id, resource.outs), resource.outs);
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
