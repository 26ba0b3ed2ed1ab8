import { lookAt } from "../core/item";
import { DEFAULT_COMPILER } from "../core/step";
import { reconcile } from "../reconcile";
import { named, withGoneHint, withRecordedConnectionHint } from "./naming";
import { type Runtime, tellOutcome } from "./runtime";
import { isSilence } from "./silence";
import { type AbandonedHost, type FormerHost, itemsOf, memoryOf, wantedItems } from "./state";

type OnDelete = "restore" | "leave";

/** Releases hosts: the one of a resource that is deleted, and those that it has moved away from. */
export class FormerHosts {
    constructor(private readonly runtime: Runtime) {}

    /**
     * Takes the owner out of the host's ledger; the last owner puts back what stood there before.
     * A host that does not answer is an error, unless nothing is to be put back there, or it is one to forget: then a warning
     * tells what stays.
     * @throws WmisecError that names the host
     */
    async release(id: string, former: FormerHost, onDelete: OnDelete): Promise<void> {
        const { connection } = former;
        try {
            const outcome = await reconcile(this.runtime.host(connection), {
                declarations: [],
                dropped: itemsOf(former),
                leftAlone: [],
                claim: {
                    owner: former.owner,
                    stamp: id,
                    now: this.runtime.now(),
                    evict: this.runtime.evict,
                    compiler: former.compiler ?? DEFAULT_COMPILER,
                },
                superseded: false,
                onDelete,
                memoryOn: memoryOf(former),
                onWrite: this.runtime.beforeWrite,
            });
            await tellOutcome(this.runtime.log, connection.host, outcome);
        } catch (error) {
            const why = this.runtime.forget.has(connection.host) ? "WMISEC_FORGET" : onDelete === "leave" ? 'onDelete: "leave"' : undefined;
            if (!isSilence(error)) throw withRecordedConnectionHint(named(connection, error));
            if (why === undefined) throw withGoneHint(withRecordedConnectionHint(named(connection, error)));
            await this.runtime.log.warn(
                `${connection.host}: did not answer; left as it is, as ${why} says. Should it come back, its ledger still names ${former.owner} for ${wantedItems(former).join(", ")}`,
            );
        }
    }

    /**
     * Does the host still answer, so that it can be released later? Asked before anything is written elsewhere.
     * @param mayBeGone whether an error may be taken for a host that nobody will ask again
     * @returns undefined when it answers, else what is left behind there
     * @throws WmisecError that names the host
     */
    async goneHost(former: FormerHost, mayBeGone: (error: unknown) => boolean): Promise<AbandonedHost | undefined> {
        const { connection, machine } = former;
        try {
            await this.runtime.host(connection).observe(lookAt(itemsOf(former)));
            return undefined;
        } catch (error) {
            if (!mayBeGone(error)) throw named(connection, error);
            await this.runtime.log.unreachable(connection.host);
            return { host: connection.host, machine, items: wantedItems(former) };
        }
    }
}
