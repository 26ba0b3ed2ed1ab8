import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type SimulatedHost, type SimulatedHostOptions, startSimulatedHosts } from "../../provider/simulator";
import { Project, type ProjectOptions, type Way } from "./project";

/** Each run of the CLI takes seconds, on a busy machine many, and what several tests look at takes a dozen. For what hangs. */
jest.setTimeout(600_000);

/** Namespaces that tests are about, beside those that every Windows has. */
export const NAMESPACES = { "root/Contoso": null, "root/Contoso/Billing": null } as const;

/** Hosts and projects of one test file; all gone after it. */
export class World {
    /** For files of the tests. */
    readonly scratch = mkdtempSync(join(tmpdir(), "wmisec-world-"));
    private readonly hosts: SimulatedHost[] = [];
    private readonly projects: Project[] = [];

    /** @param way of its projects, where they say nothing else */
    constructor(private readonly way: Way = {}) {}

    async host(name: string, options: SimulatedHostOptions = {}): Promise<SimulatedHost> {
        const machine = { namespaces: NAMESPACES, ...options.machine };
        const [host] = await startSimulatedHosts([{ ...options, name, machine }]);
        if (host === undefined) throw new Error("no host");
        this.hosts.push(host);
        return host;
    }

    async project(options?: ProjectOptions): Promise<Project> {
        const project = new Project({ ...(options?.head === undefined && this.way), ...options });
        this.projects.push(project);
        return project.init();
    }

    async dispose(): Promise<void> {
        for (const project of this.projects) project.dispose();
        rmSync(this.scratch, { recursive: true, force: true });
        await Promise.all(this.hosts.map((host) => host.stop()));
    }
}

/** Writes to items, as a reader tells them: `root/contoso: null -> true`. Starts counting anew. */
export function writesOf(host: SimulatedHost): string[] {
    const told = host.writes.items.map(({ name, from, to }) => `${name}: ${text(from)} -> ${text(to)}`);
    host.writes.clear();
    return told;
}

const text = (state: unknown): string =>
    typeof state === "object" && state !== null && "kind" in state && "value" in state ? `${state.kind} ${state.value}` : String(state);
