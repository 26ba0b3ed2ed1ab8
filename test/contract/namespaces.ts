import { encryptionMof } from "../../provider/core/mof/generate";
import { namespacePath } from "../../provider/core/namespacePath";
import { LEDGER_ONLY } from "../../provider/core/wire/observation";
import type { Step } from "../../provider/core/wire/step";
import { type ContractContext, flagOf, NOTHING, only } from "./contractContext";

export function describeNamespaces(on: ContractContext): void {
    describe("namespaces", () => {
        test("observes in the order of asking; a missing namespace is data", async () => {
            const { host, path } = on;
            const missing = namespacePath(`${path}/not_there`);
            const { namespaces } = await host.observe({ ...LEDGER_ONLY, namespaces: [missing, path, namespacePath("root")] });
            expect(namespaces).toMatchObject([
                { path: missing, state: "missing" },
                { path, state: "present", flag: { stored: false } },
                { path: "root", state: "present", flag: { effective: null } },
            ]);
        });

        test("sets a namespace's flag, and sets it back", async () => {
            const { host, path } = on;
            const before = await on.look();
            const written = await host.apply([on.set(true, before)], only(path));
            expect(written).toMatchObject({ done: 1, stopped: null });
            const after = flagOf(written.observation.namespaces[0]);
            expect(after.stored).toBe(true);
            expect(await on.look()).toEqual(after);
            await host.apply([on.set(false, after)], NOTHING);
            expect((await on.look()).stored).toBe(false);
        });

        test("does not write where something else is than was expected, and says what is there", async () => {
            const { host, path } = on;
            const { stored } = await on.look();
            const result = await host.apply([on.set(true, { effective: null, stored: true })], only(path));
            expect(result).toMatchObject({
                done: 0,
                stopped: { step: 0, reason: "unexpected", found: expect.stringContaining("stored FALSE") },
            });
            expect(flagOf(result.observation.namespaces[0]).stored).toBe(stored);
        });

        test("MOF that is not MOF: mofcomp's exit 3, its output, and nothing changed", async () => {
            const { host, path, item } = on;
            const step: Step = {
                do: "compileMof",
                path,
                expect: await on.look(),
                mof: "instance of __SystemSecurity {\r\n",
                required: true,
                compiler: "mofcomp",
            };
            const result = await host.apply([step, on.remember("after", null)], only(path));
            expect(result).toMatchObject({
                done: 0,
                stopped: { step: 0, reason: "mofcomp", exit: 3, output: expect.stringMatching(/MOF/) },
            });
            expect(flagOf(result.observation.namespaces[0]).stored).toBe(false);
            expect(result.observation.ledger.some((one) => one.item === item)).toBe(false);
        });

        test("a namespace that is not there is neither written to nor made", async () => {
            const { host, path } = on;
            const missing = namespacePath(`${path}/not_there`);
            const step: Step = {
                do: "compileMof",
                path: missing,
                expect: { effective: null, stored: null },
                mof: encryptionMof(missing, true),
                required: true,
                compiler: "mofcomp",
            };
            const result = await host.apply([step], only(missing));
            expect(result).toMatchObject({ done: 0, stopped: { step: 0, reason: "unexpected", found: "missing" } });
            expect(result.observation.namespaces).toEqual([{ path: missing, state: "missing" }]);
        });

        on.onModel("an absent qualifier is no reading, and is told from FALSE", async (machine) => {
            const { path } = on;
            machine.behindOurBack.setFlag(path, null);
            expect(await on.look()).toEqual({ effective: null, stored: null });
        });

        on.onModel("tells the two readings apart where Windows lets them differ", async (machine) => {
            const { host, path } = on;
            machine.namespaces.instanceReading = "stale";
            const { observation } = await host.apply([on.set(true, { effective: false, stored: false })], only(path));
            expect(flagOf(observation.namespaces[0])).toEqual({ effective: false, stored: true });
            machine.restartWmi();
            expect(await on.look()).toEqual({ effective: true, stored: true });
        });

        on.onModel("trouble with one namespace is its own", async (machine) => {
            const { host, path } = on;
            const other = namespacePath("root/cimv2/terminalservices");
            machine.faults.on("namespaceDenied", { paths: [path] });
            const { namespaces } = await host.observe({ ...LEDGER_ONLY, namespaces: [path, other] });
            expect(namespaces).toEqual([
                {
                    path,
                    state: "failed",
                    failure: expect.objectContaining({
                        type: "System.Management.ManagementException",
                        hresult: "0x80131501",
                        wmiCode: "0x80041003",
                    }),
                },
                { path: other, state: "present", flag: { effective: true, stored: true } },
            ]);
        });

        on.onModel("a flag that is no boolean is no answer", async (machine) => {
            const { host, path } = on;
            machine.faults.on("flagNotBoolean", { paths: [path] });
            const { namespaces } = await host.observe(only(path));
            expect(namespaces).toMatchObject([{ state: "failed", failure: { type: "pulumi-wmisec.UnexpectedValue" } }]);
        });
    });
}
