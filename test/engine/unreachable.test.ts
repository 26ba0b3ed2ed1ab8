import { UNSEC_APP_VALUE } from "../../provider/core/registry";
import type { SimulatedHost } from "../../provider/simulator";
import { NATIVE } from "./heads";
import type { Project } from "./project";
import { World } from "./world";

/** One dead host of 50 under `unreachable: "keep"`: the others go on, and everything that is said tells them apart. */
const COUNT = 50;

const world = new World(NATIVE);
afterAll(() => world.dispose());

let hosts: readonly SimulatedHost[];
let project: Project;

const dead = () => hosts[COUNT - 1] as SimulatedHost;
const drifted = () => hosts.slice(2, 4);
const program = (checkAccess: boolean) =>
    project.program(
        hosts,
        `for (const [name, connection] of Object.entries(hosts))
            new wmisec.UnsecAppPolicy(name, { connection: { ...connection, dialErrorLimit: 0 }, checkAccess: ${checkAccess}, unreachable: "keep" });`,
    );
const drift = () => {
    for (const host of drifted()) host.machine.behindOurBack.setValue(UNSEC_APP_VALUE.key, UNSEC_APP_VALUE.name, "absent");
};
const value = (host: SimulatedHost) => host.machine.value(UNSEC_APP_VALUE.key, UNSEC_APP_VALUE.name);
/** How many resources have each status in the state. */
function statuses(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { outputs } of project.resources()) counts[String(outputs["status"])] = (counts[String(outputs["status"])] ?? 0) + 1;
    return counts;
}
const summaries = (output: string) => [...new Set(output.match(/wmisec: \d+ as declared.*/g))];
const named = (some: readonly SimulatedHost[]) =>
    some
        .map(({ address, name }) => `${address} (${name})`)
        .sort()
        .join(", ");

beforeAll(async () => {
    hosts = await Promise.all(Array.from({ length: COUNT }, (_, index) => world.host(`web${String(index + 1).padStart(2, "0")}`)));
    project = await world.project();
    program(true);
    expect(summaries(await project.up())).toEqual([]);
    await dead().down();
});

test("with the dead one alone, refresh and gate are clean, and say who is not known", async () => {
    const words = [`wmisec: 49 as declared, 1 unreachable (${named([dead()])})`];
    const gate = await project.gate();
    expect(gate.code).toBe(0);
    expect(summaries(gate.output)).toEqual(words);
    expect(summaries(await project.refresh())).toEqual(words);
    expect(statuses()).toEqual({ compliant: 49, unreachable: 1 });
});

test("the gate sees the drift of the others: exit 7, and each condition in one line", async () => {
    drift();
    const { code, output } = await project.gate();
    expect(code).toBe(7);
    expect(summaries(output)).toEqual([`wmisec: 47 as declared, 2 drifted (${named(drifted())}), 1 unreachable (${named([dead()])})`]);
    for (const { address } of drifted()) expect(output).toContain(`${address}: UnsecAppPolicy`);
    expect(output).toMatch(new RegExp(`1 host did not answer.*${dead().address}`));
});

test("refresh reads the other 49 to the end: compliant, drifted and unreachable stand in the outputs", async () => {
    expect(summaries(await project.refresh())).toEqual([
        `wmisec: 47 as declared, 2 drifted (${named(drifted())}), 1 unreachable (${named([dead()])})`,
    ]);
    expect(statuses()).toEqual({ compliant: 47, drifted: 2, unreachable: 1 });
});

test("WMISEC_STRICT=1: the gate and a refresh are errors that name the dead one, whatever else drifted", async () => {
    for (const args of [
        ["preview", "--refresh", "--expect-no-changes"],
        ["refresh", "--yes", "--skip-preview"],
    ]) {
        const { code, output } = await project.pulumi(args, { WMISEC_STRICT: "1" });
        expect(code).not.toBe(0);
        expect(code).not.toBe(7);
        expect(output).toMatch(new RegExp(`${dead().address}: .*ECONNREFUSED`));
        expect(summaries(output)[0]).toMatch(new RegExp(`1 unreachable \\(${dead().address} \\(${dead().name}\\)\\)$`));
    }
    expect(statuses()).toEqual({ compliant: 47, drifted: 2, unreachable: 1 });
});

test("up --refresh heals the drifted ones and tells of the dead one only", async () => {
    expect(summaries(await project.up("--refresh"))).toEqual([`wmisec: 49 as declared, 1 unreachable (${named([dead()])})`]);
    for (const host of drifted()) expect(value(host)).toEqual({ kind: "REG_SZ", value: "1" });
});

test("a change reaches the other 49; the dead one's is put off, said so, and made once it is back", async () => {
    program(false);
    expect(summaries(await project.up())).toEqual([`wmisec: 49 as declared, 1 unreachable with changes put off (${named([dead()])})`]);
    expect(hosts.slice(0, -1).filter((host) => JSON.stringify(value(host)) !== JSON.stringify({ kind: "REG_SZ", value: "0" }))).toEqual([]);
    expect(value(dead())).toEqual({ kind: "REG_SZ", value: "1" });
    expect((await project.gate()).code).toBe(7);
    await dead().up();
    expect(summaries(await project.up())).toEqual([]);
    expect(value(dead())).toEqual({ kind: "REG_SZ", value: "0" });
});

test("a destroy releases the other 49 and fails for the dead one, which a later destroy releases", async () => {
    await dead().down();
    const output = await project.fails(["destroy", "--yes", "--skip-preview", "--continue-on-error"]);
    expect(output).toContain(`WMISEC_FORGET=${dead().address}`);
    expect(summaries(output)).toEqual([`wmisec: 0 as declared, 1 unreachable (${named([dead()])})`]);
    expect(hosts.slice(0, -1).filter((host) => value(host) !== "absent")).toEqual([]);
    expect(project.resources()).toHaveLength(1);
    await dead().up();
    await project.destroy();
    expect(hosts.filter((host) => value(host) !== "absent" || Object.keys(host.machine.ledger()).length > 0)).toEqual([]);
});

test("WMISEC_FORGET and WMISEC_EVICT say what they did nothing for", async () => {
    const [first] = hosts;
    if (first === undefined) throw new Error("no host");
    project.program([first], `new wmisec.UnsecAppPolicy("one", { connection: hosts.web01, checkAccess: true });`);
    const names = { WMISEC_FORGET: `web-99\n${first.address}`, WMISEC_EVICT: "organization/urn:pulumi:typo" };
    const up = await project.succeeds(["up", "--yes", "--skip-preview"], names);
    expect(up).toContain(`WMISEC_FORGET did nothing for web-99, ${first.address}: every host of that name answered`);
    expect(up).toContain("WMISEC_EVICT did nothing for organization/urn:pulumi:typo: ");
    expect(await project.succeeds(["preview"], names)).not.toMatch(/did nothing/);
    await first.down();
    const destroy = await project.succeeds(["destroy", "--yes", "--skip-preview"], names);
    expect(destroy).toMatch(/left as it is, as WMISEC_FORGET says/);
    expect(destroy).toContain("WMISEC_FORGET did nothing for web-99: ");
});
