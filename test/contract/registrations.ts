import { AUTORECOVER_LIST, AUTORECOVER_TIME, registrationFileName } from "../../provider/core/mof/autorecover";
import { autorecoverMof } from "../../provider/core/mof/generate";
import { namespacePath } from "../../provider/core/namespacePath";
import type { Step } from "../../provider/core/wire/step";
import { sha256 } from "../../provider/model/fileAccess";
import { MOF_FOLDER } from "../../provider/model/mofFolder";
import { registeredFile } from "../../provider/model/registrations";
import { type ContractContext, NOTHING, only, type Registration, registrationOf } from "./contractContext";

const NONE = { registered: false, file: null };

export function describeRegistrations(on: ContractContext): void {
    describe("registrations", () => {
        const listed = async (): Promise<readonly string[]> => {
            const [value] = (await on.host.observe({ ...NOTHING, values: [AUTORECOVER_LIST] })).values;
            if (value?.state === "present" && value.data.kind === "REG_MULTI_SZ") return value.data.value;
            throw new Error(`the list is not as Windows has it: ${JSON.stringify(value)}`);
        };
        const hashOf = (required: boolean) => sha256(Buffer.from(autorecoverMof(on.path, required)));

        test.each(["mofcomp", "api"] as const)(
            "by %s registers, changes and unregisters a namespace's MOF; all others in the list keep their order",
            async (compiler) => {
                const { host, path } = on;
                const before = await listed();
                expect(await on.registration()).toEqual(NONE);
                const first = await host.apply([on.register(true, NONE, compiler)], { ...only(path), registrations: [path] });
                expect(first).toMatchObject({ done: 1, stopped: null, observation: { namespaces: [{ flag: { stored: true } }] } });
                const registered = registrationOf(first.observation.registrations[0]);
                expect(registered).toEqual({ registered: true, file: hashOf(true) });

                expect((await host.apply([on.register(false, registered, compiler)], NOTHING)).stopped).toBeNull();
                expect(await on.registration()).toEqual({ registered: true, file: hashOf(false) });
                const within = await listed();
                expect(within.filter((file) => file.endsWith(`\\${registrationFileName(path)}`))).toHaveLength(1);
                expect(within.filter((file) => !file.endsWith(`\\${registrationFileName(path)}`))).toEqual(before);

                expect((await host.apply([on.unregister({ registered: true, file: hashOf(false) })], NOTHING)).stopped).toBeNull();
                expect(await on.registration()).toEqual(NONE);
                expect(await listed()).toEqual(before);
            },
        );

        test("does nothing where something else is than was expected", async () => {
            const { host } = on;
            const other = { registered: true, file: hashOf(true) };
            for (const step of [on.register(true, other), on.unregister(other)])
                expect(await host.apply([step], NOTHING)).toMatchObject({ done: 0, stopped: { reason: "unexpected" } });
            expect(await on.registration()).toEqual(NONE);
            expect((await on.look()).stored).toBe(false);
        });

        on.onModel("survives a rebuilt repository, which forgets what is not registered", async (machine) => {
            const { host, path } = on;
            machine.behindOurBack.writeFile("C:\\Contoso\\test.mof", defines(path));
            machine.behindOurBack.register("C:\\Contoso\\test.mof", 0);
            await host.apply([on.register(true, NONE)], NOTHING);
            machine.behindOurBack.setFlag("root/cimv2", true);
            machine.rebuildRepository();
            expect((await on.look()).stored).toBe(true);
            expect(machine.flag("root/cimv2")).toBeNull();
        });

        on.onModel("writes the file, the flag and the list, in this order, and nothing else", async (machine) => {
            const { host, path } = on;
            await host.apply([on.register(true, NONE)], NOTHING);
            const file = registeredFile(path);
            expect(machine.writes.items.map(({ kind, name }) => [kind, name])).toEqual([
                ["file", file],
                ["namespace", path],
                ["value", `${AUTORECOVER_LIST.key}\\${AUTORECOVER_LIST.name}`],
            ]);
            expect(machine.files.text(file)).toBe(autorecoverMof(path, true));
            machine.writes.clear();
            await host.apply([on.unregister(await on.registration())], NOTHING);
            expect(machine.writes.items.map(({ kind, name }) => [kind, name])).toEqual([
                ["value", `${AUTORECOVER_LIST.key}\\${AUTORECOVER_LIST.name}`],
                ["file", file],
            ]);
            expect(machine.files.list()).toEqual([]);
        });

        on.onModel("shows what is missing of it, and makes it whole again", async (machine) => {
            const { host, path } = on;
            const whole = { registered: true, file: hashOf(true) };
            await host.apply([on.register(true, NONE)], NOTHING);
            machine.behindOurBack.unregister(registeredFile(path).toUpperCase());
            expect(await on.registration()).toEqual({ ...whole, registered: false });
            await host.apply([on.register(true, { ...whole, registered: false })], NOTHING);
            expect(await on.registration()).toEqual(whole);
            machine.behindOurBack.deleteFile(registeredFile(path));
            expect(await on.registration()).toEqual({ ...whole, file: null });
            expect((await host.apply([on.unregister({ ...whole, file: null })], NOTHING)).stopped).toBeNull();
            expect(await on.registration()).toEqual(NONE);
        });

        on.onModel("keeps its place when somebody moved it, whatever its spelling", async (machine) => {
            const { host, path } = on;
            await host.apply([on.register(true, NONE)], NOTHING);
            machine.behindOurBack.register(registeredFile(path).toUpperCase(), 1);
            const moved = await listed();
            expect(await on.registration()).toEqual({ registered: true, file: hashOf(true) });
            await host.apply([on.register(false, await on.registration())], NOTHING);
            expect(await listed()).toEqual(moved);
        });

        on.onModel("a list that is absent has no registration, and is made by the first", async (machine) => {
            const { host, path } = on;
            machine.behindOurBack.setValue(AUTORECOVER_LIST.key, AUTORECOVER_LIST.name, "absent");
            expect(await on.registration()).toEqual(NONE);
            await host.apply([on.register(true, NONE)], NOTHING);
            expect(await listed()).toEqual([registeredFile(path)]);
        });

        on.onModel("a list of another kind is no answer, and nothing is touched", async (machine) => {
            const { host, path } = on;
            machine.behindOurBack.setValue(AUTORECOVER_LIST.key, AUTORECOVER_LIST.name, { kind: "REG_SZ", value: "x.mof" });
            const { registrations } = await host.observe({ ...NOTHING, registrations: [path] });
            expect(registrations).toMatchObject([{ path, state: "failed", failure: { type: "pulumi-wmisec.UnexpectedValue" } }]);
            for (const step of [on.register(true, NONE), on.unregister(NONE)])
                expect(await host.apply([step], NOTHING)).toMatchObject({
                    done: 0,
                    stopped: { reason: "failed", failure: { type: "pulumi-wmisec.UnexpectedValue" } },
                });
            expect([machine.writes.items, machine.files.list()]).toEqual([[], []]);
        });

        for (const compiler of ["mofcomp", "api"] as const)
            on.onModel(`what ${compiler} refuses leaves file and list as they were`, async (machine) => {
                const { host, path } = on;
                const before = await listed();
                const wrong = autorecoverMof(path, true).replace("__SystemSecurity", "__NoSuchClass");
                const refused = (expect: Registration): Step => ({ do: "registerMof", path, expect, mof: wrong, compiler });
                expect((await host.apply([refused(NONE)], NOTHING)).stopped).toMatchObject(
                    compiler === "api"
                        ? { during: "compile", phase: 3, hresult: "0x80041010", object: 1, firstLine: 3, lastLine: 4 }
                        : { during: "compile", exit: 1, output: expect.stringContaining("0x80041010") },
                );
                expect([await on.registration(), await listed(), machine.files.list()]).toEqual([NONE, before, []]);
                const whole = { registered: true, file: hashOf(true) };
                await host.apply([on.register(true, NONE)], NOTHING);
                expect((await host.apply([refused(whole)], NOTHING)).stopped).toMatchObject({
                    during: "compile",
                });
                expect([await on.registration(), machine.files.list()]).toEqual([whole, [registeredFile(path)]]);
            });

        on.onModel("so does a compiler that dies, and one that stores and ends with an error", async (machine) => {
            const { host } = on;
            const before = await listed();
            const whole = { registered: true, file: hashOf(true) };
            const wrecks = [
                () => machine.faults.on("mofcompHangs", {}, 1),
                () => machine.faults.on("mofcompSaysDoneButFails", { stored: true }, 1),
            ];
            for (const wreck of wrecks) {
                wreck();
                expect((await host.apply([on.register(true, NONE)], NOTHING)).stopped).not.toBeNull();
                expect([await on.registration(), await listed(), machine.files.list()]).toEqual([NONE, before, []]);
            }
            await host.apply([on.register(true, NONE)], NOTHING);
            for (const wreck of wrecks) {
                wreck();
                expect((await host.apply([on.register(false, whole)], NOTHING)).stopped).not.toBeNull();
                expect(await on.registration()).toEqual(whole);
            }
        });

        on.onModel("a file that is marked read-only is named, and nothing is changed", async (machine) => {
            const { host, path } = on;
            const whole = { registered: true, file: hashOf(true) };
            await host.apply([on.register(true, NONE)], NOTHING);
            machine.faults.on("fileReadOnly", { files: [registeredFile(path)] });
            machine.writes.clear();
            for (const step of [on.register(false, whole), on.unregister(whole)])
                expect((await host.apply([step], NOTHING)).stopped).toMatchObject({
                    reason: "failed",
                    failure: { type: "pulumi-wmisec.ReadOnlyFile", message: expect.stringContaining(registeredFile(path)) },
                });
            expect([machine.writes.items, await on.registration()]).toEqual([[], whole]);
        });

        on.onModel("Windows' copies of our text go with it, and with a change of it; all others stay", async (machine) => {
            const { host, path } = on;
            const copy = (name: string) => `C:\\Windows\\System32\\wbem\\AutoRecover\\${name}.mof`;
            const utf16 = Buffer.from(`\ufeff${autorecoverMof(path, true)}`, "utf16le");
            const put = () => {
                machine.behindOurBack.writeFile(copy("A"), autorecoverMof(path, true));
                machine.behindOurBack.writeFile(copy("B"), utf16);
                machine.behindOurBack.writeFile(copy("C"), utf16.subarray(2));
            };
            const others = ["D", "E", "F"].map(copy);
            machine.behindOurBack.writeFile(copy("D"), `${autorecoverMof(path, true)} `);
            machine.behindOurBack.writeFile(copy("E"), autorecoverMof(namespacePath("root/other"), true));
            machine.behindOurBack.writeFile(copy("F"), autorecoverMof(path, true));
            machine.behindOurBack.register("%windir%\\system32\\wbem\\autorecover\\f.mof");
            await host.apply([on.register(true, NONE)], NOTHING);
            put();
            await host.apply([on.register(false, await on.registration())], NOTHING);
            expect(machine.files.list()).toEqual([registeredFile(path), ...others]);
            await host.apply([on.register(true, await on.registration())], NOTHING);
            put();
            await host.apply([on.unregister(await on.registration())], NOTHING);
            expect(machine.files.list()).toEqual(others);
        });

        on.onModel("whoever changes the list says when", async (machine) => {
            const { host } = on;
            const time = () => machine.value(AUTORECOVER_TIME.key, AUTORECOVER_TIME.name);
            expect(time()).toBe("absent");
            await host.apply([on.register(true, NONE)], NOTHING);
            const inFiletime = (milliseconds: number) => (BigInt(milliseconds) + 11_644_473_600_000n) * 10_000n;
            machine.behindOurBack.setValue(AUTORECOVER_TIME.key, AUTORECOVER_TIME.name, "absent");
            const before = machine.events.now().getTime();
            await host.apply([on.unregister(await on.registration())], NOTHING);
            const said = time();
            if (said === "absent" || said.kind !== "REG_SZ") throw new Error(`it is ${JSON.stringify(said)}`);
            expect(BigInt(said.value) >= inFiletime(before) && BigInt(said.value) <= inFiletime(machine.events.now().getTime())).toBe(true);
        });

        on.onModel("a namespace of 255 characters has a file with a shorter name, and its neighbour has another", async (machine) => {
            const { host } = on;
            const names = ["x", "y"].map((last) => namespacePath(`root/${"n".repeat(120)}/${"m".repeat(128)}${last}`));
            for (const path of names) {
                machine.behindOurBack.createNamespace(path, false);
                const step: Step = { do: "registerMof", path, expect: NONE, mof: autorecoverMof(path, true), compiler: "mofcomp" };
                expect((await host.apply([step], NOTHING)).stopped).toBeNull();
            }
            const { registrations } = await host.observe({ ...NOTHING, registrations: names });
            expect(registrations.map((one) => registrationOf(one).file)).toEqual(
                names.map((path) => sha256(Buffer.from(autorecoverMof(path, true)))),
            );
            expect(machine.files.list().map((file) => file.length <= 230)).toEqual([true, true]);
            expect([...machine.autorecoverList].filter((file) => file.startsWith(MOF_FOLDER)).sort()).toEqual(machine.files.list());
        });

        on.onModel("a namespace that is not there gets no registration", async (machine) => {
            machine.behindOurBack.removeNamespace(on.path);
            expect((await on.host.apply([on.register(true, NONE)], NOTHING)).stopped).toEqual({
                step: 0,
                reason: "unexpected",
                found: "missing",
            });
            expect(machine.files.list()).toEqual([]);
        });

        on.onModel("a compiler that only said that all went well has registered nothing, and that shows", async (machine) => {
            const { host, path } = on;
            machine.faults.on("mofcompStoresNothing", {});
            const { stopped, observation } = await host.apply([on.register(true, NONE)], { ...NOTHING, registrations: [path] });
            expect([stopped, registrationOf(observation.registrations[0])]).toEqual([null, { registered: false, file: hashOf(true) }]);
        });

        on.onModel("a folder that others can write to gets no file", async (machine) => {
            const { host } = on;
            machine.faults.on("mofFolderUnsafe", {});
            for (const step of [on.register(true, NONE), on.set(true, await on.look())])
                expect(await host.apply([step], NOTHING)).toMatchObject({
                    stopped: { reason: "failed", failure: { type: "pulumi-wmisec.UnsafeFolder" } },
                });
            expect([machine.files.list(), machine.writes.items]).toEqual([[], []]);
            machine.behindOurBack.writeFile(registeredFile(on.path), autorecoverMof(on.path, true));
            const { registrations } = await host.observe({ ...NOTHING, registrations: [on.path] });
            expect(registrations).toMatchObject([{ state: "failed", failure: { type: "pulumi-wmisec.UnsafeFolder" } }]);
        });

        on.onModel("the folder stays as long as a registered file lies in it", async (machine) => {
            const { host, path } = on;
            await host.apply([on.register(true, NONE), on.set(false, { effective: true, stored: true })], NOTHING);
            expect(machine.files.list()).toEqual([`${MOF_FOLDER}\\${registrationFileName(path)}`]);
        });
    });
}

/** What the test's namespace would be made of by the product that it belongs to. */
const defines = (path: string): string =>
    `#pragma namespace("\\\\\\\\.\\\\root")\r\ninstance of __Namespace { Name = "${path.slice("root/".length)}"; };\r\n`;
