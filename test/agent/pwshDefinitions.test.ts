import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onPwsh } from "../powershell/pwsh";
import { AGENT_WITH_FILES, NONCE, said, sharedAgent } from "./pwshAgent";

onPwsh("files under pwsh, over stand-ins for permissions and compilers", () => {
    let folder: string;
    let file: string;
    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "wmisec-pwsh-"));
        file = join(folder, "contoso.mof");
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    const OLD = "old text\r\n";
    const sha256 = (text: string): string => createHash("sha256").update(text, "latin1").digest("hex");
    const base64 = (text: string): string => Buffer.from(text, "latin1").toString("base64");
    /** Every file in the folder with its text. */
    const held = () => Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "latin1")]));
    const put = (files: Readonly<Record<string, string>>) => {
        for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, "latin1");
    };
    const BACKUP = "contoso.mof.pulumi-wmisec-backup";
    const edit = (content: string, expect = sha256(OLD)) => ({ file, expect, content: base64(content), compiler: "mofcomp" });

    test.each([
        ["no bytes", ""],
        ["one", "a"],
        ["any", "J\u00f6rg\u0000\u00ff"],
        ["as many as may be", "x".repeat(700_000)],
    ])("hash and base64 of %s", async (_title, text) => {
        const { verb } = await sharedAgent(AGENT_WITH_FILES);
        expect(await verb("hash", { content: base64(text) })).toBe(sha256(text));
    });

    test.each([
        ["too short", "a"],
        ["padded too far", "a==="],
        ["with a space in it", "ab c"],
        ["with a newline after it", "YQ==\n"],
        ["too long", "A".repeat(933_340)],
    ])("text %s is not taken for base64", async (_title, content) => {
        const { verb } = await sharedAgent(AGENT_WITH_FILES);
        expect(await said(verb("hash", { content }))).toMatch(/^protocol: .*pulumi-wmisec\.BadRequest/);
    });

    test.each(["C:\\Contoso\\contoso.mof", "d:\\a b\\%x%\\C.MOF"])("%p is a path of a MOF file", async (path) => {
        const { verb } = await sharedAgent(AGENT_WITH_FILES);
        expect(await verb("mofPath", { path })).toBe(path);
    });

    test.each([
        "C:contoso.mof",
        "contoso.mof",
        "\\\\host\\share\\a.mof",
        "\\\\?\\C:\\a.mof",
        "C:\\a\\..\\b.mof",
        "C:\\a.mof:s.mof",
        "C:\\nul.mof",
        "C:\\con .mof",
        "C:\\CONIN$.mof",
        "C:\\conout$ .x.mof",
        "C:\\Lpt0\\a.mof",
        "C:\\com\u00b9.mof",
        "C:\\a.mof\n",
        'C:\\a" -x ".mof',
        "C:/a.mof",
        "C:\\a.txt",
        `C:\\${"a".repeat(194)}.mof`,
    ])("%p is not a path of a MOF file", async (path) => {
        const { verb } = await sharedAgent(AGENT_WITH_FILES);
        expect(await said(verb("mofPath", { path }))).toMatch(/^protocol: .*pulumi-wmisec\.BadRequest/);
    });

    test("leftovers go whatever their age; what has another name stays, and an empty folder goes too", async () => {
        const { verb } = await sharedAgent(AGENT_WITH_FILES);
        const stays = { "root!cimv2.mof": "a", [`kept-${NONCE}.mof`]: "b", [`${NONCE}.mof.txt`]: "c", [`${NONCE}0.mof`]: "d" };
        put({ ...stays, [`${NONCE}.mof`]: "gone" });
        await verb("leftovers", { folder });
        expect(held()).toEqual(stays);
        const empty = join(folder, "empty");
        mkdirSync(empty);
        writeFileSync(join(empty, `${NONCE}.mof`), "gone");
        await verb("leftovers", { folder: empty });
        expect(existsSync(empty)).toBe(false);
        await verb("leftovers", { folder: empty });
    });

    test("looks at a definition and its backup", async () => {
        const { verb } = await sharedAgent(AGENT_WITH_FILES);
        expect(await verb("definition", { file })).toEqual({ file, state: "missing", backup: null });
        expect(await verb("definition", { file: join(folder, "no", "x.mof") })).toMatchObject({ state: "missing" });
        put({ "contoso.mof": OLD });
        expect(await verb("definition", { file })).toEqual({ file, state: "present", content: base64(OLD), backup: null });
        put({ [BACKUP]: "" });
        expect(await verb("definition", { file })).toEqual({ file, state: "present", content: base64(OLD), backup: sha256("") });
        put({ "contoso.mof": "x".repeat(700_001) });
        expect(await verb("definition", { file })).toMatchObject({ state: "failed", failure: { type: "pulumi-wmisec.FileTooLarge" } });
        put({ "unsafe.mof": OLD });
        expect(await verb("definition", { file: join(folder, "unsafe.mof") })).toMatchObject({
            state: "failed",
            failure: { type: "pulumi-wmisec.UnsafeFile" },
        });
    });

    test("an edit keeps the first text, a second edit keeps it still, and a restore puts it back", async () => {
        const { verb } = await sharedAgent(AGENT_WITH_FILES);
        put({ "contoso.mof": OLD });
        expect(await verb("edit", edit("new"))).toBeNull();
        expect(held()).toEqual({ "contoso.mof": "new", [BACKUP]: OLD });
        expect(await verb("edit", edit("newer", sha256("new")))).toBeNull();
        expect(held()).toEqual({ "contoso.mof": "newer", [BACKUP]: OLD });
        expect(await verb("restore", { file, expect: sha256("newer"), backup: sha256(OLD) })).toBeNull();
        expect(held()).toEqual({ "contoso.mof": OLD });
    });

    test("what a run left beside the file that died goes, unless the file itself is gone", async () => {
        const { verb } = await sharedAgent(AGENT_WITH_FILES);
        const left = `contoso.mof.${NONCE}.pulumi-wmisec-old`;
        const other = `other.mof.${NONCE}.pulumi-wmisec-old`;
        put({ [left]: OLD, [other]: OLD });
        await verb("beside", { file });
        expect(held()).toEqual({ [left]: OLD, [other]: OLD });
        put({ "contoso.mof": OLD });
        await verb("beside", { file });
        expect(held()).toEqual({ "contoso.mof": OLD, [other]: OLD });
    });

    test("a restore of a file that is as the backup takes the backup away", async () => {
        const { verb } = await sharedAgent(AGENT_WITH_FILES);
        put({ "contoso.mof": OLD, [BACKUP]: OLD });
        expect(await verb("restore", { file, expect: sha256(OLD), backup: sha256(OLD) })).toBeNull();
        expect(held()).toEqual({ "contoso.mof": OLD });
    });

    test.each([
        ["at the check", "REFUSE", "check"],
        ["when it is compiled", "LATE", "compile"],
    ])("what the compiler refuses %s leaves everything as it was", async (_title, content, during) => {
        const { verb } = await sharedAgent(AGENT_WITH_FILES);
        put({ "contoso.mof": OLD });
        expect(await verb("edit", edit(content))).toEqual({ reason: "mofcomp", during, exit: 3, output: content });
        expect(held()).toEqual({ "contoso.mof": OLD });
        put({ [BACKUP]: "of an earlier edit" });
        await verb("edit", edit(content));
        expect(held()).toEqual({ "contoso.mof": OLD, [BACKUP]: "of an earlier edit" });
    });

    test("so does a compiler that dies", async () => {
        const { verb } = await sharedAgent(AGENT_WITH_FILES);
        put({ "contoso.mof": OLD });
        expect(await said(verb("edit", edit("DIE")))).toMatch(/pulumi-wmisec\.ProgramTimeout/);
        expect(held()).toEqual({ "contoso.mof": OLD });
    });

    test("what is not as expected is left alone", async () => {
        const { verb } = await sharedAgent(AGENT_WITH_FILES);
        expect(await verb("edit", edit("new"))).toEqual({ reason: "unexpected", found: "missing" });
        put({ "contoso.mof": "changed" });
        expect(await verb("edit", edit("new"))).toEqual({ reason: "unexpected", found: sha256("changed") });
        expect(await verb("restore", { file, expect: sha256("changed"), backup: sha256(OLD) })).toEqual({
            reason: "unexpected",
            found: `file ${sha256("changed")}, backup missing`,
        });
        expect(held()).toEqual({ "contoso.mof": "changed" });
    });

    test("a folder in the place of a file or of its backup is told as one", async () => {
        const { verb } = await sharedAgent(AGENT_WITH_FILES);
        mkdirSync(file);
        const unsafe = { state: "failed", failure: { type: "pulumi-wmisec.UnsafeFile", message: expect.stringContaining("is a folder") } };
        expect(await verb("definition", { file })).toMatchObject(unsafe);
        expect(await said(verb("edit", edit("new")))).toMatch(/^definitionUnsafe: .*is a folder/);
        rmSync(file, { recursive: true });
        put({ "contoso.mof": OLD });
        mkdirSync(join(folder, BACKUP));
        expect(await verb("definition", { file })).toMatchObject(unsafe);
    });

    test("a file that is marked read-only is named before anything is changed", async () => {
        const { verb } = await sharedAgent(AGENT_WITH_FILES);
        put({ "contoso.mof": OLD });
        chmodSync(file, 0o444);
        expect(await said(verb("edit", edit("new")))).toMatch(/^fileReadOnly: .*contoso\.mof is marked read-only/);
        expect(held()).toEqual({ "contoso.mof": OLD });
        chmodSync(file, 0o644);
        await verb("edit", edit("new"));
        chmodSync(join(folder, BACKUP), 0o444);
        const restored = verb("restore", { file, expect: sha256("new"), backup: sha256(OLD) });
        expect(await said(restored)).toMatch(/^fileReadOnly: .*pulumi-wmisec-backup is marked read-only/);
        expect(held()).toEqual({ "contoso.mof": "new", [BACKUP]: OLD });
    });

    test("what IMofCompiler says", async () => {
        const { verb } = await sharedAgent(AGENT_WITH_FILES);
        const answer = (Returned: number, Result: number, PhaseError: number) =>
            verb("apiAnswer", { outcome: { Returned, Status: { PhaseError, Result, ObjectNumber: 1, FirstLine: 2, LastLine: 3 } } });
        const refused = (phase: number, hresult: string) => ({
            reason: "compilerApi",
            during: "compile",
            phase,
            hresult,
            object: 1,
            firstLine: 2,
            lastLine: 3,
        });
        expect(await answer(0, 0, 0)).toBeNull();
        expect(await answer(2, 0, 0)).toBeNull();
        expect(await answer(1, -2147217394, 3)).toEqual(refused(3, "0x8004100e"));
        expect(await answer(1, 0, 1)).toEqual(refused(1, "0x00000001"));
        expect(await answer(-2147024891, 0, 0)).toEqual(refused(0, "0x80070005"));
    });
});
