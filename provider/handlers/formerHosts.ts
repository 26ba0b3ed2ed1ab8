import { lookAt } from "../core/item";
import { reconcile } from "../reconcile";
import { named } from "./naming";
import { type Runtime, tellOutcome } from "./runtime";
import { isSilence } from "./silence";
import { type AbandonedHost, type FormerHost, itemsOf, memoryOf, wantedItems } from "./state";

type OnDelete = "restore" | "leave";

/** Releases hosts: the one of a resource that is deleted, and those that it has moved away from. */
export class FormerHosts {
    constructor(private readonly runtime: Runtime) {}

    /**
     * Takes the owner out of the host's ledger; the last owner puts back what stood there before.
     * @returns false when the host did not answer and nothing was to be put back.
     * @throws WmisecError that names the host
     */
    async release(id: string, former: FormerHost, onDelete: OnDelete): Promise<boolean> {
        const { connection } = former;
        try {
            const outcome = await reconcile(this.runtime.host(connection), {
                declarations: [],
                dropped: itemsOf(former),
                leftAlone: [],
                claim: { owner: former.owner, stamp: id, now: this.runtime.now(), evict: this.runtime.evict },
                superseded: false,
                onDelete,
                memoryOn: memoryOf(former),
                onWrite: this.runtime.beforeWrite,
            });
            await tellOutcome(this.runtime.log, connection.host, outcome);
            return true;
        } catch (error) {
            if (onDelete === "leave" && isSilence(error)) return false;
            throw named(connection, error);
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
