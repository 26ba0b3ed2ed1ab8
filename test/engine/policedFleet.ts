import { parseEntry } from "../../provider/core/ledger/entry";
import { type RegistryValue, UNSEC_APP_VALUE } from "../../provider/core/registry";
import { memberStamp } from "../../provider/fleet/member";
import type { FleetMemory } from "../../provider/resources/fleetOutputs";
import { uncheckedMemory } from "../../provider/resources/rememberedFleet";
import type { SimulatedHost } from "../../provider/simulator";
import { troubleIn } from "../hosts/ledgerHistory";
import type { Project } from "./project";
import type { Random } from "./random";
import type { World } from "./world";

const PATHS = ["root/Contoso", "root/Contoso/Billing", "root/cimv2"] as const;

/** What a program wants of each host. */
export interface Policy {
    readonly flags: Readonly<Partial<Record<(typeof PATHS)[number], boolean>>>;
    readonly checkAccess: boolean;
}

/** Each leaves something out that another one has, so that a change from one to another drops items, too. */
export const POLICIES: readonly Policy[] = [
    { flags: { "root/Contoso": true, "root/Contoso/Billing": true }, checkAccess: true },
    { flags: { "root/Contoso": true, "root/cimv2": true }, checkAccess: false },
    { flags: { "root/Contoso/Billing": false, "root/cimv2": true }, checkAccess: true },
];

interface Stand {
    readonly flags: readonly boolean[];
    readonly value: RegistryValue;
}

/**
 * Hosts that were not all alike before, and what can be said of them from outside. Two thirds of them have two resources each, and one third
 * is a fleet.
 */
export class PolicedFleet {
    private readonly first: readonly Stand[];

    private constructor(
        readonly hosts: readonly SimulatedHost[],
        private readonly random: Random,
    ) {
        this.first = hosts.map(stand);
    }

    static async start(world: World, count: number, random: Random): Promise<PolicedFleet> {
        const hosts = Array.from({ length: count }, async (_, index) => {
            const namespaces = {
                "root/Contoso": [null, false, true][index % 3] ?? null,
                "root/Contoso/Billing": index % 2 === 0 ? null : true,
            };
            const host = await world.host(`web${String(index + 1).padStart(2, "0")}`, {
                verbMs: random.below(120),
                machine: { namespaces },
                // Over WinRM nothing ends a process with its connections; so the host's own idle time does. It must not be shorter than a busy
                // machine takes from one message to the next.
                ...(index % 2 === 1 && {
                    transport: "winrm",
                    winrm: { scheme: index % 4 === 1 ? "https" : "http", limits: { idleTimeout: 8_000 } },
                }),
            });
            if (index % 4 === 0) setValue(host, { kind: "REG_DWORD", value: 0 });
            if (index % 4 === 1) setValue(host, { kind: "REG_SZ", value: "1" });
            return host;
        });
        return new PolicedFleet(await Promise.all(hosts), random);
    }

    /** How many resources the program declares. */
    get resources(): number {
        return 2 * (this.hosts.length - this.members.length) + 1;
    }

    private get members(): readonly SimulatedHost[] {
        return this.hosts.slice(-Math.floor(this.hosts.length / 3));
    }

    declare(project: Project, { flags, checkAccess }: Policy): void {
        const namespaces = Object.fromEntries(Object.entries(flags).map(([path, requiresEncryption]) => [path, { requiresEncryption }]));
        const policy = `namespaces: ${JSON.stringify(namespaces)}, checkAccess: ${checkAccess}`;
        project.program(
            this.hosts,
            `const members = ${JSON.stringify(this.members.map(({ name }) => name))};
            for (const [name, connection] of Object.entries(hosts).filter(([name]) => !members.includes(name))) {
                new wmisec.WmiNamespaceSecurity(name, { connection, namespaces: ${JSON.stringify(namespaces)} });
                new wmisec.UnsecAppPolicy(name, { connection, checkAccess: ${checkAccess} });
            }
            new wmisec.FleetEncryptionPolicy("fleet", { ${policy},
                hosts: Object.fromEntries(members.map((name) => [name, { connection: hosts[name] }])) });`,
        );
    }

    /**
     * Some hosts take seconds from the write to the answer, and some their time from step to step: what is killed meanwhile never
     * hears of it. On some the process dies between two steps.
     */
    dawdle(): void {
        for (const { faults } of this.hosts) {
            if (this.random.chance(0.3)) faults.on("answerLate", { verb: "apply", ms: 3_000 }, 1);
            if (this.random.chance(0.3)) faults.on("slow", { ms: 100 });
            if (this.random.chance(0.1)) faults.on("agentKilled", { verb: "apply", when: "in", steps: this.random.below(6) }, 1);
        }
    }

