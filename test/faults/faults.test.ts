import { createHash } from "node:crypto";
import { namespacePath } from "../../provider/core/namespacePath";
import { type RegistryData, UNSEC_APP_VALUE } from "../../provider/core/registry";
import type { Properties } from "../../provider/handlers/handler";
import { registeredFile } from "../../provider/model/registrations";
import type { WindowsMachine } from "../../provider/simulator";
import { CANARY, type Came, DEFINITION, DEFINITION_TEXT, FaultWorld, type ResourceName, type Stored, ZERO } from "./faultWorld";
import { OPERATIONS, type Operation, type Outcome, ROWS, type Row } from "./rows";

/**
 * Every fault of the simulator through create, read, update, delete and preview: real handlers, agents and SSH, over a
 * simulated host. The engine itself is in test/engine.
 */

const NAMES = ["WmiNamespaceSecurity", "UnsecAppPolicy"] as const satisfies readonly ResourceName[];

/** Before the first create, when all is well. */
const ORIGINAL_FLAGS = { "root/contoso": null, "root/contoso/billing": false, "root/shop": null };

interface Policy {
    readonly namespaces: Readonly<Record<string, { readonly requiresEncryption: boolean; readonly definitionMof?: string }>>;
    readonly checkAccess: boolean;
}
const CONTOSO = { requiresEncryption: true, definitionMof: DEFINITION };
const FIRST: Policy = {
    namespaces: { "root/contoso": CONTOSO, "root/contoso/billing": { requiresEncryption: true } },
    checkAccess: true,
};
/** An update has something to write, something to release and something to take in. */
const SECOND: Policy = {
    namespaces: { "root/contoso": CONTOSO, "root/shop": { requiresEncryption: true } },
    checkAccess: false,
};

type Pair<T> = readonly [T, T];

/** One operation under one fault, told as a test would tell it. */
class Cell {
    private constructor(
        private readonly world: FaultWorld,
        private readonly row: Row,
        private readonly operation: Operation,
    ) {}

    static async run(row: Row, operation: Operation): Promise<void> {
        const world = await FaultWorld.start(row.hangs);
        try {
            await new Cell(world, row, operation).run();
        } finally {
            await world.stop();
        }
        expect(world.host.counters.processesRunning).toBe(0);
    }

    private async run(): Promise<void> {
        const { world, row, operation } = this;
        const { machine } = world.host;
        this.files = machine.files.list();
        this.list = machine.autorecoverList;
        const held =
            operation === "create"
                ? ([undefined, undefined] as const)
                : await this.all(async (name) => this.good(await world.create(name, this.inputs(name, FIRST))));
        await world.endProcess();

        await row.light(world);
        this.previewsAsEver(held);
        const came = await this.all((name, index) => this.operate(name, held[index]));
        this.explains(came);
        await world.endProcess();
        this.nothingIsLost(came);
        if (operation === "read") expect(machine.writes.items.filter(({ order }) => order > this.lastWrite)).toEqual([]);

        await (row.mend ?? (({ host }) => host.faults.off()))(world);
        const wanted = operation === "update" ? SECOND : FIRST;
        if (operation !== "delete") {
            const healed = await this.all(async (name, index) => this.good(await this.again(name, came[index], wanted)));
            this.isAs(wanted);
            const writes = machine.writes.items.length;
            const seen = await this.all(async (name, index) => this.good(await world.read(name, healed[index])));
            expect(machine.writes.items).toHaveLength(writes);
            expect(seen.map(statusOf)).toEqual(["compliant", "compliant"]);
            await this.all(async (name, index) => this.gone(await world.delete(name, seen[index])));
        } else await this.all(async (name, index) => this.gone(await this.againDelete(name, came[index])));
        this.isAsBefore();
    }

    private files: readonly string[] = [];
    private list: readonly string[] = [];
    private lastWrite = 0;

    /** What stood there before our first policy, and what is to stand there at the end. */
    private get value(): { readonly before: RegistryData; readonly after: RegistryData } {
        const { changed } = this.row;
        if (changed === undefined) return { before: ZERO, after: ZERO };
        return {
            before: this.operation === "create" ? changed : ZERO,
            after: this.operation === "create" || this.operation === "delete" ? changed : ZERO,
        };
    }

