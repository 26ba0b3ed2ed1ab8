import { type Checked, check, holdsUnknown } from "../handlers/check";
import type { Difference } from "../handlers/diff";
import { Handler, type Properties } from "../handlers/handler";
import { PartialFailure } from "../handlers/partialFailure";
import { specOf } from "../resources";
import type { ResourceSpec } from "../resources/resource";
import type { Plugin } from "./plugin";
import { presentError } from "./presentError";
import { withSecretsMarked } from "./secretOutputs";
import { TalliedHandler } from "./talliedHandler";

/**
 * What an engine asks of one type of resource, the same under every head. Properties come as the engine has them, with nulls and unknown
 * values, but without what only the protocol keeps among them. They are returned with their secrets marked.
 *
 * Every error is safe to show to people (`presentError`). A `PartialFailure` holds the state to keep.
 */
export class Operations {
    private readonly spec: ResourceSpec;
    private readonly handler: TalliedHandler;

    /**
     * @param name of the resource
     * @param isUnknown recognizes the protocol's stand-in for a value that a preview does not know yet
     * @throws TypeError for a name that no resource has
     */
    constructor(
        name: string,
        private readonly plugin: Plugin,
        private readonly isUnknown: (value: unknown) => boolean,
    ) {
        this.spec = specOf(name);
        this.handler = new TalliedHandler(new Handler(this.spec, plugin.runtime), plugin.tally);
    }

    check(inputs: Properties): Checked {
        return check(this.spec, withoutNulls(inputs), this.isUnknown);
    }

    diff(id: string, old: Properties, news: Properties): Promise<Difference> {
        return this.presented(async () => {
            this.plugin.lives.declares(id, old);
            return holdsUnknown(news, this.isUnknown) ? {} : this.handler.diff(withoutNulls(old), withoutNulls(news));
        });
    }

    create(inputs: Properties): Promise<{ id: string; outs: Properties }> {
        return this.presented(async () => {
            const { id, outs } = await this.handler.create(withoutNulls(inputs));
            this.plugin.lives.declares(id, outs);
            return { id, outs: withSecretsMarked(outs) };
        });
    }

    read(id: string, stored: Properties): Promise<{ outs: Properties; inputs: Properties }> {
        return this.presented(async () => {
            const { outs, inputs } = await this.handler.read(this.plugin.lives.add(id, stored), withoutNulls(stored));
            return { outs: withSecretsMarked(outs), inputs: withSecretsMarked(inputs) };
        });
    }

    update(id: string, old: Properties, news: Properties): Promise<Properties> {
        return this.presented(async () => {
            const outs = await this.handler.update(this.plugin.lives.add(id, old), withoutNulls(old), withoutNulls(news));
            this.plugin.lives.declares(id, outs);
            return withSecretsMarked(outs);
        });
    }

    delete(id: string, stored: Properties): Promise<void> {
        return this.presented(() => this.handler.delete(this.plugin.lives.add(id, stored), withoutNulls(stored)));
    }

    private async presented<T>(work: () => Promise<T>): Promise<T> {
        const { redact } = this.plugin;
        try {
            return await work();
        } catch (error) {
            if (error instanceof PartialFailure)
                throw new PartialFailure(error.id, withSecretsMarked(error.properties), presentError(error.failure, redact));
            throw error instanceof Error ? presentError(error, redact) : error;
        }
    }
}

/** An absent field arrives as null if the whole value is secret. */
const withoutNulls = (properties: Properties): Properties => cleared(properties) as Properties;

function cleared(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(cleared);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).flatMap(([key, inner]) => (inner === null ? [] : [[key, cleared(inner)]])));
}
