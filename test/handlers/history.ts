import { isDeepStrictEqual } from "node:util";
import { isWmisecError, WmisecError } from "../../provider/core/errors";
import { itemNamed } from "../../provider/core/items/item";
import { meansSame } from "../../provider/core/items/itemValue";
import type { ItemValue } from "../../provider/core/items/kinds";
import { parseEntry } from "../../provider/core/ledger/entry";
import { registrationFileName } from "../../provider/core/mof/autorecover";
import { namespacePath } from "../../provider/core/namespacePath";
import type { RegistryValue } from "../../provider/core/registry";
import { UNSEC_APP_VALUE } from "../../provider/core/registry";
import type { Handler, Properties } from "../../provider/handlers/handler";
import { PartialFailure } from "../../provider/handlers/partialFailure";
import type { InstanceReading } from "../../provider/model/namespaceTree";
import { WindowsMachine } from "../../provider/model/windowsMachine";
import { AskedLives } from "../../provider/plugin/askedLives";
import { HandlerWorld } from "./world";

/** Stacks over hosts in memory, with an engine that is modelled after Pulumi's, and an oracle that shares no rule with the product. */

export const HOSTS = ["h0", "h1", "h2"] as const;
export const PATHS = ["root/contoso", "root/contoso/billing"] as const;
const VALUE = "value:SOFTWARE/Microsoft/WBEM/CIMOM/UnsecAppAccessControlDefault";
const namespaceName = (path: string) => `namespace:${path}`;

export type Flag = boolean | null;

export interface Start {
    readonly reading: InstanceReading;
    readonly flags: readonly [Flag, Flag];
    readonly value: RegistryValue;
}

/** How a run ends before its time: killed, or the connection is lost, at an apply, after some of its steps. */
export interface Fault {
    readonly how: "killed" | "lost";
    readonly apply: number;
    readonly steps: number;
}

export interface Wish {
    readonly host: number;
    readonly flags: readonly [boolean | undefined, boolean | undefined];
    readonly autorecover: boolean;
}

export type Act =
    | {
          readonly do: "up";
          readonly stack: number;
          /** What the program declares from now on; undefined: what it declared before. */
          readonly wish: Wish | undefined;
          readonly refresh: boolean;
          readonly replace: boolean;
          readonly fault: Fault | undefined;
      }
    | { readonly do: "destroy"; readonly stack: number; readonly refresh: boolean; readonly fault: Fault | undefined }
    | { readonly do: "refresh" | "loseState" | "importOld" | "takeOut"; readonly stack: number }
    | { readonly do: "restart"; readonly host: number }
    | { readonly do: "byHand"; readonly host: number; readonly path: number; readonly flag: Flag; readonly restart: boolean };

/** No error of ours: whoever meets it is dead. */
class Killed extends Error {}

interface Resource {
    readonly id: string;
    inputs: Properties;
    outs: Properties;
    failed: boolean;
    pendingDelete: boolean;
}

/** One program with one resource, and its state. */
class Stack {
    /** What the program declares; undefined: nothing. */
    program: Properties | undefined;
    state: Resource[] = [];
    readonly older: Resource[][] = [];
    /** A run was killed, a delete failed, or the state is not the last one: what an `up` that looks at no host says proves nothing. */
    doubtful = false;
    /** Hosts of which no state and no note can know any more: a state was thrown away, or replaced by an older one. */
    readonly forgotten = new Set<string>();
    /** `host item` that this stack's last good `up` declared TRUE. */
    holds = new Set<string>();
    /** The host that the last error named: its advice is followed. */
    told: string | undefined;
    /** Killed with the note of the move already taken out, and the state not yet written. */
    windows = 0;

    constructor(
        readonly owner: string,
        readonly type: "WmiNamespaceSecurity" | "UnsecAppPolicy",
    ) {}
}

/** What runs may be told where several want different things, readings lag, or somebody broke in. */
const EXPECTED = new Set(["ownedByAnother", "readingsDiffer", "readBackDiffers", "changedMeanwhile", "connectionLost", "moveUnfinished"]);

