import { type RegistryData, UNSEC_APP_VALUE } from "../../provider/core/registry";
import { LEDGER_ONLY } from "../../provider/core/wire/observation";
import type { Step } from "../../provider/core/wire/step";
import { type ContractContext, NOTHING, setValue, sz } from "./contractContext";

export function describeValues(on: ContractContext): void {
    describe("values", () => {
        test("observes values with their kind; absence of a value or of its key is data", async () => {
            const { host } = on;
            const { machineGuid } = await host.machine();
            const guid = { key: "SOFTWARE\\Microsoft\\Cryptography", name: "MachineGuid" };
            const noValue = { key: UNSEC_APP_VALUE.key, name: "pulumi-wmisec has never written this" };
            const noKey = { key: "SOFTWARE\\pulumi-wmisec\\never", name: "x" };
            expect((await host.observe({ ...LEDGER_ONLY, values: [noKey, guid, noValue] })).values).toEqual([
                { ...noKey, state: "absent" },
                { ...guid, state: "present", data: { kind: "REG_SZ", value: machineGuid } },
                { ...noValue, state: "absent" },
            ]);
        });

        on.onModel("sets, changes and deletes a value in the 64-bit view", async (machine) => {
            const { host } = on;
            await host.apply([setValue(sz("1"), null)], NOTHING);
            expect(machine.registry.get(UNSEC_APP_VALUE.key, UNSEC_APP_VALUE.name, 32)).toBe("absent");
            expect(machine.value(UNSEC_APP_VALUE.key, UNSEC_APP_VALUE.name)).toEqual(sz("1"));
            await host.apply([setValue(sz("0"), sz("1"))], NOTHING);
            const { observation } = await host.apply([setValue(null, sz("0"))], { ...LEDGER_ONLY, values: [UNSEC_APP_VALUE] });
            expect(observation.values).toEqual([{ ...UNSEC_APP_VALUE, state: "absent" }]);
        });

        for (const data of [
            { kind: "REG_EXPAND_SZ", value: "%windir%" },
            { kind: "REG_DWORD", value: 0xffffffff },
            { kind: "REG_QWORD", value: "18446744073709551615" },
            { kind: "REG_MULTI_SZ", value: ["a", "b"] },
            { kind: "REG_MULTI_SZ", value: ["one"] },
            { kind: "REG_MULTI_SZ", value: [] },
            { kind: "REG_BINARY", value: "00ff" },
            { kind: "REG_NONE", value: "" },
        ] satisfies RegistryData[])
            on.onModel(`reads and restores ${data.kind} ${JSON.stringify(data.value)}`, async (machine) => {
                const { host } = on;
                machine.behindOurBack.setValue(UNSEC_APP_VALUE.key, UNSEC_APP_VALUE.name, data);
                const { values } = await host.observe({ ...LEDGER_ONLY, values: [UNSEC_APP_VALUE] });
                expect(values).toEqual([{ ...UNSEC_APP_VALUE, state: "present", data }]);
                expect((await host.apply([setValue(sz("1"), data), setValue(data, sz("1"))], NOTHING)).stopped).toBeNull();
                expect(machine.value(UNSEC_APP_VALUE.key, UNSEC_APP_VALUE.name)).toEqual(data);
            });

        for (const data of [
            { kind: "REG_SZ", value: "x".repeat(65_537) },
            { kind: "REG_BINARY", value: "00".repeat(65_537) },
            { kind: "REG_MULTI_SZ", value: Array.from({ length: 4097 }, () => "") },
            { kind: "REG_MULTI_SZ", value: ["x".repeat(4097)] },
            { kind: "REG_MULTI_SZ", value: Array.from({ length: 17 }, () => "x".repeat(4096)) },
        ] satisfies RegistryData[])
            on.onModel(
                `${data.kind} of ${data.value.length} with more than can be told is a failed reading of that value`,
                async (machine) => {
                    const { host, path } = on;
                    machine.behindOurBack.setValue(UNSEC_APP_VALUE.key, UNSEC_APP_VALUE.name, data);
                    const { values, namespaces } = await host.observe({
                        ...LEDGER_ONLY,
                        namespaces: [path],
                        values: [UNSEC_APP_VALUE],
                    });
                    expect(values).toMatchObject([
                        { ...UNSEC_APP_VALUE, state: "failed", failure: { type: "pulumi-wmisec.UnexpectedValue" } },
                    ]);
                    expect(namespaces).toMatchObject([{ state: "present" }]);
                },
            );

        on.onModel("the same data of another kind is a surprise", async (machine) => {
            const { host } = on;
            machine.behindOurBack.setValue(UNSEC_APP_VALUE.key, UNSEC_APP_VALUE.name, { kind: "REG_DWORD", value: 1 });
            expect(await host.apply([setValue(null, sz("1"))], NOTHING)).toMatchObject({
                done: 0,
                stopped: { reason: "unexpected", found: expect.stringContaining("REG_DWORD") },
            });
        });

        on.onModel("does not make the key of a value", async (machine) => {
            const { host } = on;
            const step: Step = { do: "setValue", key: "SOFTWARE\\Nowhere", name: "x", expect: null, data: sz("1") };
            expect(await host.apply([step], NOTHING)).toMatchObject({
                done: 0,
                stopped: { reason: "failed", failure: { type: "System.IO.IOException" } },
            });
            expect(machine.registry.keyExists("SOFTWARE\\Nowhere")).toBe(false);
        });

        on.onModel("trouble with one value is its own", async (machine) => {
            const { host, path } = on;
            machine.faults.on("registryDenied", { keys: [UNSEC_APP_VALUE.key] });
            const { values, namespaces } = await host.observe({ ...LEDGER_ONLY, namespaces: [path], values: [UNSEC_APP_VALUE] });
            expect(values).toMatchObject([
                { state: "failed", failure: { type: "System.Security.SecurityException", hresult: "0x8013150a" } },
            ]);
            expect(namespaces).toMatchObject([{ state: "present" }]);
        });

        on.onModel("a key that is gone when its value is to be written is not made", async (machine) => {
            const { host } = on;
            machine.faults.on("keyMissingAtWrite", { keys: [UNSEC_APP_VALUE.key] }, 1);
            expect(await host.apply([setValue(sz("1"), null)], NOTHING)).toMatchObject({
                done: 0,
                stopped: { reason: "failed", failure: { type: "System.IO.IOException" } },
            });
            machine.behindOurBack.deleteKey(UNSEC_APP_VALUE.key);
            expect((await host.apply([setValue(sz("1"), null)], NOTHING)).done).toBe(0);
            expect([machine.writes.items, machine.registry.keyExists(UNSEC_APP_VALUE.key)]).toEqual([[], false]);
        });
    });
}
