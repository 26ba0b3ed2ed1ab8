import { z } from "zod";
import { Handler, type Properties, type WhenMoved } from "../../provider/handlers/handler";
import { PartialFailure } from "../../provider/handlers/partialFailure";
import type { Runtime } from "../../provider/handlers/runtime";
import { bookkeeping } from "../../provider/resources/commonOutputs";
import type { ResourceSpec } from "../../provider/resources/resource";

/**
 * Everything that a handler puts out, in every test over `HandlerWorld`, is what the resource's schemas say: nothing else, nothing more.
 * @throws ZodError
 */
function expectInSchema({ inputs, outputs }: ResourceSpec, properties: Properties): void {
    const entries = Object.entries(properties);
    inputs.parse(Object.fromEntries(entries.filter(([name]) => name in inputs.shape)));
    const whole = z.strictObject({ ...bookkeeping, ...(outputs.shape as z.core.$ZodShape) });
    // What an operation left that failed halfway may have nothing of its own yet.
    const schema = properties["incomplete"] === true ? whole.partial() : whole;
    schema.parse(Object.fromEntries(entries.filter(([name]) => !(name in inputs.shape))));
}

/** A handler whose states are looked at. */
export class InSchemaHandler extends Handler {
    constructor(
        private readonly schemas: ResourceSpec,
        runtime: Runtime,
    ) {
        super(schemas, runtime);
    }

    override create(inputs: Properties) {
        return this.seen(super.create(inputs), ({ outs }) => [outs]);
    }

    override read(id: string, stored: Properties) {
        return this.seen(super.read(id, stored), ({ outs, inputs }) => [outs, { ...outs, ...inputs }]);
    }

    override update(id: string, old: Properties, news: Properties, formerHosts?: WhenMoved) {
        return this.seen(super.update(id, old, news, formerHosts), (outs) => [outs]);
    }

    private async seen<T>(work: Promise<T>, states: (made: T) => readonly Properties[]): Promise<T> {
        try {
            const made = await work;
            for (const state of states(made)) expectInSchema(this.schemas, state);
            return made;
        } catch (error) {
            if (error instanceof PartialFailure) expectInSchema(this.schemas, error.properties);
            throw error;
        }
    }
}
