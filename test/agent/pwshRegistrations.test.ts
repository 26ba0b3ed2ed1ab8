import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { registrationFileName } from "../../provider/core/mof/autorecover";
import { namespacePath } from "../../provider/core/namespacePath";
import { onPwsh } from "../powershell/pwsh";
import { AGENT_WITH_MOF, said, sharedAgent } from "./pwshAgent";

onPwsh("registrations under pwsh, over stand-ins for the registry and compilers", () => {
    let root: string;
    let places: { folder: string; registry: string; copies: string };
    beforeEach(() => {
        root = mkdtempSync(join(tmpdir(), "wmisec-pwsh-"));
        places = { folder: join(root, "ours"), registry: join(root, "registry"), copies: join(root, "copies") };
        for (const folder of Object.values(places)) mkdirSync(folder);
        writeFileSync(join(places.registry, LIST), VENDOR);
    });
    afterEach(() => rmSync(root, { recursive: true }));

    const LIST = "Autorecover MOFs";
    const VENDOR = "%windir%\\system32\\wbem\\cimwin32.mof\n";
    const NONE = { registered: false, file: null };
    const path = "root/on";
    const sha256 = (text: string): string => createHash("sha256").update(text, "latin1").digest("hex");
    const ours = () => join(places.folder, "root!on.mof");
    const within = (folder: string) =>
        Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "latin1")]));
    const listed = () => readFileSync(join(places.registry, LIST), "latin1").replaceAll("\r\n", "\n");
    const step = (mof: string, expect: unknown = NONE) => ({
        ...places,
        mofcompTimeoutMs: 1000,
        step: { path, expect, mof, compiler: "mofcomp" },
    });

    test("are made, changed and taken back, and the list says when it was changed", async () => {
        const { verb } = await sharedAgent(AGENT_WITH_MOF);
        expect(await verb("register", step("one"))).toBeNull();
        expect([within(places.folder), listed()]).toEqual([{ "root!on.mof": "one" }, `${VENDOR}${ours()}\n`]);
        expect(await verb("register", step("two", { registered: true, file: sha256("one") }))).toBeNull();
        expect(await verb("registrations", { ...places, paths: [path, "root/off"] })).toEqual([
            { path, state: "read", registered: true, file: sha256("two") },
            { path: "root/off", state: "read", ...NONE },
        ]);
        expect(await verb("unregister", step("", { registered: true, file: sha256("two") }))).toBeNull();
        expect([existsSync(places.folder), listed()]).toEqual([false, VENDOR]);
        const time = readFileSync(join(places.registry, `${LIST} timestamp`), "latin1").trim();
        expect(time).toMatch(/^1[0-9]{17}$/);
        expect(Math.abs(Number(BigInt(time) / 10_000n) - 11_644_473_600_000 - Date.now())).toBeLessThan(600_000);
    });

    test.each([
        ["refuses", "REFUSE"],
        ["refuses when it has put it into the list", "LISTED REFUSE"],
        ["dies of", "DIE"],
    ])("what the compiler %s leaves file and list as they were", async (_title, mof) => {
        const { verb } = await sharedAgent(AGENT_WITH_MOF);
        await verb("register", step(mof)).catch(() => undefined);
        // Our folder goes when nothing is in it.
        expect([existsSync(places.folder), listed()]).toEqual([false, VENDOR]);
        mkdirSync(places.folder);
        await verb("register", step("one"));
        const before = { registered: true, file: sha256("one") };
        await verb("register", step(mof, before)).catch(() => undefined);
        expect([within(places.folder), listed()]).toEqual([{ "root!on.mof": "one" }, `${VENDOR}${ours()}\n`]);
    });

    test("a file that is marked read-only keeps file and list as they are", async () => {
        const { verb } = await sharedAgent(AGENT_WITH_MOF);
        await verb("register", step("one"));
        chmodSync(ours(), 0o444);
        const before = { registered: true, file: sha256("one") };
        for (const work of [verb("register", step("two", before)), verb("unregister", step("", before))])
            expect(await said(work)).toMatch(/^fileReadOnly: .*root!on\.mof is marked read-only/);
        expect([within(places.folder), listed()]).toEqual([{ "root!on.mof": "one" }, `${VENDOR}${ours()}\n`]);
    });

    test("copies of our text go, others stay", async () => {
        const { verb } = await sharedAgent(AGENT_WITH_MOF);
        await verb("register", step("one"));
        const utf16 = Buffer.from("one", "utf16le").toString("latin1");
        const others = { "D.mof": "one ", "E.mof": "two", "F.mof": "one", "G.mof": "on\u00ef" };
        const copies = { "A.mof": "one", "B.mof": utf16, "C.mof": `\u00ff\u00fe${utf16}`, ...others };
        for (const [name, text] of Object.entries(copies)) writeFileSync(join(places.copies, name), text, "latin1");
        writeFileSync(join(places.registry, LIST), `${listed()}%windir%\\system32\\wbem\\autorecover\\f.MOF\n`);
        await verb("unregister", step("", { registered: true, file: sha256("one") }));
        expect(within(places.copies)).toEqual(others);
    });

    test("a folder in a file's place is no file", async () => {
        const { verb } = await sharedAgent(AGENT_WITH_MOF);
        mkdirSync(ours());
        expect(await verb("registrations", { ...places, paths: [path] })).toMatchObject([
            { state: "failed", failure: { type: "pulumi-wmisec.UnsafeFile", message: expect.stringContaining("is a folder") } },
        ]);
    });

    test("the list is read once a look, whatever is asked, and its entries in any case", async () => {
        const { verb } = await sharedAgent(AGENT_WITH_MOF);
        const paths = Array.from({ length: 500 }, (_, index) => `root/n${index}`);
        writeFileSync(
            join(places.registry, LIST),
            paths.map((one) => `${join(places.folder, one.replace("/", "!").toUpperCase())}.MOF\n`).join(""),
        );
        const registered = z.array(z.object({ registered: z.boolean() })).parse(await verb("registrations", { ...places, paths }));
        expect(registered.map((one) => one.registered)).toEqual(paths.map(() => true));
        expect(readFileSync(join(places.registry, "reads"), "latin1")).toBe(".");
    });

    test("names of files are the same on both sides", async () => {
        const { verb } = await sharedAgent(AGENT_WITH_MOF);
        for (const text of [
            "root",
            "root/a/b",
            `root/${"x".repeat(195)}`,
            `root/${"x".repeat(196)}`,
            `root/${"x".repeat(94)}/${"y".repeat(155)}`,
        ])
            expect(await verb("registeredName", { folder: "/", path: text })).toBe(registrationFileName(namespacePath(text)));
    });

    test("our folder: one that we made and that is not safe goes again, and what is no folder is told as that", async () => {
        const { verb } = await sharedAgent(AGENT_WITH_MOF);
        const folder = join(root, "new");
        expect(await said(verb("newFolder", { folder, unsafe: true }))).toMatch(/^mofFolderUnsafe: .*inherits permissions/);
        expect(existsSync(folder)).toBe(false);
        expect(await said(verb("newFolder", { folder: places.folder, unsafe: true }))).toMatch(/^mofFolderUnsafe: /);
        expect(existsSync(places.folder)).toBe(true);
        expect(await verb("newFolder", { folder, unsafe: false })).toBeNull();
        const file = join(root, "file");
        writeFileSync(file, "");
        expect(await said(verb("newFolder", { folder: file, unsafe: false }))).toMatch(/^mofFolderUnsafe: .*is not a folder/);
        expect(readFileSync(file, "latin1")).toBe("");
    });

    const entry = (AceType: string, Value: string, AccessMask: number, AceFlags = 0) => ({
        AceType,
        AccessMask,
        AceFlags,
        SecurityIdentifier: { Value },
    });
    const ADMINS = entry("AccessAllowed", "S-1-5-32-544", 0x1f01ff);
    test("permissions: who else may write, and what is not understood, is refused", async () => {
        const { verb } = await sharedAgent(AGENT_WITH_MOF);
        const refused: [unknown[], RegExp][] = [
            [[ADMINS, entry("AccessAllowedCallback", "S-1-1-0", 0x1f01ff)], /AccessAllowedCallback/],
            [[ADMINS, entry("AccessDeniedCallback", "S-1-1-0", 1)], /AccessDeniedCallback/],
            [[ADMINS, entry("AccessAllowedObject", "S-1-5-32-544", 1)], /AccessAllowedObject/],
            [[ADMINS, entry("AccessAllowed", "S-1-5-32-545", 2)], /may be changed by S-1-5-32-545/],
            [[entry("AccessAllowed", "S-1-3-0", 2)], /may be changed by S-1-3-0/],
            [[], /no permissions/],
        ];
        for (const [entries, why] of refused) {
            const text = await said(verb("rules", { entries }));
            expect(text).toMatch(/^definitionUnsafe: /);
            expect(text).toMatch(why);
        }
        const entries = [
            ADMINS,
            entry("AccessAllowed", "S-1-5-32-545", 0x1200a9),
            entry("AccessDenied", "S-1-1-0", 2),
            entry("AccessAllowed", "S-1-3-0", 0x10000000, 8),
        ];
        expect(await verb("rules", { entries })).toBeNull();
    });
});
