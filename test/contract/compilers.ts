import { MOF_FOLDER } from "../../provider/model/mofFolder";
import { type ContractContext, flagOf, NOTHING, only } from "./contractContext";

export function describeCompilers(on: ContractContext): void {
    describe("compilers", () => {
        on.onModel("any exit of mofcomp but 0 stops, a WMI code too", async (machine) => {
            const { host } = on;
            for (const exit of [1, 2, 3, -2147217405]) {
                machine.faults.on("mofcompExit", { exit, output: "Fehler 0x80041003" }, 1);
                const result = await host.apply([on.set(true, await on.look())], NOTHING);
                expect(result).toMatchObject({ done: 0, stopped: { reason: "mofcomp", exit, output: "Fehler 0x80041003" } });
            }
            expect(machine.writes.all).toEqual([]);
        });

        on.onModel("stops where a mofcomp only said that all went well, and says what is there", async (machine) => {
            const { host, path } = on;
            machine.faults.on("mofcompStoresNothing", {});
            const result = await host.apply([on.set(true, await on.look())], only(path));
            expect(result).toMatchObject({
                done: 0,
                stopped: { step: 0, reason: "unmet", found: expect.stringContaining("stored FALSE") },
            });
            expect(flagOf(result.observation.namespaces[0]).stored).toBe(false);
        });

        // The singleton's qualifier need not read back: MS-WMI promises it of the parent's instance only.
        for (const [readings, required, met] of [
            [{ effective: true, stored: null }, true, true],
            [{ effective: false, stored: null }, false, true],
            [{ effective: null, stored: null }, false, true],
            [{ effective: null, stored: null }, true, false],
            [{ effective: true, stored: null }, false, false],
            [{ effective: true, stored: false }, true, false],
            [{ effective: false, stored: true }, true, true],
        ] as const)
            on.onModel(`${JSON.stringify(readings)} after a compile is ${met ? "" : "not "}${required}`, async (machine) => {
                const step = on.set(required, await on.look());
                const { readings: before } = machine.namespaces;
                const read = jest
                    .spyOn(machine.namespaces, "readings")
                    .mockImplementation((path) => (machine.writes.items.length === 0 ? before.call(machine.namespaces, path) : readings));
                expect((await on.host.apply([step], NOTHING)).stopped).toEqual(
                    met ? null : { step: 0, reason: "unmet", found: expect.stringContaining("effective") },
                );
                read.mockRestore();
            });

        on.onModel("a mofcomp that does not end is a failure of its step", async (machine) => {
            const { host } = on;
            machine.faults.on("mofcompHangs", {});
            expect(await host.apply([on.set(true, await on.look())], NOTHING)).toMatchObject({
                done: 0,
                stopped: { reason: "failed", failure: { type: "pulumi-wmisec.ProgramTimeout" } },
            });
        });

        test.each(["mofcomp", "api"] as const)("%s sets a namespace's flag", async (compiler) => {
            const { host, path } = on;
            const result = await host.apply([on.set(true, await on.look(), compiler)], only(path));
            expect([result.stopped, flagOf(result.observation.namespaces[0]).stored]).toEqual([null, true]);
        });

        on.onModel("no file is left on the host, whatever becomes of the compiler", async (machine) => {
            const { host } = on;
            const seen: string[][] = [];
            const write = machine.files.write.bind(machine.files);
            machine.files.write = (path, bytes, modified) => {
                write(path, bytes, modified);
                seen.push([...machine.files.list()]);
            };
            await host.apply([on.set(true, await on.look())], NOTHING);
            machine.faults.on("mofcompExit", { exit: 1 }, 1);
            await host.apply([on.set(false, await on.look())], NOTHING);
            machine.faults.on("mofcompHangs", {}, 1);
            await host.apply([on.set(false, await on.look())], NOTHING);
            expect(seen).toHaveLength(3);
            for (const [file] of seen) expect(file?.startsWith(`${MOF_FOLDER}\\`) && /[0-9a-f]{32}\.mof$/.test(file)).toBe(true);
            expect(new Set(seen.flat()).size).toBe(3);
            expect(machine.files.list()).toEqual([]);
        });

        on.onModel("the API writes no file at all", async (machine) => {
            const write = jest.spyOn(machine.files, "write");
            await on.host.apply([on.set(true, await on.look(), "api")], NOTHING);
            expect([write.mock.calls, machine.files.list()]).toEqual([[], []]);
        });

        on.onModel("what a run left that died is removed by the next, also when it compiles nothing; other files stay", async (machine) => {
            const others = [`${MOF_FOLDER}\\kept-${"0".repeat(32)}.mof`, `${MOF_FOLDER}\\readme.txt`, `C:\\${"0".repeat(32)}.mof`];
            for (const file of [...others, `${MOF_FOLDER}\\${"0".repeat(32)}.mof`]) machine.behindOurBack.writeFile(file, "x");
            await on.host.apply([on.remember("x", null)], NOTHING);
            expect(machine.files.list()).toEqual(others.sort());
        });

        on.onModel("a MOF file that may not be written is a failure of its step", async (machine) => {
            machine.faults.on("fileDenied", {});
            expect(await on.host.apply([on.set(true, await on.look())], NOTHING)).toMatchObject({
                done: 0,
                stopped: { reason: "failed", failure: { type: "System.UnauthorizedAccessException", hresult: "0x80070005" } },
            });
            expect([machine.files.list(), machine.writes.items]).toEqual([[], []]);
        });

        on.onModel("keeps its MOF file where that is asked for", async (machine) => {
            const keeping = await on.made.reopen({ keepMof: true });
            const step = on.set(true, await on.look());
            expect((await keeping.apply([step], NOTHING)).done).toBe(1);
            const [file, ...more] = machine.files.list();
            expect(more).toEqual([]);
            expect(file?.slice(MOF_FOLDER.length)).toMatch(/^\\kept-[0-9a-f]{32}\.mof$/);
            expect(machine.files.text(file ?? "")).toBe(step.do === "compileMof" ? step.mof : "");
        });

        on.onModel("a mofcomp that is blocked is a failure of its step, and the API is not concerned", async (machine) => {
            const { host } = on;
            machine.faults.on("mofcompBlocked", {});
            expect(await host.apply([on.set(true, await on.look())], NOTHING)).toMatchObject({
                done: 0,
                stopped: { reason: "failed", failure: { type: "System.ComponentModel.Win32Exception", hresult: "0x80004005" } },
            });
            expect((await host.apply([on.set(true, await on.look(), "api")], NOTHING)).stopped).toBeNull();
        });

        on.onModel("an API that is missing is a failure of its step, and mofcomp is not concerned", async (machine) => {
            const { host } = on;
            machine.faults.on("compilerApiMissing", {});
            expect(await host.apply([on.set(true, await on.look(), "api")], NOTHING)).toMatchObject({
                done: 0,
                stopped: { reason: "failed", failure: { type: "System.Runtime.InteropServices.COMException", hresult: "0x80040154" } },
            });
            expect((await host.apply([on.set(true, await on.look())], NOTHING)).stopped).toBeNull();
        });

        test("the API says no with phase, code and lines", async () => {
            const { host, path } = on;
            const expected = await on.look();
            const mof = `#pragma namespace("\\\\\\\\.\\\\${path.replace("/", "\\\\")}")\r\ninstance of __SystemSecurity {\r\n`;
            const result = await host.apply(
                [{ do: "compileMof", path, expect: expected, mof, required: true, compiler: "api" }],
                only(path),
            );
            expect(result).toMatchObject({
                done: 0,
                stopped: { step: 0, reason: "compilerApi", during: "compile", phase: 1, hresult: expect.stringMatching(/^0x800440/) },
            });
            expect(flagOf(result.observation.namespaces[0])).toEqual(expected);
        });

        for (const stored of [false, true])
            on.onModel(`a mofcomp that says that all went well, and ends with 1, has ${stored ? "" : "not "}stored`, async (machine) => {
                const { host, path } = on;
                machine.faults.on("mofcompSaysDoneButFails", { stored }, 1);
                const result = await host.apply([on.set(true, await on.look())], only(path));
                expect(result.stopped).toMatchObject({ reason: "mofcomp", exit: 1, output: expect.stringContaining("Done!") });
                expect(flagOf(result.observation.namespaces[0]).stored).toBe(stored);
            });
    });
}
