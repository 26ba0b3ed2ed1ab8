import { isDeepStrictEqual } from "node:util";
import type { ItemValue } from "../../../provider/core/items/kinds";
import { type Act, HOSTS, PATHS } from "./acts";
import { ITEM_NAMES, type Machines, namespaceName, ownersIn } from "./machines";
import { rememberedIn, type Stack } from "./stack";

/** Says what must not have happened, by rules that it shares with nothing in the product. */
export class Oracle {
    /** What stood there before anybody's policy, by `host item`; absent where somebody broke in meanwhile. */
    private readonly original = new Map<string, ItemValue>();
    /** Items that somebody changed by hand. */
    private readonly brokenInto = new Set<string>();

    constructor(
        private readonly machines: Machines,
        private readonly stacks: readonly Stack[],
        private readonly trouble: string[],
    ) {
        for (const host of machines.byHost.keys())
            for (const name of ITEM_NAMES) this.original.set(`${host} ${name}`, machines.live(host, name));
    }

    byHand({ host: at, path: which, flag, restart }: Extract<Act, { do: "byHand" }>): void {
        const host = HOSTS[at] ?? "h0";
        const path = PATHS[which] ?? PATHS[0];
        const machine = this.machines.on(host);
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
        const remembered = this.stacks.some(({ namedHosts }) => namedHosts.includes(host));
        if (machine.ledger()[namespaceName(path)] === undefined && !lags && !remembered)
            this.original.set(key, this.machines.live(host, namespaceName(path)));
        else this.original.delete(key);
    }

    /** After a run of one stack: what was there of others is there still, and what went was put back. */
    judge(stack: Stack, before: ReadonlyMap<string, string>): void {
        const after = this.machines.ledgers();
        for (const [key, text] of before) {
            const [host = "", name = ""] = key.split(" ");
            const former = ownersIn(text);
            const now = ownersIn(after.get(key));
            const others = (owners: typeof former) => owners.filter(({ owner }) => !stack.isOwner(owner));
            if (!isDeepStrictEqual(others(former), others(now)))
                this.trouble.push(`${stack.owner} touched what others have in ${key}: ${text} -> ${after.get(key)}`);
            if (after.has(key) || name.startsWith("move:")) continue;
            const original = this.original.get(key);
            // Somebody broke in. As long as a state remembers the item, its `before` may yet come back.
            if (original === undefined && (this.isRemembered(host, name) || this.lagsBehindHand(host, name))) continue;
            if (original === undefined) this.original.set(key, this.machines.live(host, name));
            else if (!this.machines.isSame(host, name, original))
                this.trouble.push(
                    `${stack.owner} let go of ${key}: ${JSON.stringify(this.machines.live(host, name))}, ${JSON.stringify(original)} before`,
                );
        }
        for (const { owner, holds } of this.stacks)
            for (const key of holds) {
                const [host = "", name = ""] = key.split(" ");
                if (!this.machines.isTrue(host, name))
                    this.trouble.push(`${owner} declares ${key} true, and ${stack.owner} left it otherwise`);
            }
    }

    /** A state that was imported remembers again what stood there before somebody broke in. */
    imported(): void {
        for (const key of this.brokenInto) {
            const [host = "", name = ""] = key.split(" ");
            if (this.isRemembered(host, name)) this.original.delete(key);
        }
    }

    /** After everything was destroyed. */
    judgeEnd(): void {
        for (const host of HOSTS) {
            this.machines.on(host).restartWmi();
            const ledger = Object.entries(this.machines.on(host).ledger());
            if (ledger.length > 0) this.trouble.push(`${host}: left in the ledger at the end: ${JSON.stringify(ledger)}`);
            for (const name of ITEM_NAMES) {
                const original = this.original.get(`${host} ${name}`);
                if (original !== undefined && !this.machines.isSame(host, name, original))
                    this.trouble.push(
                        `${host} ${name}: ${JSON.stringify(this.machines.live(host, name))} at the end, ${JSON.stringify(original)} before`,
                    );
            }
        }
    }

    private isRemembered(host: string, name: string): boolean {
        return this.stacks
            .flatMap(({ state }) => state.flatMap(({ outs }) => rememberedIn(outs)))
            .some((one) => one.host === host && name in one.before);
    }

    /** Somebody changed the flag by hand, and its two readings have not met since. */
    private lagsBehindHand(host: string, name: string): boolean {
        const { namespaces } = this.machines.on(host);
        if (!this.brokenInto.has(`${host} ${name}`) || !name.startsWith("namespace:") || namespaces.instanceReading === "empty")
            return false;
        const readings = namespaces.readings(name.slice("namespace:".length));
        return (readings?.effective ?? false) !== (readings?.stored ?? false);
    }
}
