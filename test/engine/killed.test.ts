import { HEADS } from "./heads";
import { POLICIES, PolicedFleet, type Policy } from "./policedFleet";
import type { Project } from "./project";
import { Random, SEED } from "./random";
import { until } from "./until";
import { World } from "./world";

/**
 * Runs that are killed at random points, over and over, on hosts that remember, so many rounds by each head. A round: kill an `up` or a `destroy`, look,
 * and go on by an `up` or a `destroy`. What is asserted holds wherever the kill comes.
 */
const ROUNDS = Number(process.env["WMISEC_KILL_ROUNDS"] ?? 3);
const SIGNALS = ["SIGINT", "SIGTERM", "SIGKILL"] as const;
const COUNT = 20;
/** Milliseconds that a run has to do with hosts, roughly. */
const SPAN = 4_000;

jest.setTimeout(ROUNDS * 120_000);

describe.each(HEADS)("by the %s head", (head, way) => {
    const world = new World(way);
    afterAll(() => world.dispose());

    const random = new Random(SEED);
    const counts = { SIGINT: 0, SIGTERM: 0, SIGKILL: 0, tooLate: 0, forgetful: 0, locks: 0, torn: 0, unheardOf: 0, adopted: 0 };
    let fleet: PolicedFleet;
    let project: Project;
    /** What the hosts are to be like; undefined: as they were first. */
    let standing: Policy | undefined;

    const test_ =
        process.platform === "linux"
            ? test
            : (title: string) => test.skip(`${title} [skipped: needs Linux, to see processes]`, () => undefined);

    beforeAll(async () => {
        fleet = await PolicedFleet.start(world, COUNT, random);
        project = await world.project();
    });

    /**
     * Starts the run and kills it after a random number of writes, or at a random time from the first contact with a host on.
     * (Killed before that, by SIGKILL, Pulumi leaves a plugin's process behind in which no line of ours was ever run.)
     */
    async function kill(args: readonly string[], signal: (typeof SIGNALS)[number]): Promise<void> {
        const writes = random.chance(0.7) ? fleet.writes + 1 + random.below(6 * COUNT) : undefined;
        const milliseconds = random.below(SPAN);
        const { connections } = fleet;
        fleet.dawdle();
        // Without checkpoints the engine saves its state at the end of a run only: killed before, it has heard of nothing.
        const isForgetful = random.chance(0.5);
        counts.forgetful += Number(isForgetful);
        const run = project.start(args, isForgetful ? { PULUMI_SKIP_CHECKPOINTS: "true" } : {});
        let ended = false;
        void run.ended.then(() => (ended = true));
        await until(() => ended || fleet.connections > connections, 120, 5);
        const time = Date.now() + milliseconds;
        await until(() => ended || (writes === undefined ? Date.now() >= time : fleet.writes >= writes), 120, 5);
        const late = ended;
        run.child.kill(signal);
        const { code } = await run.ended;
        counts[late || code === 0 ? "tooLate" : signal] += 1;
    }

    /** What holds right after a kill. */
    async function lookAfterKill(): Promise<void> {
        expect(await until(() => project.plugins().length === 0, 10)).toBe(true);
        expect(await until(() => fleet.processes === 0, 60)).toBe(true);
        fleet.hurry();
        // Known of SIGKILL: the CLI's own language host and the program live on.
        for (const { pid } of project.processes()) process.kill(pid, "SIGKILL");
        counts.torn += project.mendAttributes();
        if (project.locked()) {
            counts.locks += 1;
            await project.succeeds(["cancel", "--yes"]);
        }
    }

    /** An `up` that is not killed reaches what is declared, and another one writes nothing. */
    async function converge(policy: Policy, ...how: string[]): Promise<void> {
        counts.adopted += (await fleet.unheardOf(project)).size;
        await project.up(...how);
        expect(fleet.unlike(policy)).toEqual([]);
        expect([...(await fleet.unheardOf(project))]).toEqual([]);
        expect(project.resources()).toHaveLength(fleet.resources);
        const { writes } = fleet;
        await project.up("--refresh");
        expect(fleet.writes).toBe(writes);
        standing = policy;
    }

    async function round(signal: (typeof SIGNALS)[number]): Promise<void> {
        const destroys = standing !== undefined && random.chance(0.4);
        const policy = random.pick(POLICIES.filter((one) => one !== standing));
        if (!destroys) fleet.declare(project, policy);
        await kill([destroys ? "destroy" : "up", "--yes", "--skip-preview", "--continue-on-error"], signal);
        await lookAfterKill();
        const unheardOf = await fleet.unheardOf(project);
        counts.unheardOf += unheardOf.size;

        if (random.chance(0.5)) {
            // After a killed destroy the state does not know what was restored on hosts: a look at them does.
            if (destroys) fleet.declare(project, policy);
            await converge(policy, ...(destroys || random.chance(0.5) ? ["--refresh"] : []));
        } else {
            await project.destroy();
            // What the state has never heard of, no destroy can release: it waits in the ledger for an `up`.
            expect(fleet.unrestored(unheardOf)).toEqual([]);
            expect(
                new Set(
                    fleet
                        .unrestored()
                        .filter((line) => line.includes("entry"))
                        .map((line) => line.replace(" has an entry for", "")),
                ),
            ).toEqual(unheardOf);
            standing = undefined;
            if (unheardOf.size > 0) {
                fleet.declare(project, policy);
                await converge(policy);
                await project.destroy();
                standing = undefined;
            }
            expect(fleet.unrestored()).toEqual([]);
        }
    }

    test_(`killed runs: up converges and destroy restores, after each of ${ROUNDS} kills (WMISEC_TEST_SEED=${SEED})`, async () => {
        for (let index = 0; index < ROUNDS; index += 1) await round(SIGNALS[(SEED + index) % SIGNALS.length] ?? "SIGKILL");
        await project.destroy();
        expect(fleet.unrestored()).toEqual([]);
        expect(fleet.trouble).toEqual([]);
        const { tooLate, forgetful, locks, torn, unheardOf, adopted, ...signals } = counts;
        const killed = Object.entries(signals).map(([signal, count]) => `${count} by ${signal}`);
        process.stdout.write(
            `killed runs by the ${head} head (WMISEC_TEST_SEED=${SEED}): ${ROUNDS} rounds, ${killed.join(", ")}, ${tooLate} too late, ${forgetful} without checkpoints; ${locks} locks and ${torn} torn attributes of the state left, ` +
                `${unheardOf} entries that the state had not heard of, ${adopted} adopted by an up\n`,
        );
    });
});
