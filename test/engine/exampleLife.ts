import { UNSEC_APP_VALUE } from "../../provider/core/registry";
import type { SimulatedHost } from "../../provider/simulator";
import type { ExampleProject } from "./exampleProject";
import { type World, writesOf } from "./world";

const PASSWORD = "canary-of-examples-5c1e";
const FLAG = "root/cimv2";

/** The hosts of the examples: one by itself and the fleet's two, all at one port, with one account. */
async function hostsOf(world: World): Promise<readonly [SimulatedHost, SimulatedHost, SimulatedHost]> {
    const users = [{ user: "me", password: PASSWORD }];
    const alone = await world.host("web-07", { users });
    const { port } = alone;
    return [alone, await world.host("web-01", { users, port }), await world.host("web-02", { users, port })];
}

/**
 * Runs an example from preview to destroy: what the hosts are asked to write, drift that the gate shows and an `up` heals, and that the credentials
 * of the stack's configuration are in no state.
 * @param server the key and the value of the configuration for a host of the fleet
 */
export async function exampleLife(
    world: World,
    project: ExampleProject,
    server: (address: string, index: number) => readonly [string, unknown],
): Promise<void> {
    const [alone, ...fleet] = await hostsOf(world);
    const hosts = [alone, ...fleet];
    await project.init();
    await project.configure(
        {
            host: alone.address,
            ...Object.fromEntries(fleet.map(({ address }, index) => server(address, index))),
            "wmisec:user": "me",
            "wmisec:port": alone.port,
            "wmisec:hostKey": JSON.stringify(hosts.map(({ hostKey }) => hostKey)),
        },
        { "wmisec:password": PASSWORD },
    );
    const outputs = [await project.preview()];
    expect(outputs[0]).toMatch(/4 to create/);
    expect(hosts.flatMap(writesOf)).toEqual([]);

    outputs.push(await project.up());
    expect(hosts.map(({ machine }) => machine.flag(FLAG))).toEqual([true, true, true]);
    expect(alone.machine.value(UNSEC_APP_VALUE.key, UNSEC_APP_VALUE.name)).toEqual({ kind: "REG_SZ", value: "1" });
    expect(JSON.parse(await project.succeeds(["stack", "output", "--json"]))).toMatchObject({
        before: { [`namespace:${FLAG}`]: "absent" },
        counts: { compliant: 2 },
    });
    for (const { inputs } of project.resources()) expect(JSON.stringify(inputs)).not.toMatch(/password|"user"/);
    for (const host of hosts) host.writes.clear();
    expect(await project.up()).toMatch(/4 unchanged/);

    alone.machine.behindOurBack.setFlag(FLAG, false);
    fleet[1]?.machine.behindOurBack.setFlag(FLAG, false);
    const { code, output } = await project.gate();
    expect(code).toBe(7);
    expect(output).toMatch(/requiresEncryption/);
    expect(output).toMatch(/root\/cimv2 is false, declared true/);
    for (const host of hosts) host.writes.clear();
    outputs.push(output, await project.up("--refresh"));
    expect(hosts.map(writesOf)).toEqual([[`${FLAG}: false -> true`], [], [`${FLAG}: false -> true`]]);

    for (const text of [project.stateText(), ...outputs]) expect(text.includes(PASSWORD)).toBe(false);
    await project.destroy();
    expect(hosts.map(({ machine }) => [machine.flag(FLAG), machine.ledger()])).toEqual(hosts.map(() => [false, {}]));
}