    hurry(): void {
        for (const { faults } of this.hosts) faults.off();
    }

    /** Writes to items and ledgers so far. */
    get writes(): number {
        return this.hosts.reduce((sum, host) => sum + host.writes.items.length + host.writes.ledger.length, 0);
    }

    /** TCP connections so far. */
    get connections(): number {
        return this.hosts.reduce((sum, host) => sum + host.counters.connections, 0);
    }

    get processes(): number {
        return this.hosts.reduce((sum, host) => sum + host.counters.processesRunning, 0);
    }

    /** Hosts that are not as the policy says and, beyond it, as they were first: one line each. */
    unlike({ flags, checkAccess }: Policy): string[] {
        return this.hosts.flatMap((host, index) => {
            const first = this.first[index] as Stand;
            // No value is as good as "0".
            const fine = !checkAccess && stand(host).value === "absent" ? "absent" : { kind: "REG_SZ", value: checkAccess ? "1" : "0" };
            const wanted = { flags: PATHS.map((path, at) => flags[path] ?? first.flags[at]), value: fine };
            return differences(host, wanted);
        });
    }

    /** Hosts that are not as they were first, or still have a ledger: one line each. `but`: items on hosts not to look at. */
    unrestored(but: ReadonlySet<string> = new Set()): string[] {
        return this.hosts.flatMap((host, index) => [
            ...Object.keys(host.machine.ledger())
                .filter((item) => !but.has(`${host.name} ${item}`))
                .map((item) => `${host.name} has an entry for ${item}`),
            ...([...but].some((one) => one.startsWith(`${host.name} `)) ? [] : differences(host, this.first[index] as Stand)),
        ]);
    }

    /** Entries of lives of resources that the state has never heard of, as `HOST ITEM`. */
    async unheardOf(project: Project): Promise<Set<string>> {
        const ids = await stampsIn(project);
        return new Set(
            this.hosts.flatMap((host) =>
                Object.entries(host.machine.ledger()).flatMap(([item, text]) => {
                    const parsed = parseEntry(text);
                    const known = parsed.state === "entry" && parsed.entry.owners.every(({ stamp }) => ids.has(stamp));
                    return known ? [] : [`${host.name} ${item}`];
                }),
            ),
        );
    }

    /** What must not be in the history of any host's ledger, and what must not lie on any host at the end: one line each. */
    get trouble(): string[] {
        return this.hosts.flatMap(({ name, writes, machine }) => [
            ...troubleIn(writes).map((line) => `${name}: ${line}`),
            ...machine.files.list().map((file) => `${name} has ${file}`),
        ]);
    }
}

/** The stamps of all lives in a state: of single resources, and of each host of a fleet that the state says was reached. */
async function stampsIn(project: Project): Promise<ReadonlySet<string>> {
    const exported = JSON.parse(await project.succeeds(["stack", "export", "--show-secrets"])) as Exported;
    return new Set(
        (exported.deployment.resources ?? []).flatMap(({ id = "", outputs }) => {
            const { plaintext } = outputs?.memory ?? {};
            if (plaintext === undefined) return [id];
            const { members } = uncheckedMemory(JSON.parse(plaintext)) as FleetMemory;
            const reached = members.flatMap(({ hosts }) => Object.entries(hosts).filter(([, machine]) => machine !== ""));
            return reached.map(([name]) => memberStamp(id, name));
        }),
    );
}

interface Exported {
    readonly deployment: {
        readonly resources?: readonly { readonly id?: string; readonly outputs?: { readonly memory?: { readonly plaintext?: string } } }[];
    };
}

function setValue(host: SimulatedHost, value: RegistryValue): void {
    host.machine.behindOurBack.setValue(UNSEC_APP_VALUE.key, UNSEC_APP_VALUE.name, value);
}

/** No qualifier and FALSE are the same here: mofcomp can't take a qualifier away. */
function stand({ machine }: SimulatedHost): Stand {
    return { flags: PATHS.map((path) => machine.flag(path) === true), value: machine.value(UNSEC_APP_VALUE.key, UNSEC_APP_VALUE.name) };
}

function differences(host: SimulatedHost, wanted: object): string[] {
    const has = JSON.stringify(stand(host));
    return has === JSON.stringify(wanted) ? [] : [`${host.name} has ${has}, wanted ${JSON.stringify(wanted)}`];
}