export class History {
    readonly trouble: string[] = [];
    readonly counts: Record<string, number> = {};
    private readonly world = new HandlerWorld();
    private readonly stacks = [
        new Stack("org/one", "WmiNamespaceSecurity"),
        new Stack("org/two", "WmiNamespaceSecurity"),
        new Stack("org/sink", "UnsecAppPolicy"),
    ];
    /** What stood there before anybody's policy, by `host item`; absent where somebody broke in meanwhile. */
    private readonly original = new Map<string, ItemValue>();
    /** Items that somebody changed by hand. */
    private readonly brokenInto = new Set<string>();
    constructor(starts: readonly Start[]) {
        for (const [index, { reading, flags, value }] of starts.entries()) {
            const machine = new WindowsMachine({ namespaces: Object.fromEntries(PATHS.map((path, at) => [path, flags[at] ?? null])) });
            machine.namespaces.instanceReading = reading;
            machine.registry.set(UNSEC_APP_VALUE.key, UNSEC_APP_VALUE.name, value);
            const host = HOSTS[index] ?? "h0";
            this.world.machines.set(host, machine);
            for (const name of this.itemNames) this.original.set(`${host} ${name}`, this.live(host, name));
        }
    }

    private get itemNames(): string[] {
        return [...PATHS.flatMap((path) => [namespaceName(path), `registration:${path}`]), VALUE];
    }

    async act(act: Act): Promise<void> {
        this.counts[act.do] = (this.counts[act.do] ?? 0) + 1;
        if (act.do === "restart") return this.machine(HOSTS[act.host] ?? "h0").restartWmi();
        if (act.do === "byHand") return this.byHand(act);
        const stack = this.stacks[act.stack];
        if (stack === undefined) return;
        switch (act.do) {
            case "takeOut":
                stack.program = undefined;
                return;
            case "loseState":
                for (const host of this.namedHosts(stack)) stack.forgotten.add(host);
                stack.state = [];
                stack.doubtful = true;
                return;
            case "importOld": {
                const older = stack.older[Math.floor(stack.older.length / 2)];
                if (older === undefined) return;
                for (const host of this.namedHosts(stack)) stack.forgotten.add(host);
                stack.state = asStored(older);
                stack.doubtful = true;
                // It remembers again what stood there before somebody broke in.
                for (const key of this.brokenInto) {
                    const [host = "", name = ""] = key.split(" ");
                    if (this.isRemembered(host, name)) this.original.delete(key);
                }
                return;
            }
            case "refresh":
                await this.run(stack, undefined, false, (handler, lives) => this.refresh(stack, handler, lives));
                return;
            case "up":
                if (act.wish !== undefined) stack.program = inputsOf(stack, HOSTS[act.wish.host] ?? "h0", act.wish);
                await this.run(stack, act.fault, true, (handler, lives) => this.up(stack, handler, lives, act));
                return;
            case "destroy":
                await this.run(stack, act.fault, false, async (handler, lives) => {
                    if (act.refresh) await this.refresh(stack, handler, lives);
                    await this.deleteAll(stack, handler, lives, () => true);
                });
        }
    }

    /** All is put right as an administrator would: what the runs tell is followed, and nothing else; then everything is destroyed. */
    async end(): Promise<void> {
        for (const stack of this.stacks) await this.finish(stack);
        for (const host of HOSTS) {
            this.machine(host).restartWmi();
            const ledger = Object.entries(this.machine(host).ledger());
            if (ledger.length > 0) this.trouble.push(`${host}: left in the ledger at the end: ${JSON.stringify(ledger)}`);
            for (const name of this.itemNames) {
                const original = this.original.get(`${host} ${name}`);
                if (original !== undefined && !this.isSame(host, name, original))
                    this.trouble.push(
                        `${host} ${name}: ${JSON.stringify(this.live(host, name))} at the end, ${JSON.stringify(original)} before`,
                    );
            }
        }
    }

    private async finish(stack: Stack): Promise<void> {
        const settle = async (host: string | undefined): Promise<void> => {
            for (let attempt = 0; attempt < 12; attempt += 1) {
                for (const one of HOSTS) this.machine(one).restartWmi();
                stack.program = host === undefined ? undefined : inputsOf(stack, host, NOTHING);
                stack.told = undefined;
                const ended = await this.run(stack, undefined, host !== undefined, (handler, lives) =>
                    host === undefined
                        ? this.deleteAll(stack, handler, lives, () => true)
                        : this.up(stack, handler, lives, { refresh: true, replace: false }),
                );
                if (ended === "well") return;
                if (stack.told === undefined) continue;
                const told = stack.told;
                stack.program = inputsOf(stack, told, NOTHING);
                await this.run(stack, undefined, true, (handler, lives) =>
                    this.up(stack, handler, lives, { refresh: true, replace: false }),
                );
            }
            this.trouble.push(`${stack.owner}: ${host === undefined ? "can't be destroyed" : `no up on ${host} succeeds`}`);
        };
        const [current] = [...this.namedHosts(stack), ...HOSTS];
        await settle(current);
        for (const host of stack.forgotten) await settle(host);
        for (let round = 0; round < 4; round += 1) {
            const [told] = stack.state.flatMap(({ outs }) => (outs["unfinishedMoves"] as { host: string }[] | undefined) ?? []);
            if (told === undefined) break;
            await settle(told.host);
        }
        await settle(undefined);
    }

