import { isWmisecError } from "../../provider/core/errors";
import { encryptionMof } from "../../provider/core/mof";
import { type NamespacePath, namespacePath } from "../../provider/core/namespacePath";
import { type FlagReadings, type NamespaceReading, NOTHING_BUT_LEDGER, type ObserveRequest } from "../../provider/core/observation";
import { LEDGER_KEY, type RegistryData, UNSEC_APP_VALUE } from "../../provider/core/registry";
import type { Step } from "../../provider/core/step";
import type { WindowsHost } from "../../provider/hosts/windowsHost";
import type { WindowsMachine } from "../../provider/model/windowsMachine";
import { describeEventLog } from "./eventLogContract";

export interface HostUnderTest {
    readonly host: WindowsHost;
    /** What stands behind the host, for cases that reach behind its back; a real Windows has none. */
    readonly machine?: WindowsMachine | undefined;
    /** The one namespace that may be written to; it must be there. @default "root/wmisec_test" */
    readonly namespace?: string;
    /** The same host over a new session, where there are sessions; `dispose` ends both. */
    reopen(): WindowsHost | Promise<WindowsHost>;
    dispose(): Promise<void>;
}

export interface ContractOptions {
    /** A real Windows: cases that need a model behind the host are skipped, and only the given namespace and its ledger entry are written. */
    readonly real?: boolean;
}

/**
 * What every WindowsHost must do, whatever is behind it. Each case gets a host of its own from the factory.
 * Each starts with the namespace's flag FALSE and no ledger entry for it, and a real host is left so.
 */
