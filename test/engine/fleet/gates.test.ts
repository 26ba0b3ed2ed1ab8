import { UNSEC_APP_VALUE } from "../../../provider/core/registry";
import type { SimulatedHost } from "../../../provider/simulator";
import { NATIVE } from "../heads";
import type { Project } from "../project";
import { World, writesOf } from "../world";
import { conditionsOf, fleet, outputsOf, POLICY, startHosts } from "./declared";

/** The gates of docs/drift.md for one fleet, in the order of a bad day. It has more hosts than the 20 differences that are shown. */
const COUNT = 26;
/** Whose flag was changed, too: more than the 10 hosts that are named. */
const FLAGS = 13;

const world = new World(NATIVE);
afterAll(() => world.dispose());

let hosts: readonly SimulatedHost[];
let project: Project;

const [DEAD, DENIED, HOSTILE, DRIFTED] = [0, 1, 2, 3];
const host = (index: number) => hosts[index] as SimulatedHost;
const REFRESH_ONLY = ["refresh", "--preview-only", "--expect-no-changes", "--diff"];
const STRICT = { WMISEC_STRICT: "1" };
const written = () => hosts.flatMap(writesOf);
const lines = (output: string, told: RegExp) => output.split("\n").filter((line) => told.test(line)).length;

beforeAll(async () => {
    hosts = await startHosts(world, COUNT);
    project = await world.project();
    project.program(hosts, fleet(POLICY));
    await project.up();
    written();
});

test("when each host drifted in its own way, both gates exit 7 and show a screenful, the rest counted", async () => {
    for (const [index, { machine }] of hosts.entries())
        machine.behindOurBack.setValue(UNSEC_APP_VALUE.key, UNSEC_APP_VALUE.name, { kind: "REG_DWORD", value: 1000 + index });
    for (const { machine } of hosts.slice(0, FLAGS)) machine.behindOurBack.setFlag("root/Contoso", false);

    const gates = [
        await project.gate(),
        await project.pulumi(["preview", "--refresh", "--expect-no-changes"]),
        await project.pulumi(REFRESH_ONLY),
    ];
    expect(gates.map(({ code }) => code)).toEqual([7, 7, 7]);
    for (const { output } of gates) {
        expect(output).toMatch(/root\/Contoso is false, declared true.*web-001, web-002, .* and 3 more/);
        expect(output).toMatch(/checkAccess is REG_DWORD 1000, declared REG_SZ "1".*web-001/);
        expect(output).toMatch(/and 7 other differences.*on 7 hosts/);
        expect(output).not.toContain("REG_DWORD 1025");
        // Each difference stands in the log, in the refresh and in the update.
        expect(lines(output, /REG_DWORD/)).toBeLessThanOrEqual(3 * 20);
        expect(output.split("\n").length).toBeLessThan(200);
        // The run's last line names ten hosts.
        const others = output.replace(/^.*wmisec: .* drifted .*$/gm, "");
        for (const { address } of hosts) expect(others).not.toContain(address);
    }
    expect(written()).toEqual([]);
});

test("a refresh that absorbed it changes nothing about that; an up heals each host, and the gates are clean", async () => {
    await project.refresh();
    expect(conditionsOf(project)).toEqual({ drifted: COUNT });
    expect(Object.keys(outputsOf(project).drift ?? {})).toHaveLength(21);
    expect((await project.gate()).code).toBe(7);
    expect((await project.pulumi(REFRESH_ONLY)).code).toBe(7);

    await project.up();
    expect(written()).toHaveLength(COUNT + FLAGS);
    expect(conditionsOf(project)).toEqual({ compliant: COUNT });
    expect(outputsOf(project)).not.toHaveProperty("drift");
    expect((await project.gate()).code).toBe(0);
    expect((await project.pulumi(REFRESH_ONLY)).code).toBe(0);
});

test("a host that does not answer is kept and named; under WMISEC_STRICT=1 it is an error", async () => {
    await host(DEAD).down();
    const { code, output } = await project.gate();
    expect(code).toBe(0);
    expect(output).toContain(`1 of ${COUNT} hosts do not answer (web-001)`);
    const strict = await project.pulumi(["preview", "--refresh", "--expect-no-changes"], STRICT);
    expect(strict.code).toBe(1);
    expect(strict.output).toMatch(new RegExp(`1 of ${COUNT} hosts do not answer[\\s\\S]*web-001: unreachable: .*ECONNREFUSED`));
    expect(strict.output).not.toMatch(/is recorded/);
});

test("hosts that can't be read are drift, and neither as declared nor gone; under WMISEC_STRICT=1 they are an error", async () => {
    host(DENIED).faults.on("authRefused", {});
    host(HOSTILE).faults.on("answerHostile", { where: "failure", texts: ["no"] });
    const { code, output } = await project.gate();
    expect(code).toBe(7);
    expect(output).toMatch(/could not be read: denied: .*: web-002/);
    expect(output).toMatch(/could not be read: hostError: .*: web-003/);
    await host(DEAD).up();
    const strict = await project.pulumi(["preview", "--refresh", "--expect-no-changes"], STRICT);
    expect(strict.code).toBe(1);
    expect(strict.output).toContain(`2 of ${COUNT} hosts could not be read`);
});

test("up --refresh heals the drifted ones, asks those that could not be read once more, and fails for them", async () => {
    host(DRIFTED).machine.behindOurBack.setFlag("root/Contoso", false);
    const output = await project.fails(["up", "--yes", "--skip-preview", "--refresh"]);
    expect(output).toContain(`2 of ${COUNT} hosts failed`);
    expect(writesOf(host(DRIFTED))).toEqual(["root/contoso: false -> true"]);
    expect(conditionsOf(project)).toEqual({ compliant: COUNT - 2, denied: 1, failed: 1 });
    expect(outputsOf(project).errors?.map(({ host, code }) => [host, code])).toEqual([
        ["web-002", "denied"],
        ["web-003", "hostError"],
    ]);

    for (const { faults } of hosts) faults.off();
    await project.up();
    expect(conditionsOf(project)).toEqual({ compliant: COUNT });
    expect(written()).toEqual([]);
    expect((await project.gate()).code).toBe(0);
});

test("destroy puts back what stood there first", async () => {
    await project.destroy();
    expect(hosts.filter(({ machine }) => machine.flag("root/Contoso") === true || Object.keys(machine.ledger()).length > 0)).toEqual([]);
});
