import type { Duplex } from "node:stream";
import { BaseAgent, createAgent, type KnownPublicKeys, type ParsedKey, type SignCallback, type SigningRequestOptions, utils } from "ssh2";
import { fingerprintOf } from "./publicKey";

/** Where the OpenSSH of Windows has its agent listen. */
export const WINDOWS_AGENT = "\\\\.\\pipe\\openssh-ssh-agent";

/** Milliseconds until an agent says which keys it holds; it asks nobody for that. */
const LIST_MS = 10_000;

/**
 * One key of an agent, as an agent that holds nothing else: ssh2 goes through the keys of an agent by itself, and tells
 * nobody which of them was accepted.
 */
export class AgentKey extends BaseAgent<ParsedKey> {
    /** `ssh-ed25519 SHA256:...`, as the server's log has it. */
    readonly name: string;
    readonly #agent: BaseAgent;
    readonly #key: ParsedKey;

    constructor(agent: BaseAgent, key: ParsedKey) {
        super();
        this.#agent = agent;
        this.#key = key;
        this.name = `${key.type} ${fingerprintOf(key.getPublicSSH())}`;
    }

    getIdentities(callback: (error: Error | null | undefined, keys?: ParsedKey[]) => void): void {
        callback(null, [this.#key]);
    }

    sign(key: ParsedKey, data: Buffer, options: SigningRequestOptions, callback?: SignCallback): void;
    sign(key: ParsedKey, data: Buffer, callback: SignCallback): void;
    sign(key: ParsedKey, data: Buffer, options: SigningRequestOptions | SignCallback, callback?: SignCallback): void {
        if (typeof options === "function") this.#agent.sign(key, data, options);
        else this.#agent.sign(key, data, options, callback);
    }
}

/**
 * The keys that an agent holds and that we can log in with: no certificates and no keys of security tokens.
 * @param path a socket; on Windows a named pipe, `pageant`, or the socket file of an agent of Git or Cygwin
 * @throws Error that says what the agent, or its place, lacks
 */
export function agentKeys(path: string, platform: NodeJS.Platform, listMs = LIST_MS): Promise<AgentKey[]> {
    return new Promise((resolve, reject) => {
        if (platform === "win32" && LOST_BACKSLASHES.test(path)) throw new Error(`${LOST} "${JSON.stringify(WINDOWS_AGENT).slice(1, -1)}"`);
        const agent = createAgent(path);
        let stream: Duplex | undefined;
        const open = agent.getStream?.bind(agent);
        agent.getStream = (callback) =>
            open?.((error, opened) => {
                stream = opened;
                callback(error, opened);
            });
        const timer = setTimeout(() => {
            reject(new Error(`did not say within ${listMs / 1000} s which keys it holds`));
            stream?.destroy();
        }, listMs);
        agent.getIdentities((error, keys) => {
            clearTimeout(timer);
            if (error) reject(new Error(/cygwin/i.test(error.message) ? NO_AGENT_OF_WINDOWS : error.message));
            else resolve((keys ?? []).flatMap((key) => keyOf(agent, key)));
        });
    });
}

/** ssh2's own agents give keys without anything around them. */
function keyOf(agent: BaseAgent, found: KnownPublicKeys[number]): AgentKey[] {
    if (typeof found === "object" && "pubKey" in found) return [];
    const key = utils.parseKey(found);
    return key instanceof Error ? [] : [new AgentKey(agent, key)];
}

/** What is left of `\\.\pipe\NAME` where a string took its backslashes for escapes. */
const LOST_BACKSLASHES = /^[\\/]?\.[\\/]?pipe/i;
const LOST = "is the name of a pipe that has lost backslashes; in a program it is written";

/** ssh2 takes every path that is no pipe for a socket file of Cygwin. */
const NO_AGENT_OF_WINDOWS = [
    `is no SSH agent: on Windows that is a named pipe (${WINDOWS_AGENT})`,
    "the word pageant, or the socket file of an agent of Git or Cygwin",
].join(", ");
