import { z } from "zod";

/** Hosts that are named. */
const MOST = 20;

const refused = z.object({ refused: z.object({ count: z.int() }) });
/** What of the output `events` is counted. */
const events = z.object({ namespaces: z.record(z.string(), refused), other: refused });

/** How many clients each host refused, as its event log says. */
export class RefusedClients {
    private readonly counts = new Map<string, number>();

    /** @param output the host's `events`; one that could not be read counts nothing */
    add(host: string, output: unknown): void {
        const { data } = events.safeParse(output);
        if (data === undefined) return;
        const all = [...Object.values(data.namespaces), data.other];
        this.counts.set(
            host,
            all.reduce((sum, { refused: { count } }) => sum + count, 0),
        );
    }

    /**
     * The hosts with the most refusals; undefined if no log was ever read.
     * @param before what was known before, of hosts whose logs were not read this time
     * @param hosts of the fleet
     */
    most(before: Readonly<Record<string, number>> | undefined, hosts: { has(name: string): boolean }): Record<string, number> | undefined {
        if (this.counts.size === 0 && before === undefined) return undefined;
        const all = new Map([...Object.entries(before ?? {}), ...this.counts]);
        const sorted = [...all].filter(([name, count]) => count > 0 && hosts.has(name)).sort(([, a], [, b]) => b - a);
        return Object.fromEntries(sorted.slice(0, MOST));
    }
}
