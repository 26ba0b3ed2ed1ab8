import type { SimulatedHost, SimulatedHostOptions } from "../../../provider/simulator";
import type { StoredResource } from "../cli";
import type { Project } from "../project";
import type { World } from "../world";

/** `web-001`, `web-002`, and so on. */
export const startHosts = (
    world: World,
    count: number,
    options: (index: number) => SimulatedHostOptions = () => ({}),
): Promise<readonly SimulatedHost[]> =>
    Promise.all(Array.from({ length: count }, (_, index) => world.host(`web-${String(index + 1).padStart(3, "0")}`, options(index))));

/** What most fleets of the tests declare. */
export const POLICY = `namespaces: { "root/Contoso": { requiresEncryption: true } }, checkAccess: true`;

/**
 * A fleet in a program, of hosts that give up at once.
 * @param more inputs beside `hosts` and `connection`
 * @param of an expression: the names of its hosts
 */
export const fleet = (more: string, name = "fleet", of = "Object.keys(hosts)") =>
    `const ${name} = new wmisec.FleetEncryptionPolicy("${name}", { connection: { dialErrorLimit: 0 },
        hosts: Object.fromEntries(${of}.map((name) => [name, { connection: hosts[name] }])), ${more} });\n`;

/** The outputs of a fleet as they stand in the state. */
export interface FleetOutputs {
    readonly counts: Readonly<Record<string, number>>;
    readonly errors?: readonly { readonly host: string; readonly code: string; readonly message: string }[];
    readonly drift?: Readonly<Record<string, string>>;
    readonly haltedAt?: { readonly ring: string; readonly why: string };
}

/** @throws if the state has no fleet of that name */
export function outputsOf(project: Project, name = "fleet", stack?: string): FleetOutputs {
    const found: StoredResource | undefined = project.resources(stack).find(({ urn }) => urn.endsWith(`FleetEncryptionPolicy::${name}`));
    if (found === undefined) throw new Error(`the state has no fleet ${name}`);
    return found.outputs as unknown as FleetOutputs;
}

/** The conditions that hosts of a fleet are in, without those that none is in. */
export const conditionsOf = (project: Project, name?: string): Record<string, number> =>
    Object.fromEntries(Object.entries(outputsOf(project, name).counts).filter(([name, count]) => name !== "hosts" && count > 0));

/** What each host was asked to do since `before`: how many processes, and how many requests. */
export const work = ({ counters }: SimulatedHost) => ({
    processes: counters.processesStarted,
    requests: counters.requests.observe + counters.requests.apply,
});
