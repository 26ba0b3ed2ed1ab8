import type { Properties } from "../../../provider/handlers/handler";
import { uncheckedMemory } from "../../../provider/resources/rememberedFleet";
import { HOSTS, PATHS, type Wish } from "./acts";

export interface Resource {
    readonly id: string;
    inputs: Properties;
    outs: Properties;
    failed: boolean;
    pendingDelete: boolean;
}

/** One program with one resource, and its state. */
export class Stack {
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

    constructor(
        readonly owner: string,
        readonly type: "WmiNamespaceSecurity" | "UnsecAppPolicy" | "FleetEncryptionPolicy",
    ) {}

    /** The hosts that the state speaks of; for a resource on one host, that is the first. */
    get namedHosts(): string[] {
        return this.state.flatMap(({ outs }) => [
            ...rememberedIn(outs).map(({ host }) => host),
            ...((outs["unfinishedMoves"] as { host: string }[] | undefined) ?? []).map(({ host }) => host),
        ]);
    }

    /** Whether an owner in a ledger is this stack's. */
    isOwner(owner: string): boolean {
        return this.type === "FleetEncryptionPolicy" ? owner.startsWith(`${this.owner}#`) : owner === this.owner;
    }

    /** What the program declares with that wish. */
    inputs(host: string, wish: Omit<Wish, "host">): Properties {
        return this.type === "FleetEncryptionPolicy" ? this.fleetInputs(host, wish) : this.ownInputs(host, wish);
    }

    /** A fleet is on two hosts; on all if it wishes nothing. Hosts that leave it are restored by one of its wishes, and left by the others. */
    private fleetInputs(first: string, wish: Omit<Wish, "host">): Properties {
        const at = HOSTS.map(String).indexOf(first);
        const hosts = wish === NOTHING ? HOSTS : HOSTS.filter((_, index) => index === at || index === (at + 1) % HOSTS.length);
        const { connection: _connection, ...own } = this.ownInputs(first, wish);
        return {
            ...own,
            connection: { user: "me" },
            hosts: Object.fromEntries(hosts.map((host) => [host, {}])),
            unreachable: "error",
            whenHostLeaves: at === 1 ? "restore" : "leave",
            ...(wish.flags[1] !== undefined && { checkAccess: wish.flags[1] }),
        };
    }

    private ownInputs(host: string, { flags, autorecover }: Omit<Wish, "host">): Properties {
        const common = { connection: { host, user: "me" }, owner: this.owner };
        if (this.type === "UnsecAppPolicy") return { ...common, checkAccess: flags[0] ?? false };
        const wishes = flags.flatMap((requiresEncryption, at) =>
            requiresEncryption === undefined ? [] : [[PATHS[at], { requiresEncryption }] as const],
        );
        return { ...common, namespaces: Object.fromEntries(wishes), ...(autorecover && { autorecover }) };
    }
}

/** A state goes through a file. */
export const asStored = (state: readonly Resource[]): Resource[] => JSON.parse(JSON.stringify(state));

/** The hosts of a program, or of a state. */
export const hostsIn = ({ connection, hosts }: Properties): string[] =>
    hosts === undefined ? [(connection as { host: string }).host] : Object.keys(hosts as object);

/** What a state remembers: of which hosts, and of which items there. */
export function rememberedIn(outs: Properties): { readonly host: string; readonly before: Properties }[] {
    if (typeof outs["memory"] !== "string") {
        const all = [outs, ...((outs["unreleased"] as Properties[] | undefined) ?? [])];
        return all.flatMap((one) => hostsIn(one).map((host) => ({ host, before: (one["before"] ?? {}) as Properties })));
    }
    const { members } = uncheckedMemory(outs["memory"]) as { members: { before?: Properties; hosts: Record<string, string> }[] };
    return members.flatMap(({ before = {}, hosts }) =>
        Object.entries(hosts).flatMap(([host, machine]) => (machine === "" ? [] : [{ host, before }])),
    );
}

export const NOTHING: Omit<Wish, "host"> = { flags: [undefined, undefined], autorecover: false };
