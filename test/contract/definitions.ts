import type { Compiler } from "../../provider/core/wire/compiler";
import type { DefinitionReading } from "../../provider/core/wire/definition";
import type { Step } from "../../provider/core/wire/step";
import { sha256 } from "../../provider/model/fileAccess";
import { type ContractContext, NOTHING } from "./contractContext";

const FILE = "C:\\Contoso\\contoso.mof";
const BACKUP = `${FILE}.pulumi-wmisec-backup`;
const OTHER = "D:\\Fabrikam\\fabrikam.mof";

const definition = (qualifier: string, name = "wmisec_defined"): Buffer =>
    Buffer.from(`#pragma namespace("\\\\\\\\.\\\\root")\r\n${qualifier}instance of __Namespace { Name = "${name}"; };\r\n`);
const BEFORE = definition("");
const AFTER = definition("[RequiresEncryption(TRUE)]\r\n");

export function describeDefinitions(on: ContractContext): void {
    describe("definition files of somebody else", () => {
        const look = async (): Promise<DefinitionReading | undefined> =>
            (await on.host.observe({ ...NOTHING, definitions: [FILE] })).definitions[0];
        const edit = (content: Buffer, expected = sha256(BEFORE), compiler: Compiler = "mofcomp"): Step => ({
            do: "editDefinition",
            file: FILE,
            expect: expected,
            content: content.toString("base64"),
            compiler,
        });
        const restore = (expected = sha256(AFTER), backup = sha256(BEFORE)): Step => ({
            do: "restoreDefinition",
            file: FILE,
            expect: expected,
            backup,
        });
        const present = (content: Buffer, backup: Buffer | null): DefinitionReading => ({
            file: FILE,
            state: "present",
            content: content.toString("base64"),
            backup: backup === null ? null : sha256(backup),
        });

        on.onModel("are observed in the order of asking, with their bytes; a missing one is data", async (machine) => {
            const bytes = Buffer.from([0xff, 0xfe, 0x41, 0x00, 0x0d, 0x00, 0x00, 0xd8]);
            machine.behindOurBack.writeFile(FILE, bytes);
            const { definitions } = await on.host.observe({ ...NOTHING, definitions: [OTHER, FILE] });
            expect(definitions).toEqual([{ file: OTHER, state: "missing", backup: null }, present(bytes, null)]);
        });

        for (const compiler of ["mofcomp", "api"] as const)
            on.onModel(`are edited with a backup beside them, compiled by ${compiler}, and restored`, async (machine) => {
                machine.behindOurBack.writeFile(FILE, BEFORE);
                machine.writes.clear();
                expect((await on.host.apply([edit(AFTER, sha256(BEFORE), compiler)], NOTHING)).stopped).toBeNull();
                expect(await look()).toEqual(present(AFTER, BEFORE));
                expect(machine.flag("root/wmisec_defined")).toBe(true);
                expect((await on.host.apply([restore()], NOTHING)).stopped).toBeNull();
                expect(await look()).toEqual(present(BEFORE, null));
                expect(machine.flag("root/wmisec_defined")).toBe(true);
                expect(machine.writes.items.map(({ kind, name }) => [kind, name])).toEqual([
                    ["file", BACKUP],
                    ["file", FILE],
                    ["namespace", "root/wmisec_defined"],
                    ["file", FILE],
                    ["file", BACKUP],
                ]);
                expect(machine.files.list()).toEqual([FILE]);
            });

        for (const compiler of ["mofcomp", "api"] as const)
            on.onModel(`that ask for it are registered by ${compiler} under their own name, when they are compiled`, async (machine) => {
                const before = machine.autorecoverList;
                const asking = Buffer.concat([Buffer.from("#pragma autorecover\r\n"), AFTER]);
                machine.behindOurBack.writeFile(FILE, BEFORE);
                await on.host.apply([edit(asking, sha256(BEFORE), compiler)], NOTHING);
                expect(machine.autorecoverList).toEqual([...before, FILE]);
            });

        on.onModel("are not touched when they, or their backups, are marked read-only", async (machine) => {
            machine.behindOurBack.writeFile(FILE, BEFORE);
            const readOnly = { reason: "failed", failure: { type: "pulumi-wmisec.ReadOnlyFile" } };
            machine.faults.on("fileReadOnly", { files: [FILE] });
            expect((await on.host.apply([edit(AFTER)], NOTHING)).stopped).toMatchObject(readOnly);
            expect(await look()).toEqual(present(BEFORE, null));
            machine.faults.off();
            await on.host.apply([edit(AFTER)], NOTHING);
            machine.faults.on("fileReadOnly", { files: [BACKUP] });
            expect((await on.host.apply([restore()], NOTHING)).stopped).toMatchObject(readOnly);
            expect(await look()).toEqual(present(AFTER, BEFORE));
        });

        on.onModel("are not edited by mofcomp where our folder, which tells of its runs, is not safe", async (machine) => {
            machine.behindOurBack.writeFile(FILE, BEFORE);
            machine.faults.on("mofFolderUnsafe", {});
            expect((await on.host.apply([edit(AFTER)], NOTHING)).stopped).toMatchObject({
                reason: "failed",
                failure: { type: "pulumi-wmisec.UnsafeFolder" },
            });
            expect(await look()).toEqual(present(BEFORE, null));
            expect((await on.host.apply([edit(AFTER, sha256(BEFORE), "api")], NOTHING)).stopped).toBeNull();
        });

        on.onModel("keep the first backup through later edits", async (machine) => {
            machine.behindOurBack.writeFile(FILE, BEFORE);
            const last = definition("[RequiresEncryption(FALSE)]\r\n");
            await on.host.apply([edit(AFTER), edit(last, sha256(AFTER))], NOTHING);
            expect(await look()).toEqual(present(last, BEFORE));
        });

        on.onModel("that somebody put back himself lose only their backup", async (machine) => {
            machine.behindOurBack.writeFile(FILE, BEFORE);
            await on.host.apply([edit(AFTER)], NOTHING);
            machine.behindOurBack.writeFile(FILE, BEFORE);
            machine.writes.clear();
            expect((await on.host.apply([restore(sha256(BEFORE))], NOTHING)).stopped).toBeNull();
            expect(machine.writes.items.map(({ name, to }) => [name, to])).toEqual([[BACKUP, null]]);
            expect(await look()).toEqual(present(BEFORE, null));
        });

        on.onModel("that changed meanwhile, or are gone, are left alone", async (machine) => {
            machine.behindOurBack.writeFile(FILE, BEFORE);
            expect(await on.host.apply([edit(AFTER, sha256(AFTER))], NOTHING)).toMatchObject({
                done: 0,
                stopped: { reason: "unexpected", found: expect.stringContaining(sha256(BEFORE)) },
            });
            // No backup, and another file than ours.
            expect((await on.host.apply([restore()], NOTHING)).stopped).toMatchObject({ reason: "unexpected" });
            await on.host.apply([edit(AFTER)], NOTHING);
            machine.behindOurBack.writeFile(FILE, "somebody's");
            expect((await on.host.apply([restore()], NOTHING)).stopped).toMatchObject({ reason: "unexpected" });
            expect([machine.files.text(FILE), machine.files.text(BACKUP)]).toEqual(["somebody's", BEFORE.toString()]);
            machine.behindOurBack.writeFile(FILE, AFTER);
            machine.behindOurBack.writeFile(BACKUP, "somebody's");
            expect((await on.host.apply([restore()], NOTHING)).stopped).toMatchObject({ reason: "unexpected" });
            machine.behindOurBack.deleteFile(FILE);
            expect((await on.host.apply([edit(AFTER)], NOTHING)).stopped).toMatchObject({
                reason: "unexpected",
                found: expect.stringContaining("missing"),
            });
            expect(machine.files.list()).toEqual([BACKUP]);
            expect(machine.files.text(BACKUP)).toBe("somebody's");
        });

        on.onModel("stay as they are when the new text is not MOF: the check comes before the write", async (machine) => {
            machine.behindOurBack.writeFile(FILE, BEFORE);
            machine.writes.clear();
            const broken = Buffer.from("\r\ninstance of __Namespace {");
            expect((await on.host.apply([edit(broken)], NOTHING)).stopped).toMatchObject({
                reason: "mofcomp",
                during: "check",
                exit: 3,
            });
            expect((await on.host.apply([edit(broken, sha256(BEFORE), "api")], NOTHING)).stopped).toMatchObject({
                reason: "compilerApi",
                during: "check",
                phase: 1,
                hresult: expect.stringMatching(/^0x800440/),
                firstLine: 2,
            });
            expect([machine.writes.items, machine.files.list(), await look()]).toEqual([[], [FILE], present(BEFORE, null)]);
        });

        on.onModel("get their bytes back when the compiler refuses them, and lose a backup made just now", async (machine) => {
            machine.behindOurBack.writeFile(FILE, BEFORE);
            const refused = definition("", "no name");
            for (const compiler of ["mofcomp", "api"] as const) {
                expect((await on.host.apply([edit(refused, sha256(BEFORE), compiler)], NOTHING)).stopped).toMatchObject(
                    compiler === "api"
                        ? { during: "compile", phase: 3, hresult: "0x80041008", object: 1, firstLine: 2, lastLine: 2 }
                        : { during: "compile", exit: 1, output: expect.stringContaining("0x80041008") },
                );
                expect([await look(), machine.files.list()]).toEqual([present(BEFORE, null), [FILE]]);
            }
            await on.host.apply([edit(AFTER)], NOTHING);
            machine.faults.on("mofcompExit", { exit: 1, during: "compile" }, 1);
            expect((await on.host.apply([edit(BEFORE, sha256(AFTER))], NOTHING)).stopped).toMatchObject({ during: "compile" });
            expect(await look()).toEqual(present(AFTER, BEFORE));
        });

        on.onModel("that are too large, unsafe or denied are not read, and not written", async (machine) => {
            machine.behindOurBack.writeFile(FILE, Buffer.alloc(700_001, " "));
            expect(await look()).toMatchObject({ state: "failed", failure: { type: "pulumi-wmisec.FileTooLarge" } });
            machine.behindOurBack.writeFile(FILE, BEFORE);
            machine.writes.clear();
            machine.faults.on("definitionUnsafe", { files: [FILE.toUpperCase()] });
            expect(await look()).toMatchObject({ state: "failed", failure: { type: "pulumi-wmisec.UnsafeFile" } });
            expect((await on.host.apply([edit(AFTER)], NOTHING)).stopped).toMatchObject({
                reason: "failed",
                failure: { type: "pulumi-wmisec.UnsafeFile" },
            });
            machine.faults.off("definitionUnsafe");
            machine.faults.on("fileDenied", { files: [FILE] });
            expect(await look()).toMatchObject({
                state: "failed",
                failure: { type: "System.UnauthorizedAccessException", hresult: "0x80070005" },
            });
            machine.faults.off("fileDenied");
            machine.faults.on("fileWriteDenied", { files: [FILE] });
            expect((await on.host.apply([edit(AFTER)], NOTHING)).stopped).toMatchObject({
                reason: "failed",
                failure: { type: "System.UnauthorizedAccessException" },
            });
            expect([machine.files.list(), machine.files.text(FILE)]).toEqual([[FILE], BEFORE.toString()]);
        });

        on.onModel("lose what a run left beside them that died; other files stay", async (machine) => {
            machine.behindOurBack.writeFile(FILE, BEFORE);
            const hex = "0".repeat(32);
            const others = [`C:\\Contoso\\${hex}.mof`, `C:\\Contoso\\other.mof.${hex}.pulumi-wmisec-old`];
            for (const steps of [[edit(AFTER)], [restore()]]) {
                for (const file of [...others, `${FILE}.${hex}.pulumi-wmisec-new`, `${FILE}.${hex}.pulumi-wmisec-old`])
                    machine.behindOurBack.writeFile(file, "x");
                expect((await on.host.apply(steps, { ...NOTHING, definitions: [FILE] })).stopped).toBeNull();
                expect(machine.files.list().filter((file) => file !== FILE && file !== BACKUP)).toEqual(others);
            }
        });

        on.onModel("of the largest size go through", async (machine) => {
            const large = Buffer.concat([BEFORE, Buffer.alloc(700_000 - BEFORE.length, " ")]);
            machine.behindOurBack.writeFile(FILE, BEFORE);
            expect((await on.host.apply([edit(large)], NOTHING)).stopped).toBeNull();
            expect(await look()).toEqual(present(large, BEFORE));
        });
    });
}
