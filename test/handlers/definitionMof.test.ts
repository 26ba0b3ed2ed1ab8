import type { Properties } from "../../provider/handlers/handler";
import { codeOf, partial } from "../errors";
import { inputs, TRUE } from "../inputs";
import { HandlerWorld } from "./world";

const FILE = "C:\\Contoso\\Contoso.mof";
const BACKUP = `${FILE}.pulumi-wmisec-backup`;
const ORIGINAL =
    '// Contoso Billing 4.2\r\n#pragma namespace("\\\\\\\\.\\\\root\\\\contoso")\r\nclass Contoso_Bill { [key] string Id; };\r\n';
const NEWER = ORIGINAL.replace("4.2", "4.3");

const policy = (more: object = {}) => ({ "root/contoso": { ...TRUE, definitionMof: FILE, ...more } });

const declared = (namespaces: object = policy(), more: object = {}): Properties => inputs(namespaces, more);

let world: HandlerWorld;
beforeEach(() => {
    world = new HandlerWorld();
    machine().behindOurBack.writeFile(FILE, ORIGINAL);
});
const handler = () => world.handler("WmiNamespaceSecurity");
const machine = () => world.machine("a");
const text = (file = FILE) => machine().files.text(file);
const read = async (id: string, state: Properties) => handler().read(id, state);
const definitionIn = ({ inputs }: { inputs: Properties }) =>
    (inputs["namespaces"] as Record<string, Record<string, unknown>>)["root/contoso"]?.["definitionMof"];

