import type { Project } from "../engine/project";
import { Access } from "./access";
import { PowershellHost, type PowershellHostOptions } from "./powershellHost";
import type { Pwsh } from "./pwsh";

/** Hosts, our way to them and projects of one test file; all gone after it, also where a test failed. */
export class PowershellWorld {
    readonly access = new Access();
    readonly #hosts: PowershellHost[] = [];
    readonly #projects: Project[] = [];

    constructor(private readonly pwsh: Pwsh) {}

    async host(options: Omit<PowershellHostOptions, "keys">): Promise<PowershellHost> {
        const host = await new PowershellHost(this.pwsh, { ...options, keys: [this.access.key.public] }).start();
        this.#hosts.push(host);
        return host;
    }

    async project(project: Project): Promise<Project> {
        this.#projects.push(project);
        return project.init();
    }

    /** @throws Error when something still ran on a host that nobody had anything to do with any more */
    async dispose(): Promise<void> {
        for (const project of this.#projects) project.dispose();
        await this.access.closeSessions();
        const left = await Promise.all(this.#hosts.map((host) => host.close()));
        await this.access.close();
        expect(left.flat()).toEqual([]);
    }
}
