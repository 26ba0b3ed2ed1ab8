import { isWmisecError, WmisecError } from "../../../provider/core/errors";
import type { Step } from "../../../provider/core/wire/step";
import { PartialFailure } from "../../../provider/handlers/partialFailure";
import { AskedLives } from "../../../provider/plugin/askedLives";
import { FleetWorld } from "../../fleet/fleetWorld";
import { type Act, type Fault, HOSTS, type Start, type Wish } from "./acts";
import { Engine, Killed } from "./engine";
import { Machines } from "./machines";
import { Oracle } from "./oracle";
import { asStored, NOTHING, Stack } from "./stack";

/** What runs may be told where several want different things, readings lag, or somebody broke in. */
const EXPECTED = new Set(["ownedByAnother", "readingsDiffer", "readBackDiffers", "changedMeanwhile", "connectionLost", "moveUnfinished"]);

/** Stacks over hosts in memory, with an engine that is modelled after Pulumi's, and an oracle that shares no rule with the product. */
export class History {
    readonly trouble: string[] = [];
    readonly counts: Record<string, number> = {};
    private readonly world = new FleetWorld();
    private readonly stacks = [
        new Stack("org/one", "WmiNamespaceSecurity"),
        new Stack("org/two", "WmiNamespaceSecurity"),
        new Stack("org/sink", "UnsecAppPolicy"),
        new Stack("org/fleet", "FleetEncryptionPolicy"),
        new Stack("org/other", "FleetEncryptionPolicy"),
    ];
    /** The run was killed. */
    private isDead = false;
    private readonly machines: Machines;
    private readonly oracle: Oracle;

    constructor(starts: readonly Start[]) {
        this.machines = new Machines(starts);
        for (const [host, machine] of this.machines.byHost) this.world.machines.set(host, machine);
        this.oracle = new Oracle(this.machines, this.stacks, this.trouble);
    }

    async act(act: Act): Promise<void> {
        this.counts[act.do] = (this.counts[act.do] ?? 0) + 1;
        if (act.do === "restart") return this.machines.on(HOSTS[act.host] ?? "h0").restartWmi();
        if (act.do === "byHand") return this.oracle.byHand(act);
        const stack = this.stacks[act.stack];
        if (stack === undefined) return;
        switch (act.do) {
            case "takeOut":
                stack.program = undefined;
                return;
            case "loseState":
                for (const host of stack.namedHosts) stack.forgotten.add(host);
                stack.state = [];
                stack.doubtful = true;
                return;
            case "importOld": {
                const older = stack.older[Math.floor(stack.older.length / 2)];
                if (older === undefined) return;
                for (const host of stack.namedHosts) stack.forgotten.add(host);
                stack.state = asStored(older);
                stack.doubtful = true;
                this.oracle.imported();
                return;
            }
            case "refresh":
                await this.run(stack, undefined, false, (engine) => engine.refresh());
                return;
            case "up":
                if (act.wish !== undefined) stack.program = stack.inputs(HOSTS[act.wish.host] ?? "h0", act.wish);
                await this.run(stack, act.fault, true, (engine) => engine.up(act));
                return;
            case "destroy":
                await this.run(stack, act.fault, false, async (engine) => {
                    if (act.refresh) await engine.refresh();
                    await engine.deleteAll(() => true);
                });
        }
    }

    /** All is put right as an administrator would: what the runs tell is followed, and nothing else; then everything is destroyed. */
    async end(): Promise<void> {
        // The one that can't declare nothing comes last, when nobody wants anything else.
        for (const stack of [...this.stacks]
            .reverse()
            .sort((a, b) => Number(a.type === "UnsecAppPolicy") - Number(b.type === "UnsecAppPolicy")))
            await this.finish(stack);
        await this.takeOver();
        this.oracle.judgeEnd();
    }

    /** What fleets left behind as it was is declared once more, as it was, and destroyed: that restores what stood there first. */
    private async takeOver(): Promise<void> {
        for (const host of HOSTS)
            for (const stack of [new Stack("org/last", "WmiNamespaceSecurity"), new Stack("org/last-sink", "UnsecAppPolicy")]) {
                const left = this.machines.handedOver(host);
                if (left.length === 0) continue;
                const wish = { flags: [true, true] as const, autorecover: left.some((name) => name.startsWith("registration:")) };
                await this.settle(stack, host, wish);
                await this.settle(stack, undefined);
            }
    }

