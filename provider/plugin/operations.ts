import { WmisecError } from "../core/errors";
import { type Checked, holdsUnknown } from "../handlers/check";
import type { Difference } from "../handlers/diff";
import type { Properties, WhenUnread } from "../handlers/handler";
import { imported } from "../handlers/import";
import { PartialFailure } from "../handlers/partialFailure";
import { isFleet, specOf } from "../resources";
import type { Plugin } from "./plugin";
import { presentError } from "./presentError";
import { type ResourceHandler, resourceHandler } from "./resourceHandler";
import { withSecretsMarked } from "./secretOutputs";
import { withoutNulls } from "./withoutNulls";

/**
 * What an engine asks of one type of resource, the same under every head. Properties come as the engine has them, with nulls and unknown
 * values, but without what only the protocol keeps among them. They are returned with their secrets marked.
 *
 * Every error is safe to show to people (`presentError`). A `PartialFailure` holds the state to keep.
 */
export class Operations {
    private readonly handler: ResourceHandler;

    /**
     * @param name of the resource
     * @param isUnknown recognizes the protocol's stand-in for a value that a preview does not know yet
     * @throws TypeError for a name that no resource has
     */
    constructor(
        private readonly name: string,
        private readonly plugin: Plugin,
        private readonly isUnknown: (value: unknown) => boolean,
    ) {
        this.handler = resourceHandler(name, plugin);
    }

    /** @param before the inputs of the state; empty for a create */
    check(inputs: Properties, before: Properties): Checked {
        this.plugin.lives.checks();
        return this.handler.check(withoutNulls(inputs), withoutNulls(before), this.isUnknown);
    }

    diff(id: string, old: Properties, news: Properties): Promise<Difference> {
        return this.presented(async () => {
            this.handler.declares(id, withoutNulls(old));
            return holdsUnknown(news, this.isUnknown) ? {} : this.handler.diff(withoutNulls(old), withoutNulls(news));
        });
    }

    create(inputs: Properties): Promise<{ id: string; outs: Properties }> {
        return this.presented(async () => {
            const { id, outs } = await this.handler.create(withoutNulls(inputs));
            return { id, outs: withSecretsMarked(outs) };
        });
    }

    read(id: string, stored: Properties, whenUnread: WhenUnread): Promise<{ outs: Properties; inputs: Properties }> {
        return this.presented(async () => {
            const { outs, inputs } = await this.handler.read(id, withoutNulls(stored), whenUnread);
            return { outs: withSecretsMarked(outs), inputs: withSecretsMarked(inputs) };
        });
    }

    /**
     * @param names what of the host, as the import's id names it
     * @param connection the input of that name
     * @returns the state of a new life
     */
    import(names: readonly string[], connection: unknown): Promise<{ id: string; outs: Properties; inputs: Properties }> {
        return this.presented(async () => {
            if (isFleet(this.name))
                throw new WmisecError("invalidInput", `${this.name} can't be imported`, {
                    remedy: "declare it: pulumi up adopts what its hosts have, and writes only what differs; no host was contacted",
                });
            const { id, outs, inputs } = await imported(specOf(this.name), this.plugin.runtime, names, withoutNulls({ connection }));
            return { id, outs: withSecretsMarked(outs), inputs: withSecretsMarked(inputs) };
        });
    }

    update(id: string, old: Properties, news: Properties): Promise<Properties> {
        return this.presented(async () => {
            const outs = await this.handler.update(id, withoutNulls(old), withoutNulls(news));
            return withSecretsMarked(outs);
        });
    }

    delete(id: string, stored: Properties): Promise<void> {
        return this.presented(() => this.handler.delete(id, withoutNulls(stored)));
    }

    private async presented<T>(work: () => Promise<T>): Promise<T> {
        const { redact } = this.plugin;
        try {
            return await work();
        } catch (error) {
            if (error instanceof PartialFailure)
                throw new PartialFailure(
                    error.id,
                    withSecretsMarked(error.properties),
                    presentError(error.failure, redact),
                    error.inputs && withSecretsMarked(error.inputs),
                );
            throw error instanceof Error ? presentError(error, redact) : error;
        }
    }
}
