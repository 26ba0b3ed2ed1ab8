import type { SimulatedHost } from "../../../provider/simulator";
import { HEADS } from "../heads";
import type { Project } from "../project";
import { World } from "../world";
import { conditionsOf, fleet, outputsOf, startHosts, work } from "./declared";

/** Faults in the middle of a fleet: exactly the others are done, and the next run does the rest. */
const COUNT = 200;
const FIRST_RING = 20;

/** A tenth is dead, a twentieth refuses us, and a hundredth lies. */
const isDead = (index: number) => index % 10 === 3;
const isDenied = (index: number) => index % 20 === 7;
const isHostile = (index: number) => index % 100 === 55;
const isFaulty = (index: number) => isDead(index) || isDenied(index) || isHostile(index);
const namesOf = (some: readonly SimulatedHost[]) => some.map(({ name }) => name);
const [ONCE, NEVER] = [
    { processes: 1, requests: 2 },
    { processes: 0, requests: 0 },
];

describe.each(HEADS)("by the %s head", (_head, way) => {
    const world = new World(way);
    afterAll(() => world.dispose());

    let hosts: readonly SimulatedHost[];
    let project: Project;

    const those = (which: (index: number) => boolean) => hosts.filter((_, index) => which(index));
    const flags = (host: SimulatedHost) => [host.machine.flag("root/Contoso") === true, host.machine.flag("root/Contoso/Billing") === true];
    const allHave = (some: readonly SimulatedHost[], wanted: readonly boolean[]) =>
        expect(namesOf(some.filter((host) => JSON.stringify(flags(host)) !== JSON.stringify(wanted)))).toEqual([]);
    const declare = (billing: boolean) =>
        project.program(
            hosts,
            fleet(`namespaces: { "root/Contoso": { requiresEncryption: true }, ${billing ? `"root/Contoso/Billing": { requiresEncryption: true }` : ""} },
            rings: [{ name: "first", hosts: Object.keys(hosts).slice(0, ${FIRST_RING}), maxFailures: 2 }, { name: "rest", maxFailures: "10%" }]`),
        );

    /** What each host was asked to do by the work. */
    async function asked(run: () => Promise<unknown>): Promise<readonly { readonly processes: number; readonly requests: number }[]> {
        const before = hosts.map(work);
        await run();
        return hosts.map((host, index) => {
            const { processes, requests } = work(host);
            return { processes: processes - (before[index]?.processes ?? 0), requests: requests - (before[index]?.requests ?? 0) };
        });
    }

    /** Hosts whose work is not what is expected of them. */
    const others = (done: Awaited<ReturnType<typeof asked>>, expected: (index: number) => object) =>
        done.flatMap((one, index) => (JSON.stringify(one) === JSON.stringify(expected(index)) ? [] : [[hosts[index]?.name, one]]));

    beforeAll(async () => {
        hosts = await startHosts(world, COUNT);
        project = await world.project();
        await Promise.all(those(isDead).map((host) => host.down()));
        for (const { faults } of those(isDenied)) faults.on("authRefused", {});
        for (const { faults } of those(isHostile)) faults.on("answerHostile", { where: "failure", texts: ["::error::owned"] });
    });

    test("a first up with dead, denied and hostile hosts does exactly the others, by one process and two requests each", async () => {
        declare(false);
        let output = "";
        const done = await asked(async () => (output = await project.fails(["up", "--yes", "--skip-preview"])));
        expect(
            others(
                done.filter((_, index) => !isFaulty(index)),
                () => ONCE,
            ),
        ).toEqual([]);
        allHave(
            those((index) => !isFaulty(index)),
            [true, false],
        );
        expect(namesOf(those(isFaulty).filter(({ writes }) => writes.all.length > 0))).toEqual([]);

        expect(conditionsOf(project)).toEqual({ compliant: 168, unreachable: 20, denied: 10, failed: 2 });
        expect(output).toMatch(/12 of 200 hosts failed\n\s+said: +168 of 200 hosts as declared, 20 unreachable, 10 denied, 2 failed/);
        const { errors = [], haltedAt } = outputsOf(project);
        expect(errors.map(({ code }) => code).sort()).toEqual(["denied", "hostError", "unreachable"]);
        expect(namesOf(those(isFaulty))).toEqual(expect.arrayContaining(errors.map(({ host }) => host)));
        expect(haltedAt).toBeUndefined();
    });

    test("the next run does the rest, once the faults are over, and asks nobody else", async () => {
        await Promise.all(those(isDead).map((host) => host.up()));
        for (const { faults } of hosts) faults.off();
        const done = await asked(() => project.up());
        expect(others(done, (index) => (isFaulty(index) ? ONCE : NEVER))).toEqual([]);
        allHave(hosts, [true, false]);
        expect(conditionsOf(project)).toEqual({ compliant: COUNT });
    });

    test("a ring that fails stops the run: the others of the ring are done, and no host of the next one is asked", async () => {
        const failing = hosts.slice(0, 3);
        for (const { faults } of failing) faults.on("mofcompExit", { exit: 3 });
        declare(true);
        let output = "";
        const done = await asked(async () => (output = await project.fails(["up", "--yes", "--skip-preview"])));
        expect(output).toContain("3 of the 20 hosts of the ring first failed, and its maxFailures is 2; stopped before the ring rest");
        expect(others(done.slice(3), (index) => (index < FIRST_RING - 3 ? ONCE : NEVER))).toHaveLength(0);
        allHave(hosts.slice(3, FIRST_RING), [true, true]);
        allHave(hosts.slice(FIRST_RING), [true, false]);
        expect(outputsOf(project).haltedAt).toMatchObject({ ring: "rest" });
        expect(conditionsOf(project)).toEqual({ compliant: FIRST_RING - 3, failed: 3, pending: COUNT - FIRST_RING });
        expect((await project.pulumi(["preview", "--expect-no-changes"])).code).toBe(7);
    });

    test("the next run resumes there", async () => {
        for (const { faults } of hosts) faults.off();
        const done = await asked(() => project.up());
        expect(others(done.slice(3), (index) => (index < FIRST_RING - 3 ? NEVER : ONCE))).toEqual([]);
        allHave(hosts, [true, true]);
        expect(outputsOf(project)).not.toHaveProperty("haltedAt");
        expect(conditionsOf(project)).toEqual({ compliant: COUNT });
    });

    test("a destroy with dead hosts releases the others and fails; the next one restores the rest", async () => {
        await Promise.all(those(isDead).map((host) => host.down()));
        const output = await project.fails(["destroy", "--yes", "--skip-preview"]);
        expect(output).toContain("20 of 200 hosts could not be released");
        allHave(
            those((index) => !isDead(index)),
            [false, false],
        );
        await Promise.all(those(isDead).map((host) => host.up()));
        await project.destroy();
        allHave(hosts, [false, false]);
        expect(namesOf(hosts.filter(({ machine }) => Object.keys(machine.ledger()).length > 0))).toEqual([]);
    });
});
