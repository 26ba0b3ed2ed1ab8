import { createHash } from "node:crypto";
import { namespacePath } from "../../provider/core/namespacePath";
import { type RegistryData, UNSEC_APP_VALUE } from "../../provider/core/registry";
import type { Properties } from "../../provider/handlers/handler";
import { registeredFile } from "../../provider/model/registrations";
import type { HostResourceName } from "../../provider/resources";
import type { WindowsMachine } from "../../provider/simulator";
import type { Operation, Outcome } from "./cells";
import { CANARY, type Came, DEFINITION, DEFINITION_TEXT, FaultWorld, type Stored, type Way, ZERO } from "./faultWorld";
import { FIRST, type Policy, RESOURCES, SECOND, WANTS } from "./policies";
import type { Row } from "./row";

/** Before the first create, when all is well. */
const ORIGINAL_FLAGS = { "root/contoso": null, "root/contoso/billing": false, "root/shop": null };

type OfEach<T> = Readonly<Record<HostResourceName, T>>;

/** One operation under one fault, on each resource, told as a test would tell it. */
export class Cell {
    private constructor(
        private readonly world: FaultWorld,
        private readonly row: Row,
        private readonly operation: Operation,
    ) {}

    static async run(row: Row, operation: Operation, way: Way): Promise<void> {
        const world = await FaultWorld.start(way, row);
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
                ? await this.each(async () => undefined)
                : await this.each(async (name) => this.good(await world.create(name, this.inputs(name, FIRST))));
        await world.endProcess();

        await row.light(world);
        this.previewsAsEver(held);
        const came = await this.each((name) => this.operate(name, held[name]));
        this.explains(came);
        await world.endProcess();
        if (row.shells !== undefined) expect(world.host.counters.shellsOpen).toBe(row.shells);
        this.nothingIsLost(came);
        if (operation === "read") expect(machine.writes.items.filter(({ order }) => order > this.lastWrite)).toEqual([]);

        await (row.mend ?? (({ host }) => host.faults.off()))(world);
        const wanted = operation === "update" ? SECOND : FIRST;
        if (operation !== "delete") {
            const healed = await this.each(async (name) => this.good(await this.again(name, came[name], wanted)));
            this.isAs(wanted);
            const writes = machine.writes.items.length;
            const seen = await this.each(async (name) => this.good(await world.read(name, healed[name])));
            expect(machine.writes.items).toHaveLength(writes);
            for (const [name, stored] of Object.entries(seen)) expect([name, statusOf(stored)]).toEqual([name, "compliant"]);
            await this.each(async (name) => this.gone(await world.delete(name, seen[name])));
        } else await this.each(async (name) => this.gone(await this.againDelete(name, came[name])));
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
    private previewsAsEver(held: OfEach<Stored | undefined>): void {
        const { world, operation } = this;
        const { connections } = world.host.counters;
        for (const name of RESOURCES) {
            const inputs = this.inputs(name, operation === "update" ? SECOND : FIRST);
            const { failures, difference } = world.preview(name, held[name], inputs);
            expect(failures).toEqual([]);
            if (operation !== "create") expect(difference).toEqual({});
        }
        expect(world.host.counters.connections).toBe(connections);
        this.lastWrite = Math.max(0, ...world.host.machine.writes.all.map(({ order }) => order));
    }

    private operate(name: HostResourceName, held: Stored | undefined): Promise<Came> {
        const { world, operation } = this;
        if (held === undefined) return world.create(name, this.inputs(name, FIRST));
        if (operation === "update") return world.update(name, held, this.inputs(name, SECOND));
        return operation === "read" ? world.read(name, held) : world.delete(name, held);
    }

    /** What the engine does in the next run. */
    private again(name: HostResourceName, came: Came, policy: Policy): Promise<Came> {
        const inputs = this.inputs(name, policy);
        return came.state === undefined ? this.world.create(name, inputs) : this.world.update(name, came.state, inputs);
    }

    private async againDelete(name: HostResourceName, came: Came): Promise<Came> {
        return came.state === undefined ? came : this.world.delete(name, came.state);
    }

    /** Each outcome is the one that the table has, and each error says who, what and what to do. */
    private explains(came: OfEach<Came>): void {
        const { row, operation, world } = this;
        const { said } = world;
        for (const name of RESOURCES) expect(row.cells[name][operation].split(" or ")).toContain(outcomeOf(came[name]));
        const errors = Object.values(came).map(({ error }) => error);
        for (const error of errors) {
            if (error === undefined) continue;
            expect(error.message).toContain(world.connection.host);
            expect(error.message).toMatch(/\n {2}tried: /);
            expect(error.message).toMatch(/\n {2}do: {4}\S/);
            expect(error.message).toMatch(row.says);
        }
        if (row.warns !== undefined && operation !== "delete") expect(said.join("\n")).toMatch(row.warns);
        const shown = [...errors.map((error) => error?.message ?? ""), ...said].map(world.shown).join("\n");
        expect(shown).not.toContain(CANARY);
        expect(shown).not.toMatch(/[^\P{C}\n]/u);
    }

    /**
     * What differs from the time before our first policy is in the host's ledger with what stood there then, and in the name
     * of a resource that the state knows; what the state remembers is right.
     */
    private nothingIsLost(came: OfEach<Came>): void {
        const { row, operation, world } = this;
        const { said, host } = world;
        const { machine } = host;
        const ledger = machine.ledger();
        const stamps = Object.values(came).map(({ state }) => state?.id);
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
        for (const { state } of Object.values(came)) {
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

    private inputs(name: HostResourceName, policy: Policy): Properties {
        const owner = `organization::urn:pulumi:prod::fleet::${name}::web-07`;
        return { connection: this.world.connection, owner, ...WANTS[name](policy, this.row) };
    }

    /** One resource after the other. */
    private async each<T>(work: (name: HostResourceName) => Promise<T>): Promise<OfEach<T>> {
        const done: Partial<Record<HostResourceName, T>> = {};
        for (const name of RESOURCES) done[name] = await work(name);
        return done as OfEach<T>;
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
