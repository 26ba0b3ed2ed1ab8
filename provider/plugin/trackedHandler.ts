import { isWmisecError } from "../core/errors";
import type { MemberHandler } from "../fleet/members";
import { type Checked, check } from "../handlers/check";
import { conditionAfter, conditionOf, namespacesOf } from "../handlers/condition";
import type { Difference } from "../handlers/diff";
import type { Handler, Properties, ReadResult, WhenMoved, WhenUnread } from "../handlers/handler";
import { hostText } from "../handlers/naming";
import { PartialFailure } from "../handlers/partialFailure";
import type { OnDelete } from "../reconcile";
import { NO_OWNER, type ResourceSpec } from "../resources/resource";
import type { AskedLives } from "./askedLives";
import type { Tally } from "./tally";

/** A handler that records the condition of each resource after an operation, and the lives that the engine asked about. */
export class TrackedHandler implements MemberHandler {
    constructor(
        private readonly spec: ResourceSpec,
        private readonly handler: Handler,
        private readonly tally: Tally,
        private readonly lives: AskedLives,
    ) {}

    check(inputs: Properties, _before: Properties, isUnknown: (value: unknown) => boolean): Checked {
        return check(this.spec, inputs, isUnknown);
    }

    declares(id: string, old: Properties): void {
        this.lives.declares(id, old);
    }

    diff(old: Properties, news: Properties): Difference {
        return this.handler.diff(old, news);
    }

    async create(inputs: Properties): Promise<{ id: string; outs: Properties }> {
        // If a create fails before its first write, there is no id. So its owner identifies it.
        const made = await this.noted("write", String(inputs["owner"]), inputs, () => this.handler.create(inputs));
        this.tally.note(made.id, hostOf(inputs), conditionOf(made.outs), namespacesOf(made.outs));
        this.lives.declares(made.id, made.outs);
        return made;
    }

    async read(id: string, stored: Properties, whenUnread?: WhenUnread): Promise<ReadResult> {
        this.lives.add(id, stored);
        const found = await this.noted("read", id, stored, () => this.handler.read(id, stored, whenUnread));
        this.tally.note(id, hostOf(stored), conditionOf(found.outs), namespacesOf(found.outs));
        return found;
    }

    async update(id: string, old: Properties, news: Properties, formerHosts?: WhenMoved): Promise<Properties> {
        this.lives.add(id, old);
        const outs = await this.noted("write", id, news, () => this.handler.update(id, old, news, formerHosts));
        this.tally.note(id, hostOf(news), conditionOf(outs), namespacesOf(outs));
        this.lives.declares(id, outs);
        return outs;
    }

    async delete(id: string, stored: Properties, onDelete?: OnDelete): Promise<void> {
        this.lives.add(id, stored);
        await this.noted("write", id, stored, () => this.handler.delete(id, stored, onDelete));
        this.tally.drop(id);
    }

    private async noted<Result>(kind: "read" | "write", resource: string, bag: Properties, work: () => Promise<Result>): Promise<Result> {
        this.tally.began(kind);
        try {
            return await work();
        } catch (error) {
            const condition = conditionAfter(error);
            // The error may be about a host that the resource moves away from.
            const host = hostOf(bag, hostNamedBy(error));
            if (condition !== undefined) this.tally.note(error instanceof PartialFailure ? error.id : resource, host, condition);
            throw error;
        }
    }
}

function hostNamedBy(error: unknown): string | undefined {
    const failure = error instanceof PartialFailure ? error.failure : error;
    return isWmisecError(failure) ? failure.host : undefined;
}

function hostOf({ connection, owner, lastOwner = owner }: Properties, named?: string): string {
    const own = typeof connection === "object" && connection !== null && "host" in connection ? String(connection.host) : "?";
    return hostText({ connection: { host: named ?? own }, owner: typeof lastOwner === "string" ? lastOwner : NO_OWNER });
}
