import { cpSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";
import type { SimulatedHost } from "../../provider/simulator";
import { Cli, REPOSITORY, TYPES_CHECKED } from "./cli";
import { World, writesOf } from "./world";

const PASSWORD = "of the shards' test";
const USER = { user: "CONTOSO\\svc-pulumi", password: PASSWORD };

const world = new World();
const clis: Cli[] = [];
afterAll(async () => {
    for (const cli of clis) cli.dispose();
    await world.dispose();
});

const hostsOf = (...names: string[]) => Promise.all(names.map((name) => world.host(name, { users: [USER] })));

/** A copy of examples/sharded, whose hosts are in the shards that a test says. */
class Sharded extends Cli {
    constructor(private readonly hosts: readonly SimulatedHost[]) {
        const folder = join(world.scratch, `sharded-${clis.length}`);
        cpSync(join(REPOSITORY, "examples/sharded"), folder, { recursive: true, filter: (file) => !/Pulumi\.[^/\\]+\.yaml$/.test(file) });
        symlinkSync(join(REPOSITORY, "node_modules"), join(folder, "node_modules"), "junction");
        const project = parseDocument(readFileSync(join(folder, "Pulumi.yaml"), "utf8"));
        project.setIn(["config", "wmisec:passwordEnv"], { value: "WMISEC_TEST_PASSWORD" });
        project.deleteIn(["config", "wmisec:privateKeyEnv"]);
        writeFileSync(join(folder, "Pulumi.yaml"), String(project));
        super({ folder, name: "wmisec-sharded", environment: { WMISEC_TEST_PASSWORD: PASSWORD, ...TYPES_CHECKED } });
        clis.push(this);
    }

    /** @param shard of each host, in their order; undefined for a host that left the inventory */
    split(shards: number, ...shard: readonly (number | undefined)[]): void {
        const hosts = this.hosts.flatMap(({ name, address, port, hostKey }, index) =>
            shard[index] === undefined ? [] : [[name, { connection: { host: address, port, hostKey }, shard: shard[index] }]],
        );
        writeFileSync(join(this.folder, "inventory.json"), JSON.stringify({ shards, hosts: Object.fromEntries(hosts) }));
    }

    /** @throws when it does not exit with this code. @returns what it printed */
    async exits(code: number, ...args: string[]): Promise<string> {
        const ran = await this.runs(process.execPath, ["run.mjs", ...args]);
        if (ran.code !== code) throw new Error(`run.mjs ${args.join(" ")} exited ${ran.code}\n${ran.output}`);
        return ran.output;
    }
}

/** Every state that the flag was in since the host was started. */
const flagHistory = (host: SimulatedHost | undefined) => host?.writes.flagHistory("root/cimv2");

const ENCRYPTED_ALL_THE_TIME = [null, true];

describe("run.mjs", () => {
    let hosts: readonly SimulatedHost[];
    let sharded: Sharded;
    beforeAll(async () => {
        hosts = await hostsOf("web-01", "web-02");
        sharded = new Sharded(hosts);
        sharded.split(2, 0, 1);
    });

    test("up sets the hosts of all shards", async () => {
        expect(await sharded.exits(0, "up", "--parallel", "2")).toMatch(/^2 ok: shard-0, shard-1$/m);
        expect(hosts.map(flagHistory)).toEqual(hosts.map(() => ENCRYPTED_ALL_THE_TIME));
    });

    test("check exits 7 and says which shard drifted", async () => {
        hosts[0]?.machine.behindOurBack.setFlag("root/cimv2", false);
        for (const host of hosts) writesOf(host);
        const said = await sharded.exits(7, "check");
        expect(said).toMatch(/^1 ok: shard-1\n1 drifted: shard-0$/m);
        expect(said).toMatch(/^shard-0: .*root\/cimv2 is false, declared true/m);
    });

    test("check exits 1 if a shard failed, and says which drifted all the same", async () => {
        await hosts[1]?.down();
        const { code, output } = await sharded.runs(process.execPath, ["run.mjs", "check"], { WMISEC_STRICT: "1" });
        await hosts[1]?.up();
        expect(output).toMatch(/^1 drifted: shard-0\n1 failed: shard-1$/m);
        expect(code).toBe(1);
        expect(hosts.map(writesOf)).toEqual([[], []]);
    });

    test("up of one shard heals its hosts and leaves the others alone, and check exits 0 then", async () => {
        hosts[1]?.machine.behindOurBack.setFlag("root/cimv2", false);
        for (const host of hosts) writesOf(host);
        await sharded.exits(0, "up", "0");
        expect(hosts.map(writesOf)).toEqual([["root/cimv2: false -> true"], []]);
        expect(await sharded.exits(0, "check", "0")).toMatch(/^1 ok: shard-0$/m);
    });

    test("a command or a parallelism that there is not runs nothing", async () => {
        expect(await sharded.exits(1, "destroy")).toContain("say what to do: preview, up, check");
        expect(await sharded.exits(1, "check", "--parallel", "none")).toContain("--parallel takes a number from 1: none");
    });
});

describe("hosts of two shards", () => {
    let hosts: readonly SimulatedHost[];
    let sharded: Sharded;
    beforeAll(async () => {
        hosts = await hostsOf("in-0", "from-0-to-1", "from-1-to-0", "in-1");
        sharded = new Sharded(hosts);
        sharded.split(2, 0, 0, 1, 1);
        await sharded.exits(0, "up");
    });

    test("change places: one joins before it leaves, the other leaves before it joins, and both stay encrypted", async () => {
        sharded.split(2, 0, 1, 0, 1);
        await sharded.exits(0, "up", "1");
        await sharded.exits(0, "up", "0");
        expect(hosts.map(flagHistory)).toEqual(hosts.map(() => ENCRYPTED_ALL_THE_TIME));
    });

    test("are restored by a destroy that comes before the other shard's up: what not to do", async () => {
        await sharded.destroy("--stack", "shard-0");
        expect(hosts.map(({ machine }) => machine.flag("root/cimv2"))).toEqual([false, true, false, true]);
        sharded.split(2, 1, 1, 1, 1);
        await sharded.exits(0, "up", "1");
        const notAllTheTime = [null, true, false, true];
        expect(hosts.map(flagHistory)).toEqual([notAllTheTime, ENCRYPTED_ALL_THE_TIME, notAllTheTime, ENCRYPTED_ALL_THE_TIME]);
    });

    test("are as they were first after the last destroy", async () => {
        await sharded.destroy("--stack", "shard-1");
        expect(hosts.map(({ machine }) => [machine.flag("root/cimv2"), machine.ledger()])).toEqual(hosts.map(() => [false, {}]));
    });
});

test("a shard more takes most hosts of another, if that is allowed; a shard less gives them back; no host is unencrypted for a moment", async () => {
    const hosts = await hostsOf("web-01", "web-02", "web-03");
    const sharded = new Sharded(hosts);
    sharded.split(1, 0, 0, 0);
    await sharded.exits(0, "up");
    sharded.split(2, 0, 1, 1);
    const refused = await sharded.exits(1, "up", "--parallel", "2");
    expect(refused).toMatch(/^1 ok: shard-1\n1 failed: shard-0$/m);
    expect(refused).toMatch(/^shard-0: .*allowHostLoss/m);
    await sharded.succeeds(["config", "set", "--stack", "shard-0", "allowHostLoss", "true"]);
    await sharded.exits(0, "up", "0");
    sharded.split(1, 0, 0, 0);
    await sharded.exits(0, "up");
    await sharded.destroy("--stack", "shard-1");
    expect(hosts.map(flagHistory)).toEqual(hosts.map(() => ENCRYPTED_ALL_THE_TIME));
});