    /** check and diff, under the fault: the same answers, and nobody contacts the host. */
    private previewsAsEver(held: Pair<Stored | undefined>): void {
        const { world, operation } = this;
        const { connections } = world.host.counters;
        for (const [index, name] of NAMES.entries()) {
            const inputs = this.inputs(name, operation === "update" ? SECOND : FIRST);
            const { failures, difference } = world.preview(name, held[index as 0 | 1], inputs);
            expect(failures).toEqual([]);
            if (operation !== "create") expect(difference).toEqual({});
        }
        expect(world.host.counters.connections).toBe(connections);
        this.lastWrite = Math.max(0, ...world.host.machine.writes.all.map(({ order }) => order));
    }

    private operate(name: ResourceName, held: Stored | undefined): Promise<Came> {
        const { world, operation } = this;
        if (held === undefined) return world.create(name, this.inputs(name, FIRST));
        if (operation === "update") return world.update(name, held, this.inputs(name, SECOND));
        return operation === "read" ? world.read(name, held) : world.delete(name, held);
    }

    /** What the engine does in the next run. */
    private again(name: ResourceName, came: Came, policy: Policy): Promise<Came> {
        const inputs = this.inputs(name, policy);
        return came.state === undefined ? this.world.create(name, inputs) : this.world.update(name, came.state, inputs);
    }

    private async againDelete(name: ResourceName, came: Came): Promise<Came> {
        return came.state === undefined ? came : this.world.delete(name, came.state);
    }

    /** Each outcome is the one that the table has, and each error says who, what and what to do. */
    private explains(came: Pair<Came>): void {
        const { row, operation, world } = this;
        const { said } = world;
        for (const [index, one] of came.entries()) expect(row.cells[operation][index]?.split(" or ")).toContain(outcomeOf(one));
        for (const { error } of came) {
            if (error === undefined) continue;
            expect(error.message).toContain(world.connection.host);
            expect(error.message).toMatch(/\n {2}tried: /);
            expect(error.message).toMatch(/\n {2}do: {4}\S/);
            expect(error.message).toMatch(row.says);
        }
        if (row.warns !== undefined && operation !== "delete") expect(said.join("\n")).toMatch(row.warns);
        const shown = [...came.map(({ error }) => error?.message ?? ""), ...said].map(world.shown).join("\n");
        expect(shown).not.toContain(CANARY);
        expect(shown).not.toMatch(/[^\P{C}\n]/u);
    }

    /**
     * What differs from the time before our first policy is in the host's ledger with what stood there then, and in the name
     * of a resource that the state knows; what the state remembers is right.
     */
    private nothingIsLost(came: Pair<Came>): void {
        const { row, operation, world } = this;
        const { said, host } = world;
        const { machine } = host;
        const ledger = machine.ledger();
        const stamps = came.map(({ state }) => state?.id);
        for (const [item, before, now] of standing(machine, this.value.before)) {
            if (same(before, now)) continue;
            if (item.startsWith("value:") && operation === "delete" && row.changed !== undefined) {
                expect(said.join("\n")).toMatch(/left as it is/);
                continue;
            }
            const entry = JSON.parse(ledger[item] ?? "{}") as { before?: unknown; owners?: { stamp: string }[] };
            expect({ item, before: entry.before }).toEqual({ item, before });
            expect(stamps).toContain(entry.owners?.[0]?.stamp);
        }
        for (const { state } of came) {
            const remembered = (state?.outs["before"] ?? {}) as Record<string, unknown>;
            for (const [item, before] of standing(machine, this.value.before))
                if (item in remembered) expect({ item, before: remembered[item] }).toEqual({ item, before });
        }
    }

    private isAs({ namespaces, checkAccess }: Policy): void {
        const { machine } = this.world.host;
        const registered = Object.keys(namespaces).map((path) => registeredFile(namespacePath(path)));
        expect(machine.autorecoverList.filter((file) => !this.list.includes(file)).sort()).toEqual(registered.sort());
        expect(machine.files.text(DEFINITION)).toContain("RequiresEncryption(TRUE)");
        for (const path of Object.keys(ORIGINAL_FLAGS)) expect([path, machine.flag(path) === true]).toEqual([path, path in namespaces]);
        expect(machine.value(UNSEC_APP_VALUE.key, UNSEC_APP_VALUE.name)).toEqual({ kind: "REG_SZ", value: checkAccess ? "1" : "0" });
    }

