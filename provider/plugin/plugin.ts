import { randomUUID } from "node:crypto";
import { connectHosts } from "../connect";
import type { Runtime } from "../handlers/runtime";
import { AskedLives } from "./askedLives";
import type { Engine } from "./engine";
import { Lifetime } from "./lifetime";
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
}

/**
 * Called once a process: the resources share its sessions, and it ends with the engine.
 * @param engine undefined if there is none: lines go to standard error, and no engine is watched
 * @throws an error without secrets if an environment variable has an invalid value
 */
export function startPlugin(engine: Engine | undefined): Plugin {
    try {
        return makePlugin(engine);
    } catch (error) {
        // No secret is known yet.
        throw error instanceof Error ? presentError(error, (text) => text) : error;
    }
}

function makePlugin(engine: Engine | undefined): Plugin {
    const write = async (severity: "info" | "warning", text: string) => {
        const safe = hosts.redact(text);
        return engine === undefined ? console.error(safe) : engine.write(severity, safe);
    };
    const hosts = connectHosts((text) => void write("warning", text));
    const tally = new Tally();
    const lives = new AskedLives(async () => engine === undefined || engine.programRuns());
    const lifetime = new Lifetime(engine?.address, async () => {
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