export function describeWindowsHost(name: string, makeHost: () => Promise<HostUnderTest>, { real = false }: ContractOptions = {}): void {
    describe(`WindowsHost: ${name}`, () => {
        let made: HostUnderTest;
        let host: WindowsHost;
        let path: NamespacePath;
        let item: string;

        const look = async (): Promise<FlagReadings> => flagOf((await host.observe(only(path))).namespaces[0]);
        const entry = async (): Promise<string | null | undefined> =>
            (await host.observe(NOTHING)).ledger.find((one) => one.item === item)?.text;
        const set = (required: boolean, expect: FlagReadings): Step => ({
            do: "compileMof",
            path,
            expect,
            mof: encryptionMof(path, required),
            compiler: "mofcomp",
        });
        const remember = (text: string | null, expect: string | null): Step => ({ do: "setLedger", item, expect, text });
        const reset = async (): Promise<void> => {
            const flag = await look();
            const text = (await entry()) ?? null;
            const steps = [...(flag.stored === false ? [] : [set(false, flag)]), ...(text === null ? [] : [remember(null, text)])];
            if (steps.length > 0) expect((await host.apply(steps, NOTHING)).stopped).toBeNull();
        };

        beforeEach(async () => {
            made = await makeHost();
            host = made.host;
            path = namespacePath(made.namespace ?? "root/wmisec_test");
            item = `namespace:${path}`;
            await reset();
            made.machine?.writes.clear();
        });
        afterEach(async () => {
            try {
                if (real) await reset();
            } finally {
                await made.dispose();
            }
        });

        /** A case that looks, or writes, behind the host's back. */
        const onModel = (title: string, run: (machine: WindowsMachine) => Promise<void>): void => {
            if (real) test.skip(`${title} [skipped: needs a model behind the host, and this is a real Windows]`, () => undefined);
            else
                test(title, async () => {
                    if (made.machine === undefined) throw new Error("the factory gave no machine; say `real: true` if there is none");
                    await run(made.machine);
                });
        };

        describe("the event log", () => describeEventLog(() => host, onModel));

        test("tells who answers, the same each time", async () => {
            const facts = await host.machine();
            expect(facts).toMatchObject({ protocol: 1, elevated: true, process64Bit: true });
            expect(await host.machine()).toEqual(facts);
        });

        test("observes in the order of asking; a missing namespace is data", async () => {
            const missing = namespacePath(`${path}/not_there`);
            const { namespaces } = await host.observe({ ...NOTHING_BUT_LEDGER, namespaces: [missing, path, namespacePath("root")] });
            expect(namespaces).toMatchObject([
                { path: missing, state: "missing" },
                { path, state: "present", flag: { stored: false } },
                { path: "root", state: "present", flag: { effective: null } },
            ]);
        });

        test("observes values with their kind; absence of a value or of its key is data", async () => {
            const { machineGuid } = await host.machine();
            const guid = { key: "SOFTWARE\\Microsoft\\Cryptography", name: "MachineGuid" };
            const noValue = { key: UNSEC_APP_VALUE.key, name: "pulumi-wmisec has never written this" };
            const noKey = { key: "SOFTWARE\\pulumi-wmisec\\never", name: "x" };
            expect((await host.observe({ ...NOTHING_BUT_LEDGER, values: [noKey, guid, noValue] })).values).toEqual([
                { ...noKey, state: "absent" },
                { ...guid, state: "present", data: { kind: "REG_SZ", value: machineGuid } },
                { ...noValue, state: "absent" },
            ]);
        });

        test("sets a namespace's flag, and sets it back", async () => {
            const before = await look();
            const on = await host.apply([set(true, before)], only(path));
            expect(on).toMatchObject({ done: 1, stopped: null });
            const after = flagOf(on.observation.namespaces[0]);
            expect(after.stored).toBe(true);
            expect(await look()).toEqual(after);
            await host.apply([set(false, after)], NOTHING);
            expect((await look()).stored).toBe(false);
        });

        test("does not write where something else is than was expected, and says what is there", async () => {
            const { stored } = await look();
            const result = await host.apply([set(true, { effective: null, stored: true })], only(path));
            expect(result).toMatchObject({
                done: 0,
                stopped: { step: 0, reason: "unexpected", found: expect.stringContaining("stored FALSE") },
            });
            expect(flagOf(result.observation.namespaces[0]).stored).toBe(stored);
        });

        test("stops at the first surprise: what comes before it is done, what comes after it is not, and it still looks", async () => {
            const steps = [remember("first", null), set(true, { effective: true, stored: true }), remember("second", "first")];
            const result = await host.apply(steps, only(path));
            expect(result).toMatchObject({ done: 1, stopped: { step: 1, reason: "unexpected" } });
            expect(result.observation.ledger).toContainEqual({ item, text: "first" });
            expect(flagOf(result.observation.namespaces[0]).stored).toBe(false);
        });

        test("keeps any text in the ledger, changes it, and forgets it", async () => {
            const text = `{"who":"J\u00f6rg \u65e5\u672c \u{1f512}","quote":"\\"'$(x)\`n%windir%","long":"${"x".repeat(5000)}"}`;
            await host.apply([remember(text, null)], NOTHING);
            expect(await entry()).toBe(text);
            await host.apply([remember("{}", text)], NOTHING);
            expect(await entry()).toBe("{}");
            await host.apply([remember(null, "{}")], NOTHING);
            expect(await entry()).toBeUndefined();
        });

        test.each<[string, string | null, string | null]>([
            ["an entry where none was expected", "there", null],
            ["another entry than expected", "there", "other"],
            ["no entry where one was expected", null, "there"],
        ])("ledger: %s is a surprise", async (_title, there, expected) => {
            if (there !== null) await host.apply([remember(there, null)], NOTHING);
            expect(await host.apply([remember("new", expected)], NOTHING)).toMatchObject({
                done: 0,
                stopped: { reason: "unexpected", found: there === null ? "absent" : `REG_SZ "${there}"` },
            });
            expect((await entry()) ?? null).toBe(there);
        });

        test("MOF that is not MOF: mofcomp's exit 3, its output, and nothing changed", async () => {
            const step: Step = {
                do: "compileMof",
                path,
                expect: await look(),
                mof: "instance of __SystemSecurity {\r\n",
                compiler: "mofcomp",
            };
            const result = await host.apply([step, remember("after", null)], only(path));
            expect(result).toMatchObject({
                done: 0,
                stopped: { step: 0, reason: "mofcomp", exit: 3, output: expect.stringMatching(/MOF/) },
            });
            expect(flagOf(result.observation.namespaces[0]).stored).toBe(false);
            expect(result.observation.ledger.some((one) => one.item === item)).toBe(false);
        });

        test("a namespace that is not there is neither written to nor made", async () => {
            const missing = namespacePath(`${path}/not_there`);
            const step: Step = {
                do: "compileMof",
                path: missing,
                expect: { effective: null, stored: null },
                mof: encryptionMof(missing, true),
                compiler: "mofcomp",
            };
            const result = await host.apply([step], only(missing));
            expect(result).toMatchObject({ done: 0, stopped: { step: 0, reason: "unexpected", found: "missing" } });
            expect(result.observation.namespaces).toEqual([{ path: missing, state: "missing" }]);
        });

        test("of two writers that expect the same, one is surprised", async () => {
            const results = await Promise.all(["a", "b"].map((text) => host.apply([remember(text, null)], NOTHING)));
            expect(results.map(({ done }) => done).sort()).toEqual([0, 1]);
        });

        describe("with a model behind it", () => {
            const sz = (value: string): RegistryData => ({ kind: "REG_SZ", value });
            const setValue = (data: RegistryData | null, expect: RegistryData | null): Step => ({
                do: "setValue",
                ...UNSEC_APP_VALUE,
                expect,
                data,
            });
            /** The code with which a new session is refused. */
            const refusalOf = async (): Promise<string> => {
                const error: unknown = await (await made.reopen()).observe(NOTHING).then(
                    () => "not refused",
                    (thrown: unknown) => thrown,
                );
                return isWmisecError(error) ? error.code : String(error);
            };

            onModel("writes exactly what the steps say, in their order", async (machine) => {
                const before = await look();
                await host.apply([remember("x", null), set(true, before), setValue(sz("1"), null), remember("y", "x")], NOTHING);
                expect(machine.writes.all.map(({ by, kind, from, to }) => [by, kind, from, to])).toEqual([
                    ["agent", "ledger", null, "x"],
                    ["agent", "namespace", false, true],
                    ["agent", "value", "absent", sz("1")],
                    ["agent", "ledger", "x", "y"],
                ]);
            });

            onModel("looking writes nothing", async (machine) => {
                await host.observe({ ...NOTHING_BUT_LEDGER, namespaces: [path], values: [UNSEC_APP_VALUE] });
                expect(machine.writes.all).toEqual([]);
            });

            onModel("keeps the ledger in the 64-bit view, as REG_SZ, and its key goes with the last entry", async (machine) => {
                await host.apply([remember("x", null), { do: "setLedger", item: "value:other", expect: null, text: "z" }], NOTHING);
                expect(machine.registry.get(LEDGER_KEY, item, 64)).toEqual(sz("x"));
                expect(machine.registry.keyExists(LEDGER_KEY, 32)).toBe(false);
                await host.apply([remember(null, "x")], NOTHING);
                expect(machine.registry.keyExists(LEDGER_KEY)).toBe(true);
                await host.apply([{ do: "setLedger", item: "value:other", expect: "z", text: null }], NOTHING);
                expect(machine.registry.keyExists("SOFTWARE\\pulumi-wmisec")).toBe(false);
            });

            onModel("a ledger entry of another kind than REG_SZ has no text, and is never taken for absent", async (machine) => {
                machine.behindOurBack.setValue(LEDGER_KEY, item, { kind: "REG_DWORD", value: 1 });
                expect(await entry()).toBeNull();
                expect(await host.apply([remember("x", null)], NOTHING)).toMatchObject({ done: 0, stopped: { reason: "unexpected" } });
            });

            onModel("sets, changes and deletes a value in the 64-bit view", async (machine) => {
                await host.apply([setValue(sz("1"), null)], NOTHING);
                expect(machine.registry.get(UNSEC_APP_VALUE.key, UNSEC_APP_VALUE.name, 32)).toBe("absent");
                expect(machine.value(UNSEC_APP_VALUE.key, UNSEC_APP_VALUE.name)).toEqual(sz("1"));
                await host.apply([setValue(sz("0"), sz("1"))], NOTHING);
                const { observation } = await host.apply([setValue(null, sz("0"))], { ...NOTHING_BUT_LEDGER, values: [UNSEC_APP_VALUE] });
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
                onModel(`reads and restores ${data.kind} ${JSON.stringify(data.value)}`, async (machine) => {
                    machine.behindOurBack.setValue(UNSEC_APP_VALUE.key, UNSEC_APP_VALUE.name, data);
                    const { values } = await host.observe({ ...NOTHING_BUT_LEDGER, values: [UNSEC_APP_VALUE] });
                    expect(values).toEqual([{ ...UNSEC_APP_VALUE, state: "present", data }]);
                    expect((await host.apply([setValue(sz("1"), data), setValue(data, sz("1"))], NOTHING)).stopped).toBeNull();
                    expect(machine.value(UNSEC_APP_VALUE.key, UNSEC_APP_VALUE.name)).toEqual(data);
                });

            onModel("the same data of another kind is a surprise", async (machine) => {
                machine.behindOurBack.setValue(UNSEC_APP_VALUE.key, UNSEC_APP_VALUE.name, { kind: "REG_DWORD", value: 1 });
                expect(await host.apply([setValue(null, sz("1"))], NOTHING)).toMatchObject({
                    done: 0,
                    stopped: { reason: "unexpected", found: expect.stringContaining("REG_DWORD") },
                });
            });

            onModel("does not make the key of a value", async (machine) => {
                const step: Step = { do: "setValue", key: "SOFTWARE\\Nowhere", name: "x", expect: null, data: sz("1") };
                expect(await host.apply([step], NOTHING)).toMatchObject({
                    done: 0,
                    stopped: { reason: "failed", failure: { type: "System.IO.IOException" } },
                });
                expect(machine.registry.keyExists("SOFTWARE\\Nowhere")).toBe(false);
            });

            onModel("an absent qualifier is no reading, and is told from FALSE", async (machine) => {
                machine.behindOurBack.setFlag(path, null);
                expect(await look()).toEqual({ effective: null, stored: null });
            });

            onModel("tells the two readings apart where Windows lets them differ", async (machine) => {
                machine.namespaces.instanceReading = "stale";
                const { observation } = await host.apply([set(true, { effective: false, stored: false })], only(path));
                expect(flagOf(observation.namespaces[0])).toEqual({ effective: false, stored: true });
                machine.restartWmi();
                expect(await look()).toEqual({ effective: true, stored: true });
            });

            onModel("trouble with one namespace is its own", async (machine) => {
                const other = namespacePath("root/cimv2/terminalservices");
                machine.faults.on("namespaceDenied", { paths: [path] });
                const { namespaces } = await host.observe({ ...NOTHING_BUT_LEDGER, namespaces: [path, other] });
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

            onModel("a flag that is no boolean is no answer", async (machine) => {
                machine.faults.on("flagNotBoolean", { paths: [path] });
                const { namespaces } = await host.observe(only(path));
                expect(namespaces).toMatchObject([{ state: "failed", failure: { type: "pulumi-wmisec.UnexpectedValue" } }]);
            });

            onModel("trouble with one value is its own", async (machine) => {
                machine.faults.on("registryDenied", { keys: [UNSEC_APP_VALUE.key] });
                const { values, namespaces } = await host.observe({ ...NOTHING_BUT_LEDGER, namespaces: [path], values: [UNSEC_APP_VALUE] });
                expect(values).toMatchObject([
                    { state: "failed", failure: { type: "System.Security.SecurityException", hresult: "0x8013150a" } },
                ]);
                expect(namespaces).toMatchObject([{ state: "present" }]);
            });

            onModel("a ledger that can't be written stops before the item", async (machine) => {
                machine.faults.on("registryWriteDenied", { keys: [LEDGER_KEY] });
                const result = await host.apply([remember("x", null), set(true, await look())], only(path));
                expect(result).toMatchObject({
                    done: 0,
                    stopped: { step: 0, reason: "failed", failure: { type: "System.UnauthorizedAccessException", hresult: "0x80070005" } },
                });
                expect(machine.writes.all).toEqual([]);
            });

            onModel("any exit of mofcomp but 0 stops, a WMI code too", async (machine) => {
                for (const exit of [1, 2, 3, -2147217405]) {
                    machine.faults.on("mofcompExit", { exit, output: "Fehler 0x80041003" }, 1);
                    const result = await host.apply([set(true, await look())], NOTHING);
                    expect(result).toMatchObject({ done: 0, stopped: { reason: "mofcomp", exit, output: "Fehler 0x80041003" } });
                }
                expect(machine.writes.all).toEqual([]);
            });

            onModel("shows what is there after a mofcomp that only said that all went well", async (machine) => {
                machine.faults.on("mofcompStoresNothing", {});
                const result = await host.apply([set(true, await look())], only(path));
                expect(result).toMatchObject({ done: 1, stopped: null });
                expect(flagOf(result.observation.namespaces[0]).stored).toBe(false);
            });

            onModel("a mofcomp that does not end is a failure of its step", async (machine) => {
                machine.faults.on("mofcompHangs", {});
                expect(await host.apply([set(true, await look())], NOTHING)).toMatchObject({
                    done: 0,
                    stopped: { reason: "failed", failure: { type: "pulumi-wmisec.ProgramTimeout" } },
                });
            });

            onModel("waits for its turn", async (machine) => {
                const release = await machine.mutex.acquire(0);
                const writing = host.apply([remember("x", null)], NOTHING);
                await host.machine();
                expect(machine.writes.all).toEqual([]);
                release?.();
                expect((await writing).done).toBe(1);
            });

            onModel("refuses a session that is not elevated", async (machine) => {
                machine.faults.on("notElevated", {});
                expect(await refusalOf()).toBe("notElevated");
            });

            onModel("refuses a 32-bit process on a 64-bit Windows", async (machine) => {
                machine.faults.on("process32Bit", {});
                expect(await refusalOf()).toBe("wrongBitness");
            });

            onModel("refuses a constrained PowerShell", async (machine) => {
                machine.faults.on("languageMode", { mode: "ConstrainedLanguage" });
                expect(await refusalOf()).toBe("languageMode");
            });

            onModel("can't start without WMI", async (machine) => {
                machine.faults.on("wmiDown", {});
                expect(await refusalOf()).toBe("hostError");
            });
        });
    });
}

const NOTHING: ObserveRequest = NOTHING_BUT_LEDGER;
const only = (path: NamespacePath): ObserveRequest => ({ ...NOTHING_BUT_LEDGER, namespaces: [path] });

function flagOf(reading: NamespaceReading | undefined): FlagReadings {
    if (reading?.state !== "present") throw new Error(`the namespace is not there: ${JSON.stringify(reading)}`);
    return reading.flag;
}
