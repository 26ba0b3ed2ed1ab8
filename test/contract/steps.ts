import { UNSEC_APP_VALUE } from "../../provider/core/registry";
import { LEDGER_ONLY } from "../../provider/core/wire/observation";
import { type ContractContext, flagOf, NOTHING, only, setValue, sz } from "./contractContext";

export function describeSteps(on: ContractContext): void {
    describe("steps", () => {
        test("stops at the first surprise: what comes before it is done, what comes after it is not, and it still looks", async () => {
            const { host, path, item } = on;
            const steps = [on.remember("first", null), on.set(true, { effective: true, stored: true }), on.remember("second", "first")];
            const result = await host.apply(steps, only(path));
            expect(result).toMatchObject({ done: 1, stopped: { step: 1, reason: "unexpected" } });
            expect(result.observation.ledger).toContainEqual({ item, text: "first" });
            expect(flagOf(result.observation.namespaces[0]).stored).toBe(false);
        });

        test("of two writers that expect the same, one is surprised", async () => {
            const { host } = on;
            const results = await Promise.all(["a", "b"].map((text) => host.apply([on.remember(text, null)], NOTHING)));
            expect(results.map(({ done }) => done).sort()).toEqual([0, 1]);
        });

        on.onModel("writes exactly what the steps say, in their order", async (machine) => {
            const { host } = on;
            const before = await on.look();
            await host.apply([on.remember("x", null), on.set(true, before), setValue(sz("1"), null), on.remember("y", "x")], NOTHING);
            expect(machine.writes.all.map(({ by, kind, from, to }) => [by, kind, from, to])).toEqual([
                ["agent", "ledger", null, "x"],
                ["agent", "namespace", false, true],
                ["agent", "value", "absent", sz("1")],
                ["agent", "ledger", "x", "y"],
            ]);
        });

        on.onModel("looking writes nothing", async (machine) => {
            const { host, path } = on;
            await host.observe({ ...LEDGER_ONLY, namespaces: [path], values: [UNSEC_APP_VALUE] });
            expect(machine.writes.all).toEqual([]);
        });

        on.onModel("waits for its turn", async (machine) => {
            const { host } = on;
            const release = await machine.mutex.acquire(0);
            const writing = host.apply([on.remember("x", null)], NOTHING);
            await host.machine();
            expect(machine.writes.all).toEqual([]);
            release?.();
            expect((await writing).done).toBe(1);
        });

        on.onModel("gets its turn after a process that died while it had its own", async (machine) => {
            const die = await machine.mutex.acquire(0);
            die?.("abandoned");
            expect((await on.host.apply([on.remember("x", null)], NOTHING)).done).toBe(1);
        });

        on.onModel("writes nothing while a mofcomp of a killed run still runs, and looks all the same", async (machine) => {
            const { host, path } = on;
            machine.faults.on("compilerStillRuns", {}, 1);
            await expect(host.apply([on.remember("x", null)], NOTHING)).rejects.toMatchObject({ code: "compilerStillRuns" });
            expect(machine.writes.all).toEqual([]);
            expect(flagOf((await host.observe(only(path))).namespaces[0]).stored).toBe(false);
            expect((await host.apply([on.remember("x", null)], NOTHING)).done).toBe(1);
        });

        on.onModel("a repository that is rebuilt between two steps is seen by the second", async (machine) => {
            const { host } = on;
            machine.faults.on("repositoryRebuiltBeforeStep", { step: 1 }, 1);
            const result = await host.apply([on.remember("x", null), on.set(true, await on.look())], NOTHING);
            expect(result).toMatchObject({ done: 1, stopped: { step: 1, reason: "unexpected", found: "missing" } });
            expect(machine.events.list().map(({ id }) => id)).toContain(5616);
        });

        on.onModel(
            "a WMI service that goes down between two steps is a failure of the second, and the rest is still looked at",
            async (machine) => {
                const { host, path, item } = on;
                machine.faults.on("wmiStopsBeforeStep", { step: 1 }, 1);
                const result = await host.apply([on.remember("x", null), on.set(true, await on.look())], only(path));
                expect(result).toMatchObject({ done: 1, stopped: { step: 1, reason: "failed", failure: { hresult: "0x80070422" } } });
                expect(result.observation).toMatchObject({ namespaces: [{ path, state: "failed" }], ledger: [{ item, text: "x" }] });
            },
        );
    });
}
