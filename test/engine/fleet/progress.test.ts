import { readFileSync } from "node:fs";
import { join } from "node:path";
import { NATIVE } from "../heads";
import { World } from "../world";
import { fleet, POLICY, startHosts } from "./declared";

const COUNT = 60;

const world = new World(NATIVE);
afterAll(() => world.dispose());

/** A line of `--event-log`, as far as it says something. */
interface Event {
    /** Seconds. */
    readonly timestamp: number;
    readonly diagnosticEvent?: { readonly urn?: string; readonly message: string; readonly ephemeral?: boolean };
}

test("a terminal sees how far a fleet is on the fleet's own line, at most once a second; a log gets a line a tenth, in order", async () => {
    const hosts = await startHosts(world, COUNT, () => ({ verbMs: 300 }));
    const project = await world.project();
    project.program(hosts, fleet(`${POLICY}, concurrency: 8`));
    const file = join(world.scratch, "events");
    const output = await project.succeeds(["up", "--yes", "--skip-preview", "--event-log", file], { PULUMI_DEBUG_COMMANDS: "true" });

    const events = readFileSync(file, "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as Event)
        .filter(({ diagnosticEvent }) => diagnosticEvent?.message.startsWith("updating:"));
    expect(new Set(events.map(({ diagnosticEvent }) => diagnosticEvent?.urn?.split("::").slice(-2).join("::")))).toEqual(
        new Set(["wmisec:index:FleetEncryptionPolicy::fleet"]),
    );
    const told = (isPassing: boolean) => events.filter(({ diagnosticEvent }) => (diagnosticEvent?.ephemeral ?? false) === isPassing);
    const ended = (one: Event) => Number(/updating: (\d+) of 60 hosts/.exec(one.diagnosticEvent?.message ?? "")?.[1]);

    expect(told(false).map(ended)).toEqual([6, 12, 18, 24, 30, 36, 42, 48, 54, 60]);
    const passing = told(true);
    expect(passing.length).toBeGreaterThan(0);
    expect(passing[0]?.diagnosticEvent?.message).toMatch(/^updating: \d+ of 60 hosts, about \d+ (s|min) left/);
    expect(passing.length).toBeLessThanOrEqual((passing.at(-1)?.timestamp ?? 0) - (passing[0]?.timestamp ?? 0) + 2);
    expect(events.map(ended)).toEqual(events.map(ended).sort((a, b) => a - b));
    // What passes is not repeated at the end.
    expect(output.split("Diagnostics:")[1]).toMatch(/updating: 60 of 60 hosts/);
    expect(output.split("Diagnostics:")[1]).not.toMatch(/left/);
});
