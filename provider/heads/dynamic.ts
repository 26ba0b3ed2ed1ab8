import type { dynamic } from "@pulumi/pulumi";
import { describeFailure } from "../handlers/check";
import type { Properties } from "../handlers/handler";
import { PartialFailure } from "../handlers/partialFailure";
import { Operations } from "../plugin/operations";
import { type Plugin, startPlugin } from "../plugin/plugin";
import { cancelSignal } from "./cancelSignal";
import { engineAddress } from "./engineAddress";
import { EngineLog } from "./engineLog";
import { fromNative } from "./fromNative";
import { serverError, showOwnLinesOnce } from "./serverError";

/** The engine's stand-in for a value that a preview does not know yet (`pulumi.runtime.unknownValue`). */
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const isUnknown = (value: unknown): boolean => value === UNKNOWN;

/** The engine keeps the provider's own text among a resource's properties. */
const PROVIDER = "__provider";

/**
 * One type of resource as a dynamic provider. The text that the sdk classes put into `__provider` calls it in the plugin's process.
 * A delete years later calls it again, so the name and this function are a public promise.
 * @param name of the resource, such as `WmiNamespaceSecurity`.
 * @throws TypeError for another name.
 */
export function dynamicProvider(name: string): dynamic.ResourceProvider {
    const operations = new Operations(name, plugin(), isUnknown);
    // The native head's states have no text of ours.
    const known = (olds: Properties, news: Properties) => (PROVIDER in olds ? bare(olds) : fromNative(name, olds, news));
    return {
        check: async (olds: Properties, news: Properties) => {
            const { inputs, failures } = operations.check(bare(news), bare(olds));
            return {
                inputs: { ...inputs, [PROVIDER]: news[PROVIDER] },
                // No property name: with one, the engine would also print the property's value, and a connection may hold a secret.
                failures: failures.map((failure) => ({ property: "", reason: describeFailure(failure) })),
            };
        },
        diff: (id, olds: Properties, news: Properties) => answered(() => operations.diff(id, known(olds, news), bare(news))),
        create: (inputs: Properties) => answered(() => operations.create(bare(inputs)), inputs),
        read: (id, props: Properties = {}) =>
            answered(async () => {
                const { outs, inputs } = await operations.read(id, bare(props), "fail");
                return { id, props: outs, inputs };
            }),
        update: (id, olds: Properties, news: Properties) =>
            answered(async () => ({ outs: await operations.update(id, known(olds, news), bare(news)) }), news),
        delete: (id, props: Properties) => answered(() => operations.delete(id, bare(props))),
    };
}

function bare(properties: Properties): Properties {
    const { [PROVIDER]: _, ...rest } = properties;
    return rest;
}

/** Gives errors the shape that the dynamic server expects. The error of a failed write has the state to keep. */
async function answered<T>(work: () => Promise<T>, inputs: Properties = {}): Promise<T> {
    try {
        return await work();
    } catch (error) {
        if (error instanceof PartialFailure) {
            const { id, message } = error;
            const properties = { ...error.properties, [PROVIDER]: inputs[PROVIDER] };
            throw Object.assign(serverError(error.failure), { id, properties, reasons: [message] });
        }
        throw error instanceof Error ? serverError(error) : error;
    }
}

let shared: Plugin | undefined;

/** @throws an error that the engine prints without our stack, if an environment variable has an invalid value */
function plugin(): Plugin {
    try {
        shared ??= startPlugin(engineOf(process.argv));
        return shared;
    } catch (error) {
        throw error instanceof Error ? serverError(error) : error;
    }
}

/** The dynamic server's process has the engine's arguments. */
function engineOf([, , ...args]: readonly string[]): EngineLog | undefined {
    const address = engineAddress(args);
    if (address === undefined) return undefined;
    const engine = new EngineLog(address, cancelSignal());
    showOwnLinesOnce(console, (line) => void engine.write("passing", line));
    return engine;
}