    /** The hosts that a state and its program speak of; the first is the one that the resource is on. */
    private namedHosts(stack: Stack): string[] {
        return stack.state.flatMap(({ outs }) => [
            hostIn(outs),
            ...((outs["unreleased"] as Properties[] | undefined) ?? []).map(hostIn),
            ...((outs["unfinishedMoves"] as { host: string }[] | undefined) ?? []).map(({ host }) => host),
        ]);
    }

    private async run(
        stack: Stack,
        fault: Fault | undefined,
        programRuns: boolean,
        work: (handler: Handler, lives: AskedLives) => Promise<unknown>,
    ): Promise<"well" | "badly"> {
        const lives = new AskedLives(async () => programRuns);
        this.world.known = lives;
        this.strike(fault);
        const before = this.ledgers();
        stack.holds = new Set();
        try {
            await work(this.world.handler(stack.type), lives);
            return "well";
        } catch (error) {
            if (error instanceof Killed) {
                stack.doubtful = true;
                this.counts["killed"] = (this.counts["killed"] ?? 0) + 1;
            } else {
                const failure = error instanceof PartialFailure ? error.failure : error;
                if (!isWmisecError(failure) || !EXPECTED.has(failure.code)) this.trouble.push(`${stack.owner}: ${String(failure)}`);
                else if (failure.code === "moveUnfinished") stack.told = / to (h\d) was begun/.exec(failure.summary)?.[1];
                if (isWmisecError(failure)) this.counts[failure.code] = (this.counts[failure.code] ?? 0) + 1;
            }
            return "badly";
        } finally {
            this.strike(undefined);
            // What the end of a run says of lives that nobody asked for; a run that is killed says it to nobody.
            for (const text of lives.ofUnknown) stack.forgotten.add(text.slice(0, text.indexOf(":")));
            this.judge(stack, before);
        }
    }

    private strike(fault: Fault | undefined): void {
        let applies = 0;
        let struck = false;
        this.world.carriedOut = (steps) => {
            applies += 1;
            struck = fault !== undefined && applies === fault.apply;
            return struck && fault !== undefined ? Math.min(fault.steps, steps.length) : steps.length;
        };
        this.world.afterApply = () => {
            if (!struck || fault === undefined) return;
            struck = false;
            if (fault.how === "killed") throw new Killed("killed");
            throw new WmisecError("connectionLost", "the connection ended", { remedy: "run again" });
        };
    }

    private async refresh(stack: Stack, handler: Handler, lives: AskedLives): Promise<void> {
        for (const resource of stack.state) {
            const { outs, inputs } = await handler.read(lives.add(resource.id, resource.outs), resource.outs);
            Object.assign(resource, { outs, inputs, failed: false });
        }
    }

    private async up(stack: Stack, handler: Handler, lives: AskedLives, how: { refresh: boolean; replace: boolean }): Promise<void> {
        stack.older.push(asStored(stack.state));
        this.world.asked.length = 0;
        if (how.refresh) await this.refresh(stack, handler, lives);
        const { program } = stack;
        if (program !== undefined) {
            const live = stack.state.find(({ pendingDelete }) => !pendingDelete);
            if (live === undefined || how.replace) {
                if (live !== undefined) {
                    lives.declares(live.id, live.outs);
                    handler.diff(live.outs, program);
                }
                await this.create(stack, handler, lives, program, live);
            } else {
                lives.declares(live.id, live.outs);
                const { changes } = handler.diff(live.outs, program);
                if (live.failed || (changes ?? !isDeepStrictEqual(live.inputs, program))) {
                    await this.update(stack, handler, live, program);
                    lives.declares(live.id, live.outs);
                } else live.inputs = program;
            }
        }
        await this.deleteAll(stack, handler, lives, ({ pendingDelete }) => pendingDelete || program === undefined);
        // A look at the host of the program; one at another that is released does not count.
        if (program !== undefined && this.world.asked.includes(`observe ${hostIn(program)}`)) stack.doubtful = false;
        if (program !== undefined && !stack.doubtful) stack.holds = new Set(trueItems(program));
    }