    private isAsBefore(): void {
        const { machine } = this.world.host;
        for (const [item, before, now] of standing(machine, this.value.after))
            expect([item, now]).toEqual([item, same(before, now) ? now : before]);
        expect(machine.ledger()).toEqual({});
        expect(machine.files.list()).toEqual(this.files);
        expect(machine.autorecoverList).toEqual(this.list);
    }

    private inputs(name: ResourceName, { namespaces, checkAccess }: Policy): Properties {
        const common = { connection: this.world.connection, owner: `organization::urn:pulumi:prod::fleet::${name}::web-07` };
        const { compiler = "mofcomp" } = this.row;
        return name === "UnsecAppPolicy"
            ? { ...common, checkAccess }
            : { ...common, namespaces, autorecover: true, compiler, evidence: { since: "1h" } };
    }

    private async all<T>(work: (name: ResourceName, index: 0 | 1) => Promise<T>): Promise<Pair<T>> {
        const first = await work(NAMES[0], 0);
        return [first, await work(NAMES[1], 1)];
    }

    private good({ error, state }: Came): Stored {
        if (error !== undefined) throw error;
        if (state === undefined) throw new Error("the operation left no state");
        return state;
    }

    private gone({ error }: Came): void {
        if (error !== undefined) throw error;
    }
}

/** Items with what stood there before and what stands there now, as a ledger's `before` has it. */
function standing(machine: WindowsMachine, valueBefore: RegistryData): [item: string, before: unknown, now: unknown][] {
    const flags = Object.entries(ORIGINAL_FLAGS).map(([path, before]): [string, unknown, unknown] => [
        `namespace:${path}`,
        before ?? "absent",
        machine.flag(path) ?? "absent",
    ]);
    const value = machine.value(UNSEC_APP_VALUE.key, UNSEC_APP_VALUE.name);
    const registrations = Object.keys(ORIGINAL_FLAGS).map((path): [string, unknown, unknown] => {
        const file = registeredFile(namespacePath(path));
        const there = machine.autorecoverList.includes(file) || machine.files.get(file) !== undefined;
        return [`registration:${path}`, "absent", there ? "there" : "absent"];
    });
    return [
        ...flags,
        ...registrations,
        [`definition:${DEFINITION.toLowerCase()}`, hashOf(DEFINITION_TEXT), hashOf(machine.files.text(DEFINITION) ?? "")],
        [`value:${UNSEC_APP_VALUE.key.replaceAll("\\", "/")}/${UNSEC_APP_VALUE.name}`, valueBefore, value],
    ];
}

const hashOf = (text: string) => ({ sha256: createHash("sha256").update(text, "latin1").digest("hex") });

/** No qualifier is as good as FALSE: mofcomp can't take one away, and a rebuilt repository has none. */
const same = (before: unknown, now: unknown): boolean =>
    JSON.stringify(before) === JSON.stringify(now) || [before, now].every((flag) => flag === "absent" || flag === false);

function outcomeOf({ error, state }: Came): Outcome {
    if (error !== undefined) return error.code;
    const status = state === undefined ? "compliant" : statusOf(state);
    return status === "compliant" ? "fine" : `status:${status}`;
}

/** The different ones among the resource's items, by the alphabet. */
function statusOf({ outs: { status } }: Stored): string {
    const all = typeof status === "object" && status !== null ? Object.values(status) : [status];
    return [...new Set(all)].sort().join(",");
}

let cells = 0;
afterAll(() => {
    process.stdout.write(`fault table: ${ROWS.length} faults, ${cells} cells (create, read, update, delete, and a preview before each)\n`);
});

describe.each(ROWS.map((row) => [row.name, row] as const))("%s", (_name, row) => {
    test.concurrent.each(OPERATIONS)("%s", async (operation) => {
        await Cell.run(row, operation);
        cells += 2;
    });
});
