import { randomUUID } from "node:crypto";
import { connectHosts } from "../connect";
import { withFleets } from "../core/ledger/memberOwner";
import type { Runtime } from "../handlers/runtime";
import { AskedLives } from "./askedLives";
import type { Engine, Severity } from "./engine";
import { type EndsWithEngine, Lifetime } from "./lifetime";
import { presentError } from "./presentError";
import { runSummary } from "./runSummary";
import { Tally } from "./tally";
import { UnreachableWarning } from "./unreachableWarning";

/** What all resources of the plugin's process share. */
export interface Plugin {
    readonly runtime: Runtime;
    /** Removes secrets from text for people. */
    readonly redact: (text: string) => string;
    readonly tally: Tally;
    readonly lives: AskedLives;
    /** Says what the whole run found, and closes its sessions. For engines that announce the end of an operation. */
    readonly endRun: () => Promise<void>;
}

/**
 * Called once a run, which is once a process unless that outlives its engine: the resources share its sessions.
 * @param engine undefined if there is none: lines go to standard error, and no engine is watched
 * @throws an error without secrets if an environment variable has an invalid value
 */
export function startPlugin(engine: Engine | undefined, endsWithEngine: EndsWithEngine = "process"): Plugin {
    try {
        return makePlugin(engine, endsWithEngine);
    } catch (error) {
        // No secret is known yet.
        throw error instanceof Error ? presentError(error, (text) => text) : error;
    }
}

function makePlugin(engine: Engine | undefined, endsWithEngine: EndsWithEngine): Plugin {
    const write = async (severity: Severity, text: string, owner?: string) => {
        const safe = hosts.redact(text);
        return engine === undefined ? console.error(safe) : engine.write(severity, safe, owner && urnIn(owner));
    };
    const hosts = connectHosts((text) => void write("warning", text));
    const tally = new Tally();
    const lives = new AskedLives(async () => engine === undefined || engine.hasStack());
    const lastWords = () => runSummary(tally, hosts, lives.ofUnknown).map((line) => write("warning", line));
    const close = async () => void (await Promise.all([...lastWords(), hosts.closeAll()]));
    const lifetime = new Lifetime(engine?.address, close, endsWithEngine);
    const unreachable = new UnreachableWarning((text) => write("warning", text));
    const runtime: Runtime = {
        host: hosts.host,
        evict: withFleets(hosts.evict),
        forget: hosts.forget,
        strict: hosts.strict,
        previewHosts: hosts.previewHosts,
        now: () => new Date().toISOString(),
        newId: () => lives.add(randomUUID()),
        beforeWrite: () => lifetime.beforeWrite(),
        stopping: engine?.cancelled ?? new AbortController().signal,
        release: hosts.release,
        log: {
            info: (text, about) => write("info", text, about),
            warn: (text, about) => write("warning", text, about),
            passing: (text, about) => write("passing", text, about),
            unreachable: (host) => unreachable.add(host),
        },
        lives,
    };
    return { runtime, redact: hosts.redact, tally, lives, endRun: () => lifetime.end("the engine ended the run") };
}

/** An owner is an organization and a URN. */
const urnIn = (owner: string): string => owner.slice(owner.indexOf("/") + 1);
