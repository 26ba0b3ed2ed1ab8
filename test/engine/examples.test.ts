import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SimulatedHost } from "../../provider/simulator";
import { blocksOf } from "../docs/markdown";
import { Cli, REPOSITORY, TYPES_CHECKED } from "./cli";
import { World, writesOf } from "./world";

const PASSWORD = "of the examples' test";
const USER = { user: "CONTOSO\\svc-pulumi", password: PASSWORD };
/** In place of a picture that a document has no more. */
const NO_PICTURE = "a picture of drift";
/** Of this run: a stack's settings lie in the example's folder for as long as it runs. */
const STACK = `test-${process.pid}`;

const world = new World();
const clis: Cli[] = [];
afterAll(async () => {
    for (const cli of clis) {
        cli.dispose();
        rmSync(join(cli.folder, `Pulumi.${STACK}.yaml`), { force: true });
    }
    await world.dispose();
});

const host = (name: string) =>
    world.host(name, { users: [USER], machine: { namespaces: { "root/Contoso/Billing": null, "root/MicrosoftDNS": null } } });

async function inFolder(folder: string, name: string, config: Record<string, string>): Promise<Cli> {
    const cli = new Cli({ folder: join(REPOSITORY, folder), name, environment: { WMISEC_TEST_PASSWORD: PASSWORD, ...TYPES_CHECKED } });
    clis.push(cli);
    await cli.succeeds(["stack", "init", STACK]);
    const all = { "wmisec:user": USER.user, "wmisec:passwordEnv": "WMISEC_TEST_PASSWORD", ...config };
    for (const [key, value] of Object.entries(all)) await cli.succeeds(["config", "set", "--plaintext", key, value]);
    return cli;
}

const FLAGS = ["root/cimv2", "root/MicrosoftDNS"];

/** Pictures of drift in a document, line by line, without what differs from run to run. */
function picturesIn(file: string): readonly (readonly string[])[] {
    const pictures = blocksOf(file, "text").filter((block) => block.startsWith("$ pulumi preview"));
    return pictures.map((picture) => alike(picture).slice(1));
}

const [ofReadme = [NO_PICTURE]] = picturesIn("README.md");
const [oneHost = [NO_PICTURE], fleet = [NO_PICTURE]] = picturesIn("docs/drift.md");
const PICTURES = { oneHost, fleet: { "README.md": ofReadme, "docs/drift.md": fleet } };

test("examples/one-host, by pulumi in its folder", async () => {
    const web = await host("web-07");
    const cli = await inFolder("examples/one-host", "wmisec-one-host", {
        host: web.address,
        "wmisec:port": String(web.port),
        "wmisec:hostKey": web.hostKey,
    });
    await cli.up();
    expect(FLAGS.map((path) => web.machine.flag(path))).toEqual([true, true]);
    web.machine.behindOurBack.setFlag("root/cimv2", false);
    const { code, output } = await cli.gate();
    expect(code).toBe(7);
    expect(missingFrom(PICTURES.oneHost, alike(output))).toEqual([]);
    await cli.up("--refresh");
    const outputs = JSON.parse(await cli.succeeds(["stack", "output", "--json"]));
    expect(outputs).toMatchObject({
        observed: { "root/cimv2": true, "root/MicrosoftDNS": true },
        before: { "namespace:root/cimv2": "absent" },
        effects: { defaultCheckAccess: "checks" },
    });
    await cli.destroy();
    expect(FLAGS.map((path) => web.machine.flag(path))).toEqual([false, false]);
    await cli.succeeds(["stack", "rm", STACK, "--yes"]);
});

function alike(output: string): string[] {
    return output
        .replace(/127\.\d+\.\d+\.\d+/g, "ADDRESS")
        .replace(/^Previewing update \([\w-]+\):$/m, "Previewing update:")
        .split("\n")
        .map((line) => line.trimEnd())
        .filter((line) => line !== "");
}

/** Those that the other has not, in this order. */
function missingFrom(lines: readonly string[], others: readonly string[]): string[] {
    let at = 0;
    return lines.filter((line) => {
        const found = others.indexOf(line, at);
        if (found >= 0) at = found + 1;
        return found < 0;
    });
}

const inventoryOf = (hosts: readonly SimulatedHost[]) =>
    Object.fromEntries(
        hosts.map(({ name, address, port, hostKey }, index) => [
            name,
            {
                connection: { host: address, port, hostKey },
                namespaces: { "root/Contoso/Billing": { requiresEncryption: true } },
                ...(index === 0 && { ring: "canary" }),
            },
        ]),
    );

test.each([
    ["examples/fleet", "examples/fleet"],
    ["the root Pulumi.yaml", "."],
])("%s, by pulumi in its folder: a plain preview shows drift, a plain up heals it", async (_title, folder) => {
    const hosts = await Promise.all(["web-01", "web-02", "web-03"].map(host));
    const inventory = join(world.scratch, `inventory-${hosts[0]?.port}.json`);
    writeFileSync(inventory, JSON.stringify(inventoryOf(hosts)));
    const cli = await inFolder(folder, "wmisec-fleet", { inventory });
    await cli.up();
    for (const one of hosts) expect(one.machine.flag("root/Contoso/Billing")).toBe(true);
    for (const one of hosts) writesOf(one);
    hosts[1]?.machine.behindOurBack.setFlag("root/cimv2", false);
    const { code, output } = await cli.pulumi(["preview", "--expect-no-changes", "--diff"]);
    expect(code).toBe(7);
    expect(output).toMatch(/root\/cimv2 is false, declared true/);
    expect(output).toMatch(/1 to update/);
    for (const [file, lines] of Object.entries(PICTURES.fleet)) expect([file, missingFrom(lines, alike(output))]).toEqual([file, []]);
    await cli.up();
    expect(hosts.map(writesOf)).toEqual([[], ["root/cimv2: false -> true"], []]);
    await cli.destroy();
    await cli.succeeds(["stack", "rm", STACK, "--yes"]);
});

test("the README shows examples/one-host as it is", () => {
    const readme = readFileSync(join(REPOSITORY, "README.md"), "utf8");
    expect(readme).toContain(readFileSync(join(REPOSITORY, "examples/one-host/index.ts"), "utf8").trim());
});
