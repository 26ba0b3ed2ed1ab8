import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { BaseAgent, createAgent, type KnownPublicKeys, type ParsedKey, type SignCallback, type SigningRequestOptions, utils } from "ssh2";
import { ControllerFault } from "./controllerFault";
import { fingerprintOf } from "./publicKey";

/** The pipe of OpenSSH's agent on Windows. */
export const WINDOWS_AGENT = "\\\\.\\pipe\\openssh-ssh-agent";

/** Milliseconds for an agent to list its keys. It needs no user for that. */
const LIST_MS = 10_000;

/** SSH_AGENTC_REQUEST_IDENTITIES, with its length (draft-miller-ssh-agent, 3). */
const REQUEST_IDENTITIES = Buffer.from([0, 0, 0, 1, 11]);

/**
 * One key of an agent, as an agent with that key only. ssh2 tries the keys of an agent by itself, and does not report which of
 * them was accepted.
 */
export class AgentKey extends BaseAgent<ParsedKey> {
    /** `ssh-ed25519 SHA256:...`, as in the server's log. */
    readonly name: string;
    readonly #agent: BaseAgent;
    readonly #key: ParsedKey;
    readonly #streams: Set<Duplex>;
    #owed = 0;

    /** @param streams the open streams to the agent */
    constructor(agent: BaseAgent, key: ParsedKey, streams: Set<Duplex>) {
        super();
        this.#agent = agent;
        this.#key = key;
        this.#streams = streams;
        this.name = `${key.type} ${fingerprintOf(key.getPublicSSH())}`;
    }

    /** Whether the agent was asked to sign and has not answered. Then the delay is not the host's fault. */
    get owesAnswer(): boolean {
        return this.#owed > 0;
    }

    /** Stops waiting for answers; ssh2 itself would wait forever. */
    giveUp(): void {
        for (const stream of this.#streams) stream.destroy();
    }

    getIdentities(callback: (error: Error | null | undefined, keys?: ParsedKey[]) => void): void {
        callback(null, [this.#key]);
    }

    sign(key: ParsedKey, data: Buffer, options: SigningRequestOptions, callback?: SignCallback): void;
    sign(key: ParsedKey, data: Buffer, callback: SignCallback): void;
    sign(key: ParsedKey, data: Buffer, options: SigningRequestOptions | SignCallback, callback?: SignCallback): void {
        const [given, tell] = typeof options === "function" ? [{}, options] : [options, callback];
        this.#owed++;
        this.#agent.sign(key, data, given, (...answer) => {
            this.#owed--;
            tell?.(...answer);
        });
    }
}

/**
 * The usable keys of an agent: no certificates, and no keys of security tokens.
 * @param path a socket; on Windows a named pipe, `pageant`, or the socket file of Git's or Cygwin's agent
 * @throws Error that says what is wrong with the agent or its path
 */
export function agentKeys(path: string, platform: NodeJS.Platform, listMs = LIST_MS): Promise<AgentKey[]> {
    return new Promise((resolve, reject) => {
        if (platform === "win32" && LOST_BACKSLASHES.test(path)) throw new Error(`${LOST} "${JSON.stringify(WINDOWS_AGENT).slice(1, -1)}"`);
        const agent = createAgent(path);
        const streams = new Set<Duplex>();
        const open = agent.getStream?.bind(agent);
        agent.getStream = (callback) =>
            open?.((error, stream) => {
                if (stream !== undefined) {
                    streams.add(stream);
                    stream.once("close", () => streams.delete(stream));
                }
                callback(error, stream);
            });
        const timer = setTimeout(() => {
            reject(new Error(`did not list its keys within ${listMs / 1000} s`));
            for (const stream of streams) stream.destroy();
        }, listMs);
        agent.getIdentities((error, keys) => {
            clearTimeout(timer);
            if (error) reject(new Error(/cygwin/i.test(error.message) ? NO_AGENT_OF_WINDOWS : error.message));
            else resolve((keys ?? []).flatMap((key) => keyOf(agent, key, streams)));
        });
    });
}

/** ssh2's own agents return bare keys. */
function keyOf(agent: BaseAgent, found: KnownPublicKeys[number], streams: Set<Duplex>): AgentKey[] {
    if (typeof found === "object" && "pubKey" in found) return [];
    const key = utils.parseKey(found);
    return key instanceof Error ? [] : [new AgentKey(agent, key, streams)];
}

/** What is left of `\\.\pipe\NAME` after a string literal read its backslashes as escapes. */
const LOST_BACKSLASHES = /^[\\/]?\.[\\/]?pipe/i;
const LOST = "is the name of a pipe that has lost backslashes; in a program it is written";

/** ssh2 treats every path that is not a pipe as a Cygwin socket file. */
const NO_AGENT_OF_WINDOWS = [
    `is not an SSH agent: on Windows give a named pipe (${WINDOWS_AGENT})`,
    "the word pageant, or the socket file of Git's or Cygwin's agent",
].join(", ");

/** Whether an agent accepts a question and does not answer it within `ms`. False if there is no agent. */
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
 * @param agent describes its place: `agent (SSH_AUTH_SOCK)`
 * @param seconds that we waited
 */
export const agentSilent = (agent: string, seconds: number): ControllerFault =>
    new ControllerFault("lasting", `the SSH agent of the machine that runs pulumi did not answer within ${seconds} s`, {
        tried: agent,
        remedy: "unlock its keys, or remove keys that need a touch or a PIN, because nobody can give one here (ssh-add -l must answer at once); or use privateKey",
    });
