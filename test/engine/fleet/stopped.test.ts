import type { SimulatedHost } from "../../../provider/simulator";
import { HEADS } from "../heads";
import type { Project } from "../project";
import { until } from "../until";
import { World } from "../world";
import { conditionsOf, fleet, outputsOf, startHosts } from "./declared";

/** Ctrl-C in the middle of an up of two fleets: one with hosts that hang and hosts that wait for their turn, one with a write under way. */
const QUICK = 2;
const HANGING = 4;
const WAITING = 20;

describe.each(HEADS)("by the %s head", (_head, way) => {
    const world = new World(way);
    afterAll(() => world.dispose());

    let hosts: readonly SimulatedHost[];
    let writer: SimulatedHost;
    let project: Project;

    const quick = () => hosts.slice(0, QUICK);
    const hanging = () => hosts.slice(QUICK, QUICK + HANGING);
    const waiting = () => hosts.slice(QUICK + HANGING);
    const flagged = (some: readonly SimulatedHost[]) => some.filter(({ machine }) => machine.flag("root/Contoso") === true);
    const contacts = (some: readonly SimulatedHost[]) => some.map(({ counters }) => counters.connections);
    const POLICY = `namespaces: { "root/Contoso": { requiresEncryption: true } }`;

    const onPosix =
        process.platform === "win32" ? (title: string) => test.skip(`${title} [skipped: needs signals]`, () => undefined) : test;

    beforeAll(async () => {
        hosts = await startHosts(world, QUICK + HANGING + WAITING);
        writer = await world.host("writer");
        project = await world.project();
        project.program(
            [...hosts, writer],
            fleet(`${POLICY}, concurrency: ${HANGING}`, "many", `Object.keys(hosts).filter((name) => name !== "writer")`) +
                fleet(POLICY, "writing", `["writer"]`),
        );
        for (const { faults } of hanging()) faults.on("verbHangs", { verb: "observe", when: "before" });
        writer.faults.on("answerLate", { verb: "apply", ms: 3_000 });
    });

    onPosix("no host begins any more, a write under way comes to its end, and what was done is in the state", async () => {
        const up = project.start(["up", "--yes", "--skip-preview"]);
        let ended: string | undefined;
        void up.ended.then(({ output }) => (ended = output));
        // The hanging hosts have all the places: from now on nothing changes by itself.
        const isStuck = () =>
            hanging().every(({ counters }) => counters.requests.observe > 0) && writer.machine.flag("root/Contoso") === true;
        await until(() => isStuck() || ended !== undefined, 120);
        expect(ended).toBeUndefined();
        up.child.kill("SIGINT");
        const { code, output } = await up.ended;

        expect(code).not.toBe(0);
        expect(output).toMatch(/the run was stopped: 2 of 26 hosts as declared, 24 pending/);
        expect(contacts(waiting())).toEqual(waiting().map(() => 0));
        expect(flagged(hosts)).toEqual(quick());
        expect(conditionsOf(project, "many")).toEqual({ compliant: QUICK, pending: HANGING + WAITING });
        expect(outputsOf(project, "writing").counts).toMatchObject({ compliant: 1 });
        expect(project.plugins()).toEqual([]);
    });

    onPosix("the next up does the rest, and asks none of those that were done", async () => {
        for (const { faults } of [...hosts, writer]) faults.off();
        const before = contacts([...quick(), writer]);
        await project.up();
        expect(contacts([...quick(), writer])).toEqual(before);
        expect(flagged(hosts)).toEqual(hosts);
        expect(conditionsOf(project, "many")).toEqual({ compliant: QUICK + HANGING + WAITING });
    });

    onPosix("a destroy that was stopped releases the rest the next time", async () => {
        for (const { faults } of hanging()) faults.on("verbHangs", { verb: "observe", when: "before" });
        const destroy = project.start(["destroy", "--yes", "--skip-preview"]);
        let ended: string | undefined;
        void destroy.ended.then(({ output }) => (ended = output));
        const requests = hanging().map(({ counters }) => counters.requests.observe);
        await until(
            () => ended !== undefined || hanging().every(({ counters }, index) => counters.requests.observe > (requests[index] ?? 0)),
            120,
        );
        expect(ended).toBeUndefined();
        destroy.child.kill("SIGINT");
        expect((await destroy.ended).code).not.toBe(0);
        expect(flagged(waiting())).toEqual(waiting());

        for (const { faults } of hosts) faults.off();
        await project.destroy();
        expect(flagged(hosts)).toEqual([]);
        expect([...hosts, writer].filter(({ machine }) => Object.keys(machine.ledger()).length > 0)).toEqual([]);
    });
});
