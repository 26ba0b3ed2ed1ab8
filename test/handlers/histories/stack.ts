import type { Properties } from "../../../provider/handlers/handler";
import { PATHS, type Wish } from "./acts";

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
        readonly type: "WmiNamespaceSecurity" | "UnsecAppPolicy",
    ) {}

    /** The hosts that the state speaks of; the first is the one that the resource is on. */
    get namedHosts(): string[] {
        return this.state.flatMap(({ outs }) => [
            hostIn(outs),
            ...((outs["unreleased"] as Properties[] | undefined) ?? []).map(hostIn),
            ...((outs["unfinishedMoves"] as { host: string }[] | undefined) ?? []).map(({ host }) => host),
        ]);
    }

    /** What the program declares with that wish. */
    inputs(host: string, { flags, autorecover }: Omit<Wish, "host">): Properties {
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

export const hostIn = ({ connection }: Properties): string => (connection as { host: string }).host;

export const NOTHING: Omit<Wish, "host"> = { flags: [undefined, undefined], autorecover: false };
