import type { SimulatedHost } from "../../provider/simulator";
import { NATIVE } from "./heads";
import type { Project } from "./project";
import { World, writesOf } from "./world";

const world = new World(NATIVE);
afterAll(() => world.dispose());

const FILE = "C:\\Contoso\\contoso.mof";
const BACKUP = `${FILE}.pulumi-wmisec-backup`;
/** As a product brings it: UTF-16, comments, a class, and a flag that lets everybody in. */
const ORIGINAL = Buffer.from(
    [
        "\ufeff// Contoso Billing 4.2, © Contoso",
        '#pragma namespace("\\\\\\\\.\\\\root\\\\Contoso")',
        "/* an open door */ [RequiresEncryption(FALSE)]",
        "instance of __SystemSecurity { };",
        '[Description("A bill")] class Contoso_Bill { [key] string Id; };',
        "",
    ].join("\r\n"),
    "utf16le",
);

const program = (more = "", options = "") => `new wmisec.WmiNamespaceSecurity("policy", { connection: hosts.web01, namespaces: {
    "root/Contoso": { requiresEncryption: true, definitionMof: ${JSON.stringify(FILE)} },
    "root/cimv2": { requiresEncryption: true },
}${more} }${options});`;

async function contososHost(): Promise<SimulatedHost> {
    const host = await world.host("web01");
    host.machine.behindOurBack.writeFile(FILE, ORIGINAL);
    host.writes.clear();
    return host;
}
const bytes = ({ machine }: SimulatedHost, file = FILE) => machine.files.get(file)?.bytes;
const text = (host: SimulatedHost) => bytes(host)?.toString("utf16le");
const edit = (host: SimulatedHost, from: string, to: string) =>
    host.machine.behindOurBack.writeFile(FILE, Buffer.from(text(host)?.replace(from, to) ?? "", "utf16le"));

describe("the life of a definition", () => {
    let host: SimulatedHost;
    let project: Project;

    beforeAll(async () => {
        host = await contososHost();
        project = await world.project();
        project.program([host], program());
    });

    test("preview shows it and writes nothing", async () => {
        expect(await project.preview()).toMatch(/definitionMof\s*: "C:\\\\Contoso\\\\contoso\.mof"/);
        expect(host.writes.all).toEqual([]);
    });

    test("up sets the flag in the file and nothing else, with a backup beside it; up again does nothing", async () => {
        await project.up();
        expect(text(host)).toBe(ORIGINAL.toString("utf16le").replace("FALSE", "TRUE"));
        expect(bytes(host, BACKUP)).toEqual(ORIGINAL);
        expect(host.machine.flag("root/Contoso")).toBe(true);
        host.writes.clear();
        expect(await project.up("--refresh")).toMatch(/2 unchanged/);
        expect(host.writes.all).toEqual([]);
        expect((await project.gate()).code).toBe(0);
    });

    test("that somebody edited, so that it says FALSE, is drift that a preview shows, and up heals it", async () => {
        edit(host, "TRUE", "FALSE");
        host.writes.clear();
        const { code, output } = await project.gate();
        expect(code).toBe(7);
        expect(output).toMatch(/definitionMof\s*: ("C:.*contoso\.mof" => "C:.*contoso\.mof: FALSE"|"C:.*: FALSE" => "C:.*mof")/);
        expect(output).toMatch(/contoso\.mof says false, declared true for root\/contoso/);
        expect(output).not.toMatch(/~ root\/cimv2/);
        expect(host.writes.all).toEqual([]);
        await project.up("--refresh");
        expect(text(host)).toContain("RequiresEncryption(TRUE)");
        expect((await project.gate()).code).toBe(0);
    });

    test("destroy puts it back byte for byte, and leaves no trace", async () => {
        await project.destroy();
        expect(bytes(host)).toEqual(ORIGINAL);
        expect(host.machine.files.list()).toEqual([FILE]);
        expect(host.machine.flag("root/Contoso")).toBe(false);
        expect(host.machine.ledger()).toEqual({});
    });
});

