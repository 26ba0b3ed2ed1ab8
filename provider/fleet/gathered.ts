import { listed } from "../core/text/listed";
import type { Log } from "../handlers/runtime";

/** Lines of one kind that are shown; the rest is counted. */
const MOST_LINES = 10;

/** What the handlers say about hosts of a fleet, until it is said at once: the same about many hosts in one line. */
export class Gathered {
    /** By what is said, without the hosts that it is said of. */
    private readonly warnings = new Map<string, { readonly hosts: Set<string>; readonly text: string }>();

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

    private add(name: string, line: string): void {
        // The handler's lines begin with the host as it names it, which differs from line to line.
        const text = line.replace(/^.*?: /, "");
        const about = withoutHost(text, name);
        const known = this.warnings.get(about);
        if (known === undefined) this.warnings.set(about, { hosts: new Set([name]), text });
        else known.hosts.add(name);
    }

    /** Each warning with the hosts that it is about. */
    get lines(): readonly string[] {
        const lines = [...this.warnings].map(([about, { hosts, text }]) => `${listed([...hosts])}: ${hosts.size === 1 ? text : about}`);
        const more = lines.length - MOST_LINES;
        return more > 0 ? [...lines.slice(0, MOST_LINES), `and ${more} more warnings of this kind about other hosts`] : lines;
    }
}

/** An owner of one host's items is the fleet and the host (`memberOwner`): of several hosts only the fleet is told. */
const withoutHost = (text: string, name: string): string =>
    text.replace(/#([\w.:%[\]-]*[\w\]])/g, (owner, host) => (host === name ? "" : owner));