    private async finish(stack: Stack): Promise<void> {
        const [current] = [...stack.namedHosts, ...HOSTS];
        await this.settle(stack, current);
        for (const host of stack.forgotten) await this.settle(stack, host);
        for (let round = 0; round < 4; round += 1) {
            const [told] = stack.state.flatMap(({ outs }) => (outs["unfinishedMoves"] as { host: string }[] | undefined) ?? []);
            if (told === undefined) break;
            await this.settle(stack, told.host);
        }
        await this.settle(stack, undefined);
    }

    /** Runs until all is well: an up on that host, or a destroy where there is none. */
    private async settle(stack: Stack, host: string | undefined, wish: Omit<Wish, "host"> = NOTHING): Promise<void> {
        const up = (engine: Engine) => engine.up({ refresh: true, replace: false });
        for (let attempt = 0; attempt < 12; attempt += 1) {
            for (const one of HOSTS) this.machines.on(one).restartWmi();
            stack.program = host === undefined ? undefined : stack.inputs(host, wish);
            stack.told = undefined;
            const work = host === undefined ? (engine: Engine) => engine.deleteAll(() => true) : up;
            if ((await this.run(stack, undefined, host !== undefined, work)) === "well") return;
            if (stack.told === undefined) continue;
            stack.program = stack.inputs(stack.told, NOTHING);
            await this.run(stack, undefined, true, up);
        }
        this.trouble.push(`${stack.owner}: ${host === undefined ? "can't be destroyed" : `no up on ${host} succeeds`}`);
    }

    private async run(
        stack: Stack,
        fault: Fault | undefined,
        programRuns: boolean,
        work: (engine: Engine) => Promise<unknown>,
    ): Promise<"well" | "badly"> {
        const lives = new AskedLives(async () => programRuns);
        this.world.known = lives;
        this.strike(fault);
        const before = this.machines.ledgers();
        stack.holds = new Set();
        try {
            const handler = stack.type === "FleetEncryptionPolicy" ? this.world.fleet() : this.world.handler(stack.type);
            await work(new Engine(this.world, this.machines, this.trouble, stack, handler, lives, () => this.isDead));
            return "well";
        } catch (error) {
            if (error instanceof Killed) {
                stack.doubtful = true;
                this.counts["killed"] = (this.counts["killed"] ?? 0) + 1;
            } else {
                const failure = error instanceof PartialFailure ? error.failure : error;
                if (!isWmisecError(failure) || !codesOf(failure).every((code) => EXPECTED.has(code)))
                    this.trouble.push(`${stack.owner}: ${String(failure)}`);
                else if (failure.code === "moveUnfinished") stack.told = / to (h\d) was begun/.exec(failure.summary)?.[1];
                if (isWmisecError(failure)) this.counts[failure.code] = (this.counts[failure.code] ?? 0) + 1;
            }
            return "badly";
        } finally {
            this.strike(undefined);
            // What the end of a run says of lives that nobody asked for; a run that is killed says it to nobody.
            for (const text of lives.ofUnknown) stack.forgotten.add(text.slice(0, text.indexOf(":")));
            this.oracle.judge(stack, before);
        }
    }

    private strike(fault: Fault | undefined): void {
        let applies = 0;
        let struck: readonly Step[] | undefined;
        this.isDead = false;
        this.world.carriedOut = (steps) => {
            if (this.isDead) return 0;
            applies += 1;
            if (applies !== fault?.apply) return steps.length;
            struck = steps;
            this.isDead = fault.how === "killed";
            return Math.min(fault.steps, steps.length);
        };
        this.world.afterApply = (steps) => {
            if (this.isDead) throw new Killed("killed");
            if (steps === struck) throw new WmisecError("connectionLost", "the connection ended", { remedy: "run again" });
        };
    }
}

/** The codes of an error; of a fleet's, those of its hosts. */
function codesOf({ code, details: { said = "" } }: WmisecError): string[] {
    const ofHosts = [...said.matchAll(/^h\d: (\w+): /gm)].map(([, one]) => one ?? "");
    return code === "hostsFailed" && ofHosts.length > 0 ? ofHosts : [code];
}
