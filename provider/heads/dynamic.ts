import { randomUUID } from "node:crypto";
import type { dynamic } from "@pulumi/pulumi";
import { connectHosts } from "../connect";
import { check, holdsUnknown } from "../handlers/check";
import { Handler, type Properties } from "../handlers/handler";
import { PartialFailure } from "../handlers/partialFailure";
import type { Runtime } from "../handlers/runtime";
import { specOf } from "../resources";
import { AskedLives } from "./askedLives";
import { EngineLog } from "./engineLog";
import { Lifetime } from "./lifetime";
import { presentError, showOwnLinesOnce } from "./presentError";
import { runSummary } from "./runSummary";
import { withSecretsMarked } from "./secretOutputs";
import { TalliedHandler } from "./talliedHandler";
import { Tally } from "./tally";
import { UnreachableWarning } from "./warnings";

/** What the engine puts in the place of a value that a preview does not know yet (`pulumi.runtime.unknownValue`). */
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const isUnknown = (value: unknown): boolean => value === UNKNOWN;

/** The engine keeps the provider's own text among a resource's properties; handlers know nothing of it. */
const PROVIDER = "__provider";

/**
 * One kind of resource as a dynamic provider. Called in the plugin's process by the text that the sdk classes put into
 * `__provider`; a delete years later calls it again, so the name and this function are a public promise.
 * @param name `WmiNamespaceSecurity` or `UnsecAppPolicy`.
 * @throws TypeError for another name.
 */
export function dynamicProvider(name: string): dynamic.ResourceProvider {
    const spec = specOf(name);
    const { runtime, redact, tally, lives } = startedPlugin();
    const handler = new TalliedHandler(new Handler(spec, runtime), tally);
    const presenting = <T>(work: () => Promise<T>, inputs?: Properties) => presentingErrors(work, redact, inputs);
    return {
        // Without a property's name: with one, the engine prints the property's value too, and a connection's may hold a secret.
        check: async (_olds: Properties, news: Properties) => ({
            inputs: { ...bare(news), [PROVIDER]: news[PROVIDER] },
            failures: check(spec, bare(news), isUnknown).map((reason) => ({ property: "", reason })),
        }),
        diff: async (id, olds: Properties, news: Properties) => {
            lives.declares(id, olds);
            return presenting(async () => (holdsUnknown(news, isUnknown) ? {} : handler.diff(bare(olds), bare(news))));
        },
        create: async (inputs: Properties) => {
            const { id, outs } = await presenting(() => handler.create(bare(inputs)), inputs);
            lives.declares(id, outs);
            return { id, outs: withSecretsMarked(outs) };
        },
        read: async (id, props: Properties = {}) => {
            const { outs, inputs } = await presenting(() => handler.read(lives.add(id, props), bare(props)));
            return { id, props: withSecretsMarked(outs), inputs: withSecretsMarked(inputs) };
        },
        update: async (id, olds: Properties, news: Properties) => {
            const outs = await presenting(() => handler.update(lives.add(id, olds), bare(olds), bare(news)), news);
            lives.declares(id, outs);
            return { outs: withSecretsMarked(outs) };
        },
        delete: async (id, props: Properties) => presenting(() => handler.delete(lives.add(id, props), bare(props))),
    };
}

/** Also without nulls: that is how a field arrives that is absent from a value which is secret as a whole. */
function bare(bag: Properties): Properties {
    const { [PROVIDER]: _, ...rest } = bag;
    return withoutNulls(rest) as Properties;
}

function withoutNulls(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(withoutNulls);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).flatMap(([key, inner]) => (inner === null ? [] : [[key, withoutNulls(inner)]])));
}

/** Errors as the engine wants them: without secrets, and that of a failed write with the state to keep. */
async function presentingErrors<T>(work: () => Promise<T>, redact: (text: string) => string, inputs: Properties = {}): Promise<T> {
    try {
        return await work();
    } catch (error) {
        if (error instanceof PartialFailure) {
            const properties = { ...withSecretsMarked(error.properties), [PROVIDER]: inputs[PROVIDER] };
            throw Object.assign(presentError(error.failure, redact), { id: error.id, properties, reasons: [redact(error.message)] });
        }
        throw error instanceof Error ? presentError(error, redact) : error;
    }
}

/** What all resources of the process share. */
interface Plugin {
    readonly runtime: Runtime;
    /** Takes secrets out of what people will read. */
    readonly redact: (text: string) => string;
    readonly tally: Tally;
    readonly lives: AskedLives;
}

let shared: Plugin | undefined;

/** @throws what the engine prints without our stack, when the environment says something that can't be meant */
function startedPlugin(): ReturnType<typeof plugin> {
    try {
        return plugin();
    } catch (error) {
        throw error instanceof Error ? presentError(error, (text) => text) : error;
    }
}

/** One for the process: all resources share its sessions. */
function plugin(): Plugin {
    shared ??= makePlugin(process.argv[2]);
    return shared;
}

function makePlugin(engineAddress: string | undefined): Plugin {
    const log = engineAddress === undefined ? undefined : new EngineLog(engineAddress);
    const write = async (severity: "info" | "warning", text: string) => {
        const safe = hosts.redact(text);
        return log === undefined ? console.error(safe) : log.write(severity, safe);
    };
    if (log !== undefined) showOwnLinesOnce(console, (line) => void log.write("passing", line));
    const hosts = connectHosts((text) => void write("warning", text));
    const tally = new Tally();
    const lives = new AskedLives(async () => log === undefined || log.programRuns());
    const lifetime = new Lifetime(engineAddress, async () => {
        await Promise.all([...runSummary(tally, hosts, lives.ofUnknown).map((line) => write("warning", line)), hosts.closeAll()]);
    });
    const unreachable = new UnreachableWarning((text) => write("warning", text));
    const runtime: Runtime = {
        host: hosts.host,
        evict: hosts.evict,
        forget: hosts.forget,
        strict: hosts.strict,
        now: () => new Date().toISOString(),
        newId: () => lives.add(randomUUID()),
        beforeWrite: () => lifetime.beforeWrite(),
        log: {
            info: (text) => write("info", text),
            warn: (text) => write("warning", text),
            unreachable: (host) => unreachable.add(host),
        },
        lives,
    };
    return { runtime, redact: hosts.redact, tally, lives };
}
