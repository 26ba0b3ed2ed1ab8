import type { ContractContext } from "./contractContext";

export function describeSessions(on: ContractContext): void {
    describe("sessions", () => {
        test("tells who answers, the same each time", async () => {
            const { host } = on;
            const facts = await host.machine();
            expect(facts).toMatchObject({ protocol: 1, elevated: true, process64Bit: true });
            expect(await host.machine()).toEqual(facts);
        });

        on.onModel("refuses a session that is not elevated", async (machine) => {
            machine.faults.on("notElevated", {});
            expect(await on.refusalOf()).toBe("notElevated");
        });

        on.onModel("refuses a 32-bit process on a 64-bit Windows", async (machine) => {
            machine.faults.on("process32Bit", {});
            expect(await on.refusalOf()).toBe("wrongBitness");
        });

        on.onModel("refuses a constrained PowerShell", async (machine) => {
            machine.faults.on("languageMode", { mode: "ConstrainedLanguage" });
            expect(await on.refusalOf()).toBe("languageMode");
        });

        on.onModel("can't start without WMI", async (machine) => {
            machine.faults.on("wmiDown", {});
            expect(await on.refusalOf()).toBe("hostError");
        });
    });
}
