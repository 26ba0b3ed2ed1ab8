import type { Properties, ReadResult, WhenMoved } from "../handlers/handler";
import type { Runtime } from "../handlers/runtime";
import type { OnDelete } from "../reconcile";

/** The operations on one host of a fleet: those of a resource for one host. */
export interface MemberHandler {
    create(inputs: Properties): Promise<{ id: string; outs: Properties }>;
    read(id: string, stored: Properties): Promise<ReadResult>;
    update(id: string, old: Properties, news: Properties, formerHosts: WhenMoved): Promise<Properties>;
    delete(id: string, stored: Properties, onDelete?: OnDelete): Promise<void>;
}

/** Makes the handlers of a fleet's hosts, and keeps track of their lives. */
export interface Members {
    handler(runtime: Runtime): MemberHandler;
    /** The program declares the host: what of this life stands in ledgers is no leftover. */
    declares(stamp: string, state: Properties): void;
}
