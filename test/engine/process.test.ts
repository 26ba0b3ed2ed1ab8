import { cpSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { SimulatedHost } from "../../provider/simulator";
import { REPOSITORY } from "./cli";
import { HEADS } from "./heads";
import type { Project, Way } from "./project";
import { until } from "./until";
import { NAMESPACES, World } from "./world";

const PACKAGE = JSON.parse(readFileSync(join(REPOSITORY, "package.json"), "utf8")) as { dependencies: Record<string, string> };

const world = new World();
afterAll(() => world.dispose());

const policies = (count: number) =>
    Object.keys(NAMESPACES)
        .concat(["root/cimv2", "root/default", "root/subscription"])
        .slice(0, count)
        .map(
            (path) =>
                `new wmisec.WmiNamespaceSecurity("${path}", { connection: hosts.web01, namespaces: { "${path}": { requiresEncryption: true } } });`,
        )
        .concat([`new wmisec.UnsecAppPolicy("sinks", { connection: hosts.web01, checkAccess: true });`])
        .join("\n");

test("one session and one process on a host for a phase, whatever the number of resources on it", async () => {
    const host = await world.host("web01");
    const project = await world.project();
    project.program([host], policies(5));
    const phase = async (args: readonly string[]) => {
        const { connections, processesStarted } = host.counters;
        await project.succeeds(args);
        return { connections: host.counters.connections - connections, processes: host.counters.processesStarted - processesStarted };
    };
    expect(await phase(["up", "--yes", "--skip-preview"])).toEqual({ connections: 1, processes: 1 });
    expect(await phase(["preview", "--refresh"])).toEqual({ connections: 1, processes: 1 });
    expect(await phase(["up", "--yes", "--skip-preview", "--refresh"])).toEqual({ connections: 1, processes: 1 });
    expect(await phase(["preview"])).toEqual({ connections: 0, processes: 0 });
    expect(await phase(["destroy", "--yes", "--skip-preview"])).toEqual({ connections: 1, processes: 1 });
});

const TEXTS = {
    WmiNamespaceSecurity: 'exports.handler=()=>require("pulumi-wmisec/provider").handler("WmiNamespaceSecurity")',
    UnsecAppPolicy: 'exports.handler=()=>require("pulumi-wmisec/provider").handler("UnsecAppPolicy")',
};

test.each([
    ["linked", (folder: string) => symlinkSync(REPOSITORY, join(folder, "node_modules/pulumi-wmisec"), "junction")],
    [
        "installed",
        (folder: string) => {
            const target = join(folder, "node_modules/pulumi-wmisec");
            mkdirSync(target);
            for (const part of ["package.json", "dist"]) cpSync(join(REPOSITORY, part), join(target, part), { recursive: true });
            // What these need is found from where they really lie.
            for (const dependency of Object.keys(PACKAGE.dependencies)) {
                symlinkSync(join(REPOSITORY, "node_modules", dependency), join(folder, "node_modules", dependency), "junction");
            }
        },
    ],
    [
        "by path",
        (folder: string) => {
            mkdirSync(join(folder, "vendor"));
            symlinkSync(REPOSITORY, join(folder, "vendor/wmisec"), "junction");
            symlinkSync("../vendor/wmisec", join(folder, "node_modules/pulumi-wmisec"), "junction");
        },
    ],
])("the text in __provider is the frozen one, under 120 bytes: %s", async (_how, install) => {
    const host = await world.host("web01");
    const project = await world.project({ install });
    project.program([host], policies(1));
    await project.up();
    for (const { type, inputs, outputs } of project.resources()) {
        const text = TEXTS[type.split(":").at(-1) as keyof typeof TEXTS];
        expect(text.length).toBeLessThan(120);
        expect(inputs["__provider"]).toBe(text);
        expect(outputs["__provider"]).toBe(text);
    }
    await project.destroy();
});

test("a program in a folder without the package is told at once", async () => {
    const project = await world.project({ install: () => undefined });
    project.programOf({}, "");
    expect(await project.fails(["preview"])).toMatch(/Cannot find module 'pulumi-wmisec'/);
    project.write(
        `const wmisec = require(${JSON.stringify(REPOSITORY)}); new wmisec.UnsecAppPolicy("policy", { connection: { host: "web-07" }, checkAccess: true });`,
    );
    expect(await project.fails(["preview"])).toMatch(/would not find pulumi-wmisec from .*: add it to your project/);
});

/** @throws with the CLI's output when it ends before it comes to that. */
async function comesTo(up: ReturnType<Project["start"]>, condition: () => boolean): Promise<void> {
    let ended: string | undefined;
    void up.ended.then(({ output }) => (ended = output));
    await until(() => condition() || ended !== undefined, 120);
    if (!condition()) throw new Error(`up never came to it: ${ended ?? "it is still running"}`);
}

/** An up in the middle: the host takes its time with the first look, so nothing is written yet. */
async function inTheMiddle(way: Way): Promise<{ host: SimulatedHost; project: Project; up: ReturnType<Project["start"]> }> {
    const host = await world.host("web01");
    const project = await world.project(way);
    project.program([host], policies(3));
    host.faults.on("answerLate", { verb: "observe", ms: 1_500 });
    const up = project.start(["up", "--yes", "--skip-preview"]);
    await comesTo(up, () => host.counters.requests.observe > 0);
    return { host, project, up };
}

/** Processes are found by /proc. */
const onLinux =
    process.platform === "linux"
        ? test
        : (title: string) => test.skip(`${title} [skipped: needs Linux, to see processes]`, () => undefined);

/** The host has carried out the write, and the engine is not told of it for ever. */
async function afterTheWrite(way: Way): Promise<{ host: SimulatedHost; project: Project; up: ReturnType<Project["start"]> }> {
    const host = await world.host("web01");
    const project = await world.project(way);
    // One resource: a second one's write could be the one that hangs.
    project.program([host], policies(1).split("\n")[0] ?? "");
    host.faults.on("verbHangs", { verb: "apply", when: "after" });
    const up = project.start(["up", "--yes", "--skip-preview"]);
    await comesTo(up, () => host.machine.flag("root/Contoso") === true);
    return { host, project, up };
}

describe.each(HEADS)("by the %s head", (_head, way) => {
    onLinux("after a SIGKILL of the engine no plugin writes or lives on; the next up heals", async () => {
        const { host, project, up } = await inTheMiddle(way);
        expect(project.plugins().length).toBeGreaterThan(0);
        up.child.kill("SIGKILL");
        await up.ended;
        expect(await until(() => project.plugins().length === 0, 10)).toBe(true);
        expect(await until(() => host.counters.processesRunning === 0, 10)).toBe(true);
        expect(host.writes.items).toEqual([]);
        host.faults.off();
        await project.succeeds(["cancel", "--yes"]);
        await project.up("--refresh");
        expect(host.machine.flag("root/Contoso")).toBe(true);
        await project.destroy();
        expect(host.machine.ledger()).toEqual({});
    });

    onLinux(
        "a SIGKILL between the host's write and the checkpoint: the next up adopts, and destroy puts back what stood there first",
        async () => {
            const { host, project, up } = await afterTheWrite(way);
            up.child.kill("SIGKILL");
            await up.ended;
            expect(await until(() => project.plugins().length === 0, 10)).toBe(true);
            host.faults.off();
            expect(project.resources()).toEqual([]);
            await project.succeeds(["cancel", "--yes"]);
            await project.up("--refresh");
            expect(host.writes.flagHistory("root/Contoso")).toEqual([null, true]);
            await project.destroy();
            expect(host.machine.flag("root/Contoso")).toBe(false);
            expect(host.machine.ledger()).toEqual({});
        },
    );

    onLinux("SIGINT ends the plugin within a second of the operation's end", async () => {
        const { host, project, up } = await inTheMiddle(way);
        up.child.kill("SIGINT");
        const [plugin] = project.plugins();
        await up.ended;
        expect(plugin).toBeDefined();
        expect(project.plugins()).toEqual([]);
        host.faults.off();
        await project.up("--refresh");
        await project.destroy();
        expect(host.machine.ledger()).toEqual({});
    });

    onLinux("the plugin itself ends on SIGINT and on SIGTERM, in the middle of a request", async () => {
        for (const signal of ["SIGINT", "SIGTERM"] as const) {
            const { host, project, up } = await inTheMiddle(way);
            const [plugin] = project.plugins();
            if (plugin === undefined) throw new Error("no plugin");
            process.kill(plugin, signal);
            expect(await until(() => !project.plugins().includes(plugin), 5)).toBe(true);
            await up.ended;
            expect(await until(() => host.counters.processesRunning === 0, 10)).toBe(true);
        }
    });
});