describe("a definition", () => {
    test("is edited and compiled with a backup beside it, and put back byte for byte", async () => {
        const { id, outs } = await handler().create(declared());
        expect(text()).toContain(ORIGINAL.trimEnd());
        expect(text()).toContain("[RequiresEncryption(TRUE)]");
        expect(text(BACKUP)).toBe(ORIGINAL);
        expect(outs).toMatchObject({ defined: { "root/contoso": true }, status: { "root/contoso": "compliant" } });
        expect(Object.keys(outs["before"] as object)).toEqual(["namespace:root/contoso", "definition:c:\\contoso\\contoso.mof"]);
        expect((await read(id, outs)).inputs).toEqual(declared());
        expect(handler().diff(outs, declared())).toEqual({});

        machine().writes.clear();
        await handler().update(id, outs, declared());
        expect(machine().writes.all).toEqual([]);

        await handler().delete(id, outs);
        expect(text()).toBe(ORIGINAL);
        expect(machine().files.list()).toEqual([FILE]);
        expect([machine().flag("root/contoso"), machine().ledger()]).toEqual([false, {}]);
    });

    test("that somebody changed is drift that says what it says now, and heals", async () => {
        const { id, outs } = await handler().create(declared());
        const ours = text() ?? "";
        for (const [now, said] of [
            [ours.replace("TRUE", "FALSE"), "FALSE"],
            [NEWER, "absent"],
            ["class {", "unreadable"],
            [undefined, "missing"],
        ] as const) {
            if (now === undefined) machine().behindOurBack.deleteFile(FILE);
            else machine().behindOurBack.writeFile(FILE, now);
            const drifted = await read(id, outs);
            expect(definitionIn(drifted)).toBe(`${FILE}: ${said}`);
            expect(drifted.outs["status"]).toEqual({ "root/contoso": "drifted" });
            expect(drifted.outs["observed"]).toEqual({ "root/contoso": true });
            expect(world.said.at(-1)).toContain(`root/contoso: ${FILE} `);
            expect(handler().diff(drifted.outs, declared())).toEqual({});
            expect(handler().diff(drifted.outs, drifted.inputs)).toEqual({ changes: true });
        }
        machine().behindOurBack.writeFile(FILE, NEWER);
        const healed = await handler().update(id, (await read(id, outs)).outs, declared());
        expect(text()).toContain("Contoso Billing 4.3");
        expect(text()).toContain("[RequiresEncryption(TRUE)]");
        expect(world.said.at(-1)).toMatch(/^warn a: .*was replaced or changed by somebody since our last edit/);
        await handler().delete(id, healed);
        expect(text()).toContain("Contoso Billing 4.3");
        expect(machine().files.text(`${FILE}.pulumi-wmisec-backup`)).toBe(ORIGINAL);
        expect(world.said.at(-1)).toMatch(/was left as it is, with our flag in it.*, because its backup is not the original/);
    });

    test("that may not be read does not hide the flag's drift", async () => {
        const { id, outs } = await handler().create(declared());
        machine().behindOurBack.setFlag("root/contoso", false);
        machine().faults.on("fileDenied", { files: [FILE] });
        const found = await read(id, outs);
        expect(found.inputs).toEqual(declared(policy({ requiresEncryption: false, definitionMof: `${FILE}: denied` })));
        expect(found.outs["status"]).toEqual({ "root/contoso": "drifted" });
        machine().faults.off();
        machine().faults.on("definitionUnsafe", {});
        expect(definitionIn(await read(id, outs))).toBe(`${FILE}: unreadable`);
        expect(world.said.at(-1)).toMatch(/is unreadable \(.*S-1-5-32-545/);
    });

    test("with what the simulated compiler does not do is left as it was, and the error speaks of the simulation", async () => {
        const withInclude = `${ORIGINAL}#pragma include("other.mof")\r\n`;
        machine().behindOurBack.writeFile(FILE, withInclude);
        await expect(handler().create(declared())).rejects.toThrow(
            /does not support #pragma include \(line 4\); Windows does[\s\S]*this host is simulated/,
        );
        expect(text()).toBe(withInclude);
        await expect(handler().create(declared())).rejects.toMatchObject({ failure: { code: "notSimulated" } });
    });

    test("that the program no longer declares is put back; the flag stays", async () => {
        const { id, outs } = await handler().create(declared());
        const updated = await handler().update(id, outs, declared(policy({ definitionMof: undefined })));
        expect(updated).not.toHaveProperty("defined");
        expect([text(), machine().files.list(), machine().flag("root/contoso")]).toEqual([ORIGINAL, [FILE], true]);
    });

    test("another spelling of its path changes nothing", async () => {
        const { id, outs } = await handler().create(declared());
        const news = declared(policy({ definitionMof: FILE.toLowerCase() }));
        expect(handler().diff(outs, news)).toEqual({ changes: false });
        machine().writes.clear();
        await handler().update(id, outs, news);
        expect(machine().writes.all).toEqual([]);
    });

    test("moves to another file: the old one is put back, the new one edited", async () => {
        const { id, outs } = await handler().create(declared());
        machine().behindOurBack.writeFile("C:\\Contoso\\new.mof", NEWER);
        await handler().update(id, outs, declared(policy({ definitionMof: "C:\\Contoso\\new.mof" })));
        expect(text()).toBe(ORIGINAL);
        expect(text("C:\\Contoso\\new.mof")).toContain("RequiresEncryption(TRUE)");
        expect(text(BACKUP)).toBeUndefined();
    });
});

describe("a delete", () => {
    test("leaves what somebody changed since, and says where the backup is", async () => {
        const { id, outs } = await handler().create(declared());
        machine().behindOurBack.writeFile(FILE, NEWER);
        await handler().delete(id, outs);
        expect([text(), text(BACKUP)]).toEqual([NEWER, ORIGINAL]);
        expect(world.said.join("\n").toLowerCase()).toContain(`somebody changed it since; the backup is ${BACKUP.toLowerCase()}`);
        expect(machine().ledger()).toEqual({});
    });

    test("under onDelete: leave leaves file and backup, and says where that is", async () => {
        const { id, outs } = await handler().create(declared(policy(), { onDelete: "leave" }));
        await handler().delete(id, outs);
        expect(text()).toContain("RequiresEncryption(TRUE)");
        expect(text(BACKUP)).toBe(ORIGINAL);
        expect(world.said.join("\n").toLowerCase()).toContain(`the original is in ${BACKUP.toLowerCase()}`);
    });

    test("puts back a newer version that was edited where the first one needed no edit", async () => {
        const says = (flag: string, version: string) =>
            `// ${version}\r\n#pragma namespace("\\\\\\\\.\\\\root\\\\contoso")\r\n[RequiresEncryption(${flag})]\r\ninstance of __SystemSecurity { };\r\n`;
        machine().behindOurBack.writeFile(FILE, says("TRUE", "v1"));
        const { id, outs } = await handler().create(declared());
        machine().behindOurBack.writeFile(FILE, says("FALSE", "v2"));
        const updated = await handler().update(id, (await read(id, outs)).outs, declared());
        expect(text()).toBe(says("TRUE", "v2"));
        await handler().delete(id, updated);
        expect([text(), machine().files.list()]).toEqual([says("FALSE", "v2"), [FILE]]);
    });

    test("of a resource whose file said so already changes nothing", async () => {
        await handler().delete("life-0", (await handler().create(declared())).outs);
        machine().behindOurBack.writeFile(FILE, `${ORIGINAL}[RequiresEncryption(TRUE)] instance of __SystemSecurity { };\r\n`);
        const already = text();
        world.said.length = 0;
        const { id, outs } = await handler().create(declared(policy(), { owner: "org/second" }));
        await handler().delete(id, outs);
        expect(text()).toBe(already);
    });
});

describe("a file that can't be read any more, and is to be put back", () => {
    const problems: [string, string, () => void][] = [
        ["changeable by others", "definitionUnsafe", () => machine().faults.on("definitionUnsafe", {})],
        ["denied", "denied", () => machine().faults.on("fileDenied", { files: [FILE] })],
        ["too large", "definitionUnreadable", () => machine().behindOurBack.writeFile(FILE, Buffer.alloc(700_001, " "))],
    ];
    test.each(problems)("%s: told, and the way out that is told works", async (_title, code, breakIt) => {
        const { id, outs } = await handler().create(declared());
        breakIt();
        const drifted = (await read(id, outs)).outs;
        const without = policy({ definitionMof: undefined });
        const told = {
            code,
            details: { remedy: expect.stringMatching(/remove definitionMof from the program .*set onDelete: "leave" and run pulumi up/) },
        };
        await expect(handler().delete(id, drifted)).rejects.toMatchObject(told);
        await expect(handler().update(id, drifted, declared(without))).rejects.toMatchObject(told);
        const left = await handler().update(id, drifted, declared(without, { onDelete: "leave" }));
        expect(text(BACKUP)).toBe(ORIGINAL);
        await handler().delete(id, await handler().update(id, left, declared(without)));
        expect([machine().flag("root/contoso"), machine().ledger()]).toEqual([false, {}]);
    });

    test("declared as before: the remedy is to mend the file", async () => {
        const { id, outs } = await handler().create(declared());
        machine().behindOurBack.setFlag("root/contoso", false);
        machine().faults.on("definitionUnsafe", {});
        await expect(handler().update(id, (await read(id, outs)).outs, declared())).rejects.toMatchObject({
            details: { remedy: expect.not.stringContaining("onDelete") },
        });
    });
});

describe("a file that can't be edited is an error before anything is written, the flag included", () => {
    const refused = async (code: string) => {
        machine().writes.clear();
        expect(await codeOf(handler().create(declared()))).toBe(code);
        expect(machine().writes.all).toEqual([]);
    };

    test("not there", async () => {
        machine().behindOurBack.deleteFile(FILE);
        await refused("definitionMissing");
    });
    test.each(["class X {", "\u{fffd}"])("not MOF: %j", async (content) => {
        machine().behindOurBack.writeFile(FILE, content);
        await refused("definitionUnreadable");
    });
    test("too large", async () => {
        machine().behindOurBack.writeFile(FILE, Buffer.alloc(700_001, " "));
        await refused("definitionUnreadable");
    });
    test("changeable by others", async () => {
        machine().faults.on("definitionUnsafe", { files: [FILE] });
        await refused("definitionUnsafe");
    });
    test("denied", async () => {
        machine().faults.on("fileDenied", { files: [FILE] });
        await refused("denied");
    });
});

describe("a file that the compiler refuses is as it was, and the error names it", () => {
    test.each(["check", "compile"] as const)("in the %s", async (during) => {
        machine().behindOurBack.setFlag("root/contoso", true);
        machine().faults.on("mofcompExit", { exit: during === "check" ? 3 : 1, during });
        const { failure, id, properties } = await partial(handler().create(declared()));
        expect(failure).toMatchObject({ code: during === "check" ? "mofSyntax" : "mofRejected", host: "a" });
        expect(failure.message).toContain(`mofcomp refused ${FILE}`);
        expect(failure.message).toContain(during === "check" ? "the file was not touched" : "the file was restored");
        expect([text(), machine().files.list()]).toEqual([ORIGINAL, [FILE]]);
        machine().faults.off();
        await handler().delete(id, properties);
        expect([text(), machine().ledger()]).toEqual([ORIGINAL, {}]);
    });
});

describe("changed by somebody between our look and our write", () => {
    test("once: looked at and edited again, what somebody wrote included", async () => {
        let times = 0;
        world.meanwhile = () => {
            if (++times === 1) machine().behindOurBack.writeFile(FILE, NEWER);
        };
        await handler().create(declared());
        expect(text()).toContain("Contoso Billing 4.3");
        expect(text()).toContain("RequiresEncryption(TRUE)");
    });

    test("each time: an error", async () => {
        let times = 0;
        world.meanwhile = () => machine().behindOurBack.writeFile(FILE, ORIGINAL.replace("4.2", `5.${++times}`));
        const { failure } = await partial(handler().create(declared()));
        expect(failure).toMatchObject({ code: "changedMeanwhile" });
        expect(text()).toContain(`Contoso Billing 5.${times}`);
    });
});

test("text that a read found leaves the file alone, and goes when it is as declared again", async () => {
    const { id, outs } = await handler().create(declared());
    const ours = text() ?? "";
    machine().behindOurBack.writeFile(FILE, NEWER);
    const drifted = await read(id, outs);
    const ignored = declared(policy({ definitionMof: definitionIn(drifted) }));
    machine().writes.clear();
    const updated = await handler().update(id, drifted.outs, ignored);
    expect(machine().writes.items).toEqual([]);
    expect(text()).toBe(NEWER);
    expect(handler().diff(updated, ignored)).toEqual({});
    expect((await read(id, updated)).inputs).toEqual(ignored);
    machine().behindOurBack.writeFile(FILE, ours);
    expect((await read(id, updated)).inputs).toEqual(declared());
    await handler().delete(id, updated);
    expect([text(), machine().files.list()]).toEqual([ORIGINAL, [FILE]]);
});

test("if the namespace does not exist, the file is not edited, and a missing file is no drift", async () => {
    machine().behindOurBack.removeNamespace("root/contoso");
    machine().behindOurBack.deleteFile(FILE);
    machine().writes.clear();
    const { id, outs } = await handler().create(declared(policy({ whenMissing: "skip" })));
    expect(machine().writes.all).toEqual([]);
    expect((await read(id, outs)).inputs).toEqual(declared(policy({ whenMissing: "skip" })));
});

test("two resources that declare one file for one namespace share it; the last one puts it back", async () => {
    const one = await handler().create(declared());
    const two = await handler().create(declared(policy(), { owner: "org/second" }));
    await handler().delete(one.id, one.outs);
    expect(text()).toContain("RequiresEncryption(TRUE)");
    await handler().delete(two.id, two.outs);
    expect([text(), machine().files.list()]).toEqual([ORIGINAL, [FILE]]);
});

test("the state may be lost: the ledger knows what to put back", async () => {
    await handler().create(declared());
    const { id, outs } = await handler().create(declared());
    await handler().delete(id, outs);
    expect([text(), machine().files.list()]).toEqual([ORIGINAL, [FILE]]);
});

test("UTF-16 stays UTF-16", async () => {
    const utf16 = Buffer.from(`\ufeff${ORIGINAL}`, "utf16le");
    machine().behindOurBack.writeFile(FILE, utf16);
    const { id, outs } = await handler().create(declared());
    expect(machine().files.get(FILE)?.bytes.toString("utf16le")).toContain("[RequiresEncryption(TRUE)]");
    expect(machine().files.get(FILE)?.bytes.subarray(0, 2)).toEqual(Buffer.from([0xff, 0xfe]));
    await handler().delete(id, outs);
    expect(machine().files.get(FILE)?.bytes).toEqual(utf16);
});
