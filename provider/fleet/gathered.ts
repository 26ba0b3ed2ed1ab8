import { listed } from "../core/text/listed";
import type { Log } from "../handlers/runtime";

/** Lines of one kind that are shown; the rest is counted. */
const MOST_LINES = 10;

/** What the handlers say about hosts of a fleet, until it is said at once: the same about many hosts in one line. */
export class Gathered {
    private readonly warnings = new Map<string, string[]>();

    /**
     * The log of one host's handler. Notes are dropped: with thousands of hosts nobody reads them. A host that does not answer is counted
     * by the fleet.
     */
    logOf(name: string): Log {
        return {
            info: async () => undefined,
            warn: async (text) => this.add(name, text),
            unreachable: async () => undefined,
            passing: async () => undefined,
        };
    }

    private add(name: string, text: string): void {
        // The handler's lines begin with the host as it names it, which differs from line to line.
        const about = text.replace(/^.*?: /, "");
        const hosts = this.warnings.get(about);
        if (hosts === undefined) this.warnings.set(about, [name]);
        else hosts.push(name);
    }

    /** Each warning with the hosts that it is about. */
    get lines(): readonly string[] {
        const lines = [...this.warnings].map(([text, hosts]) => `${listed(hosts)}: ${text}`);
        const more = lines.length - MOST_LINES;
        return more > 0 ? [...lines.slice(0, MOST_LINES), `and ${more} more warnings of this kind about other hosts`] : lines;
    }
}
