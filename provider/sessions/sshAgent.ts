import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { type BaseAgent, createAgent } from "ssh2";
import { ControllerFault } from "./controllerFault";

/** SSH_AGENTC_REQUEST_IDENTITIES, with its length (draft-miller-ssh-agent, 3). */
const REQUEST_IDENTITIES = Buffer.from([0, 0, 0, 1, 11]);

/** An SSH agent of the controller, of which it is known whether it owes us an answer: its silence is not the host's. */
export interface WatchedAgent {
    readonly agent: BaseAgent;
    readonly owesAnswer: () => boolean;
}

type Callback = (...answer: unknown[]) => void;

/**
 * @param path of its socket, or what else ssh2 takes
 * @param over fires when nobody waits for answers any more
 */
export function watchedAgent(path: string, over: AbortSignal): WatchedAgent {
    const agent = createAgent(path);
    let owed = 0;
    const methods = agent as unknown as Record<string, ((...args: unknown[]) => void) | undefined>;
    const wrap = (name: string, wrapped: (callback: Callback) => Callback) => {
        const method = methods[name]?.bind(agent);
        if (method !== undefined) methods[name] = (...args) => method(...args.slice(0, -1), wrapped(args.at(-1) as Callback));
    };
    for (const name of ["getIdentities", "sign"])
        wrap(name, (callback) => {
            owed++;
            return (...answer) => {
                owed--;
                if (!over.aborted) callback(...answer);
            };
        });
    // ssh2 itself waits for ever for one that is silent.
    wrap("getStream", (callback) => (error, stream) => {
        over.addEventListener("abort", () => (stream as Duplex | undefined)?.destroy(), { once: true });
        callback(error, stream);
    });
    return { agent, owesAnswer: () => owed > 0 };
}

/** Whether an agent takes a question and does not answer it within `ms`. One that is not there is not silent. */
export function isSilentAgent(path: string, ms: number): Promise<boolean> {
    return new Promise((resolve) => {
        const socket = connect({ path });
        const told = (silent: boolean) => {
            clearTimeout(timer);
            socket.destroy();
            resolve(silent);
        };
        const timer = setTimeout(() => told(true), ms);
        socket.on("connect", () => socket.write(REQUEST_IDENTITIES));
        socket.on("data", () => told(false));
        socket.on("end", () => told(false));
        socket.on("error", () => told(false));
    });
}

/**
 * @param agent where it is, in words: `agent (SSH_AUTH_SOCK)`
 * @param seconds that we waited
 */
export const agentSilent = (agent: string, seconds: number): ControllerFault =>
    new ControllerFault("lasting", `the SSH agent of the machine that runs pulumi did not answer within ${seconds} s`, {
        tried: agent,
        remedy: "unlock its keys, or take those out that want a touch or a PIN, which nobody gives here (ssh-add -l must answer at once); or use privateKey",
    });
