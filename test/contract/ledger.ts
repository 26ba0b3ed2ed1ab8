import { LEDGER_KEY } from "../../provider/core/registry";
import { type ContractContext, NOTHING, only, sz } from "./contractContext";

export function describeLedger(on: ContractContext): void {
    describe("ledger", () => {
        test("keeps any text in the ledger, changes it, and forgets it", async () => {
            const { host } = on;
            const text = `{"who":"J\u00f6rg \u65e5\u672c \u{1f512}","quote":"\\"'$(x)\`n%windir%","long":"${"x".repeat(5000)}"}`;
            await host.apply([on.remember(text, null)], NOTHING);
            expect(await on.entry()).toBe(text);
            await host.apply([on.remember("{}", text)], NOTHING);
            expect(await on.entry()).toBe("{}");
            await host.apply([on.remember(null, "{}")], NOTHING);
            expect(await on.entry()).toBeUndefined();
        });

        test.each<[string, string | null, string | null]>([
            ["an entry where none was expected", "there", null],
            ["another entry than expected", "there", "other"],
            ["no entry where one was expected", null, "there"],
        ])("ledger: %s is a surprise", async (_title, there, expected) => {
            const { host } = on;
            if (there !== null) await host.apply([on.remember(there, null)], NOTHING);
            expect(await host.apply([on.remember("new", expected)], NOTHING)).toMatchObject({
                done: 0,
                stopped: { reason: "unexpected", found: there === null ? "absent" : `REG_SZ "${there}"` },
            });
            expect((await on.entry()) ?? null).toBe(there);
        });

        on.onModel("keeps the ledger in the 64-bit view, as REG_SZ, and its key goes with the last entry", async (machine) => {
            const { host, item } = on;
            await host.apply([on.remember("x", null), { do: "setLedger", item: "value:other", expect: null, text: "z" }], NOTHING);
            expect(machine.registry.get(LEDGER_KEY, item, 64)).toEqual(sz("x"));
            expect(machine.registry.keyExists(LEDGER_KEY, 32)).toBe(false);
            await host.apply([on.remember(null, "x")], NOTHING);
            expect(machine.registry.keyExists(LEDGER_KEY)).toBe(true);
            await host.apply([{ do: "setLedger", item: "value:other", expect: "z", text: null }], NOTHING);
            expect(machine.registry.keyExists("SOFTWARE\\pulumi-wmisec")).toBe(false);
        });

        on.onModel("a ledger entry of another kind than REG_SZ has no text, and is never taken for absent", async (machine) => {
            const { host, item } = on;
            machine.behindOurBack.setValue(LEDGER_KEY, item, { kind: "REG_DWORD", value: 1 });
            expect(await on.entry()).toBeNull();
            expect(await host.apply([on.remember("x", null)], NOTHING)).toMatchObject({ done: 0, stopped: { reason: "unexpected" } });
        });

        on.onModel("a ledger that can't be written stops before the item", async (machine) => {
            const { host, path } = on;
            machine.faults.on("registryWriteDenied", { keys: [LEDGER_KEY] });
            const result = await host.apply([on.remember("x", null), on.set(true, await on.look())], only(path));
            expect(result).toMatchObject({
                done: 0,
                stopped: { step: 0, reason: "failed", failure: { type: "System.UnauthorizedAccessException", hresult: "0x80070005" } },
            });
            expect(machine.writes.all).toEqual([]);
        });
    });
}
