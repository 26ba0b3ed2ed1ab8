import { isWmisecError, printable, WmisecError } from "../core/errors";
import { listed } from "../core/text/listed";
import { isUnreachable } from "../handlers/isUnreachable";
import type { FleetOutputs } from "../resources/fleetOutputs";
import { type Counts, countsText } from "./findings";

/** Errors that are kept, one of each kind. */
const MOST_KEPT = 10;
/** Errors that are told in full. */
const MOST_TOLD = 3;

/** What to do about the fleet, beside what to do about the first host. */
const NEXT = {
    updating:
        "what was done on the other hosts is recorded: the next pulumi up does the rest. The output errors has an error of each kind, with what to do",
    reading:
        "to change the other hosts all the same: pulumi up --refresh=false, which also records a new maxUnreachable or unreachable for the next refresh",
    deleting: "the fleet stays in the state: the next pulumi destroy tries these hosts again",
};

/** The errors of a run, by host. */
export class HostErrors {
    private readonly all = new Map<string, Error>();

    add(host: string, error: Error): void {
        this.all.set(host, error);
    }

    /** The first of each kind. */
    get kept(): FleetOutputs["errors"] {
        const kinds = [...this.byKind.values()].slice(0, MOST_KEPT);
        if (kinds.length === 0) return undefined;
        return kinds.map(([host, error]) => ({ host, code: isWmisecError(error) ? error.code : "bug", message: printable(error.message) }));
    }

    /**
     * One error for all of them, in the words of the first of each kind.
     * @param counts of the fleet afterwards
     * @param doing what failed
     */
    combined(what: string, counts: Counts, doing: keyof typeof NEXT): WmisecError {
        const kinds = [...this.byKind.values()];
        const hosts = [...this.all].flatMap(([host, error]) => (isUnreachable(error) && kinds.length > 1 ? [] : [host]));
        const [first] = kinds;
        const ofFirst = first !== undefined && isWmisecError(first[1]) ? [first[1].details.remedy] : [];
        return new WmisecError("hostsFailed", what, {
            said: [countsText(counts), ...this.told].join("\n"),
            ...(hosts.length > 0 && { tried: `on ${listed(hosts)}` }),
            remedy: [...ofFirst, NEXT[doing]].join("\n"),
        });
    }

    /** The hosts, sorted. */
    get hosts(): readonly string[] {
        return [...this.all.keys()].sort();
    }

    /** In a line each, the first of each kind, with its host; how many more kinds there are. */
    get told(): readonly string[] {
        const kinds = [...this.byKind.values()];
        const more = kinds.length - MOST_TOLD;
        const lines = kinds.slice(0, MOST_TOLD).map(([host, error]) => `${host}: ${briefText(error)}`);
        return more > 0 ? [...lines, `and ${more} more kinds of errors`] : lines;
    }

    private get byKind(): ReadonlyMap<string, readonly [host: string, error: Error]> {
        const kinds = new Map<string, readonly [string, Error]>();
        // Silence is expected in a large fleet: what else went wrong is told first.
        const sorted = [...this.all].sort(
            ([a, one], [b, other]) => Number(isUnreachable(one)) - Number(isUnreachable(other)) || (a < b ? -1 : 1),
        );
        for (const [host, error] of sorted) {
            const kind = kindOf(error);
            if (!kinds.has(kind)) kinds.set(kind, [host, error]);
        }
        return kinds;
    }
}

/** The same for hosts on which the same went wrong: an error of a connection also says where it was to lead. */
const kindOf = (error: Error): string =>
    isWmisecError(error) ? `${error.code} ${error.summary.replace(/ to \S+ port \d+/, "")}` : error.message;

function briefText(error: Error): string {
    if (!isWmisecError(error)) return error.message;
    const { said } = error.details;
    return [`${error.code}: ${error.summary}`, ...(said === undefined || said === "" ? [] : [printable(said, 300)])].join(": ");
}