test("a newer version of the product's file is edited again, and a destroy does not bring the older one back", async () => {
    const host = await contososHost();
    const project = await world.project();
    project.program([host], program());
    await project.up();
    const newer = ORIGINAL.toString("utf16le").replace("4.2", "5.0");
    host.machine.behindOurBack.writeFile(FILE, Buffer.from(newer, "utf16le"));
    expect((await project.gate()).code).toBe(7);
    expect(await project.up("--refresh")).toMatch(/replaced or changed by somebody since our last edit/);
    const edited = newer.replace("FALSE", "TRUE");
    expect(text(host)).toBe(edited);
    expect(await project.destroy()).toMatch(
        /left as it is, with our flag in it.*, because its backup is not the original; the backup is .*pulumi-wmisec-backup/,
    );
    expect([text(host), bytes(host, BACKUP)]).toEqual([edited, ORIGINAL]);
    expect(host.machine.flag("root/Contoso")).toBe(false);
    expect(host.machine.ledger()).toEqual({});
});

test("a file that is gone: drift, then an error that says what to do, and nothing is written", async () => {
    const host = await contososHost();
    const project = await world.project();
    project.program([host], program());
    await project.up();
    host.machine.behindOurBack.deleteFile(FILE);
    host.writes.clear();
    const { code, output } = await project.gate();
    expect(code).toBe(7);
    expect(output).toMatch(/contoso\.mof: missing/);
    const failed = await project.fails(["up", "--yes", "--skip-preview", "--refresh"]);
    expect(failed).toContain(`there is no file ${FILE}`);
    expect(failed).toContain("remove definitionMof");
    expect(host.writes.all).toEqual([]);
    host.machine.behindOurBack.writeFile(FILE, ORIGINAL);
    await project.up("--refresh");
    await project.destroy();
    expect([bytes(host), host.machine.files.list()]).toEqual([ORIGINAL, [FILE]]);
});

test("a file that is not MOF: an error with the line, and nothing is written", async () => {
    const host = await contososHost();
    host.machine.behindOurBack.writeFile(FILE, "// fine\r\nclass {\r\n");
    host.writes.clear();
    const project = await world.project();
    project.program([host], program());
    expect(await project.fails(["up", "--yes", "--skip-preview"])).toMatch(/contoso\.mof can't be edited[\s\S]*line 2: /);
    expect(host.writes.all).toEqual([]);
});

test("ignoreChanges on definitionMof: its drift is left alone, the flag's is healed", async () => {
    const host = await contososHost();
    const project = await world.project();
    project.program([host], program("", `, { ignoreChanges: ['namespaces["root/Contoso"].definitionMof'] }`));
    await project.up();
    edit(host, "TRUE", "FALSE");
    host.machine.behindOurBack.setFlag("root/Contoso", false);
    host.writes.clear();
    await project.up("--refresh");
    expect(writesOf(host)).toEqual(["root/contoso: false -> true"]);
    await project.up("--refresh");
    expect(host.writes.items).toEqual([]);
    expect(text(host)).toContain("RequiresEncryption(FALSE)");
    await project.destroy();
});

test("onDelete: leave leaves file and backup, and says where the backup is", async () => {
    const host = await contososHost();
    const project = await world.project();
    project.program([host], program(`, onDelete: "leave"`));
    await project.up();
    expect(await project.destroy()).toMatch(/the original is in .*contoso\.mof\.pulumi-wmisec-backup/i);
    expect(text(host)).toContain("RequiresEncryption(TRUE)");
    expect(bytes(host, BACKUP)).toEqual(ORIGINAL);
    expect(host.machine.ledger()).toEqual({});
});

test("by the compiler's API, together with autorecover, and back", async () => {
    const host = await contososHost();
    const before = host.machine.autorecoverList;
    const project = await world.project();
    host.faults.on("mofcompBlocked", {});
    project.program([host], program(`, autorecover: true, compiler: "api"`));
    await project.up();
    expect(text(host)).toContain("RequiresEncryption(TRUE)");
    expect(host.machine.autorecoverList).toHaveLength(before.length + 2);
    await project.destroy();
    expect([bytes(host), host.machine.files.list(), host.machine.autorecoverList, host.machine.ledger()]).toEqual([
        ORIGINAL,
        [FILE],
        before,
        {},
    ]);
});

test("one file for two namespaces is refused before anything is touched", async () => {
    const host = await contososHost();
    const project = await world.project();
    project.program(
        [host],
        program().replace(`"root/cimv2": { `, `"root/cimv2": { definitionMof: ${JSON.stringify(FILE.toLowerCase())}, `),
    );
    expect(await project.fails(["preview"])).toMatch(/a file belongs to one namespace\. Split the file/);
    expect(host.counters.connections).toBe(0);
});