    private async create(
        stack: Stack,
        handler: Handler,
        lives: AskedLives,
        program: Properties,
        replaced: Resource | undefined,
    ): Promise<void> {
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

    private async update(stack: Stack, handler: Handler, live: Resource, program: Properties): Promise<void> {
        const from = hostIn(live.outs);
        try {
            live.outs = await handler.update(live.id, live.outs, program);
            live.inputs = program;
            live.failed = false;
        } catch (error) {
            const killed = dead(error) instanceof Killed;
            if (killed && hostIn(program) !== from && !this.hasNote(from, live.id, hostIn(program))) {
                // All is done on both hosts, or nothing was begun: only the state does not know.
                stack.windows += 1;
                const isKnown = this.namedHosts(stack).includes(hostIn(program));
                if (!isKnown && this.names(hostIn(program), live.id) && this.names(from, live.id))
                    this.trouble.push(`${stack.owner}: killed on the way from ${from} to ${hostIn(program)}, and no note tells of that`);
                stack.forgotten.add(hostIn(program));
            }
            if (error instanceof PartialFailure && !killed) Object.assign(live, { outs: error.properties, failed: true });
            throw dead(error);
        }
    }

    private async deleteAll(stack: Stack, handler: Handler, lives: AskedLives, which: (one: Resource) => boolean): Promise<void> {
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

    /** Does an entry there carry this stamp? */
    private names(host: string, id: string): boolean {
        return Object.entries(this.machine(host).ledger()).some(
            ([name, text]) => !name.startsWith("move:") && ownersIn(text).some(({ stamp }) => stamp === id),
        );
    }

    private hasNote(host: string, id: string, to: string): boolean {
        return Object.entries(this.machine(host).ledger()).some(
            ([name, text]) => name.startsWith(`move:${id}:`) && text.includes(`"host":"${to}"`),
        );
    }

    private byHand({ host: at, path: which, flag, restart }: Extract<Act, { do: "byHand" }>): void {
        const host = HOSTS[at] ?? "h0";
        const path = PATHS[which] ?? PATHS[0];
        const machine = this.machine(host);
        machine.namespaces.setFlag(path, flag);
        // Without a qualifier the singleton says nothing: whether the parent is behind then, nobody can tell.
        if (restart || flag === null) machine.restartWmi();
        const key = `${host} ${namespaceName(path)}`;
        this.brokenInto.add(key);
        for (const stack of this.stacks) {
            stack.holds.delete(key);
            stack.doubtful = true;
        }
        // The singleton lags, and nothing in the ledger says by whose write: it is taken at its word.
        const lags = machine.namespaces.instanceReading === "ahead" && !restart;
        // After a destroy that was killed the state still remembers, and takes what it finds for its own.
        const remembered = this.stacks.some((stack) => this.namedHosts(stack).includes(host));
        if (machine.ledger()[namespaceName(path)] === undefined && !lags && !remembered)
            this.original.set(key, this.live(host, namespaceName(path)));
        else this.original.delete(key);
    }

    /** After a run of one stack: what was there of others is there still, and what went was put back. */
    private judge(stack: Stack, before: ReadonlyMap<string, string>): void {
        const after = this.ledgers();
        for (const [key, text] of before) {
            const [host = "", name = ""] = key.split(" ");
            const former = ownersIn(text);
            const now = ownersIn(after.get(key));
            const others = (owners: typeof former) => owners.filter(({ owner }) => owner !== stack.owner);
            if (!isDeepStrictEqual(others(former), others(now)))
                this.trouble.push(`${stack.owner} touched what others have in ${key}: ${text} -> ${after.get(key)}`);
            if (after.has(key) || name.startsWith("move:")) continue;
            const original = this.original.get(key);
            // Somebody broke in. As long as a state remembers the item, its `before` may yet come back.
            if (original === undefined && (this.isRemembered(host, name) || this.lagsBehindHand(host, name))) continue;
            if (original === undefined) this.original.set(key, this.live(host, name));
            else if (!this.isSame(host, name, original))
                this.trouble.push(
                    `${stack.owner} let go of ${key}: ${JSON.stringify(this.live(host, name))}, ${JSON.stringify(original)} before`,
                );
        }
        for (const { owner, holds } of this.stacks)
            for (const key of holds) {
                const [host = "", name = ""] = key.split(" ");
                if (!this.isTrue(host, name)) this.trouble.push(`${owner} declares ${key} true, and ${stack.owner} left it otherwise`);
            }
    }

    private isRemembered(host: string, name: string): boolean {
        return this.stacks
            .flatMap(({ state }) => state.flatMap(({ outs }) => [outs, ...((outs["unreleased"] as Properties[] | undefined) ?? [])]))
            .some((one) => hostIn(one) === host && name in ((one["before"] ?? {}) as Properties));
    }

    /** Somebody changed the flag by hand, and its two readings have not met since. */
    private lagsBehindHand(host: string, name: string): boolean {
        const { namespaces } = this.machine(host);
        if (!this.brokenInto.has(`${host} ${name}`) || !name.startsWith("namespace:") || namespaces.instanceReading === "empty")
            return false;
        const readings = namespaces.readings(name.slice("namespace:".length));
        return (readings?.effective ?? false) !== (readings?.stored ?? false);
    }

    private ledgers(): Map<string, string> {
        return new Map(
            HOSTS.flatMap((host) => Object.entries(this.machine(host).ledger()).map(([name, text]) => [`${host} ${name}`, text] as const)),
        );
    }

    private isTrue(host: string, name: string): boolean {
        const live = this.live(host, name);
        return live === true || (typeof live === "object" && "kind" in live && live.value === "1");
    }

    private isSame(host: string, name: string, value: ItemValue): boolean {
        const item = itemNamed(name);
        if (item === undefined) throw new Error(`${name} is no item`);
        return meansSame(item, this.live(host, name), value);
    }

    /** What will be in force once the WMI service has been restarted. */
    private live(host: string, name: string): ItemValue {
        if (name === VALUE) return this.machine(host).value(UNSEC_APP_VALUE.key, UNSEC_APP_VALUE.name);
        if (name.startsWith("registration:")) {
            const file = registrationFileName(namespacePath(name.slice("registration:".length)));
            const named = [...this.machine(host).files.list(), ...this.machine(host).autorecoverList];
            return named.some((one) => one.endsWith(file)) ? true : "absent";
        }
        const readings = this.machine(host).namespaces.readings(name.slice("namespace:".length));
        const ahead = this.machine(host).namespaces.instanceReading === "ahead";
        const flag = ahead ? readings?.effective : readings?.stored;
        return flag ?? "absent";
    }

    private machine(host: string): WindowsMachine {
        const machine = this.world.machines.get(host);
        if (machine === undefined) throw new Error(`no machine ${host}`);
        return machine;
    }
}

/** A kill comes out of the handler as what the write that it struck failed with. */
const dead = (error: unknown): unknown => (error instanceof PartialFailure && error.failure instanceof Killed ? error.failure : error);

/** A state goes through a file. */
const asStored = (state: readonly Resource[]): Resource[] => JSON.parse(JSON.stringify(state));

const hostIn = ({ connection }: Properties): string => (connection as { host: string }).host;

const NOTHING: Omit<Wish, "host"> = { flags: [undefined, undefined], autorecover: false };

function inputsOf({ owner, type }: Stack, host: string, { flags, autorecover }: Omit<Wish, "host">): Properties {
    const common = { connection: { host, user: "me" }, owner };
    if (type === "UnsecAppPolicy") return { ...common, checkAccess: flags[0] ?? false };
    const wishes = flags.flatMap((requiresEncryption, at) =>
        requiresEncryption === undefined ? [] : [[PATHS[at], { requiresEncryption }] as const],
    );
    return { ...common, namespaces: Object.fromEntries(wishes), ...(autorecover && { autorecover }) };
}

function trueItems(program: Properties): string[] {
    const host = hostIn(program);
    if (program["checkAccess"] === true) return [`${host} ${VALUE}`];
    const namespaces = (program["namespaces"] ?? {}) as Record<string, { requiresEncryption: boolean }>;
    return Object.entries(namespaces).flatMap(([path, { requiresEncryption }]) =>
        requiresEncryption ? [`${host} ${namespaceName(path)}`] : [],
    );
}

function ownersIn(text: string | undefined) {
    const parsed = parseEntry(text);
    return parsed.state === "entry" ? parsed.entry.owners : [];
}
