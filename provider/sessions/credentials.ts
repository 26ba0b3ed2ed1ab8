import { constants } from "node:fs";
import { access } from "node:fs/promises";
import type { ParsedKey } from "ssh2";
import type { Endpoint } from "../core/connection";
import { describeSource, type SecretSource } from "../core/connection/secretRef";
import { WmisecError } from "../core/errors";
import { expandHome } from "./expandHome";
import { openPrivateKey } from "./privateKey";
import type { Secrets } from "./secrets";
import { type AgentKey, agentKeys, WINDOWS_AGENT } from "./sshAgent";

/** Credentials for a login. `from` describes the place of each for errors, never its content. */
export interface Credentials {
    readonly user: string;
    /** `problem`: why it has no usable key. */
    readonly agent: { readonly keys: readonly AgentKey[]; readonly problem?: string; readonly from: string } | undefined;
    /** `certificate`: the path of a certificate beside the key's file. */
    readonly key: { readonly key: ParsedKey; readonly certificate: string | undefined; readonly from: string } | undefined;
    readonly password: { readonly text: string; readonly from: string } | undefined;
}

/**
 * Gets the secrets of an endpoint, and the keys of an agent, when they are needed.
 *
 * Without a password and a key it uses the agent that SSH_AUTH_SOCK names; on Windows without that variable, OpenSSH's agent.
 * @param env for SSH_AUTH_SOCK
 * @param platform of the controller
 * @throws WmisecError `secretUnavailable`; `invalidInput` for a bad key and for an endpoint that gives no way to log in.
 */
export async function readCredentials(
    endpoint: Endpoint,
    field: "connection" | "connection.proxy",
    secrets: Secrets,
    { env, home, platform = process.platform }: { env: NodeJS.ProcessEnv; home: string; platform?: NodeJS.Platform },
): Promise<Credentials> {
    const fetch = async (name: string, source: SecretSource | undefined) => {
        if (source === undefined) return undefined;
        const from = `${name} (${describeSource(source)})`;
        return { text: await secrets.resolve(source, `${field}.${name}`), from };
    };
    const [password, privateKey, opener] = await Promise.all([
        fetch("password", endpoint.password),
        fetch("privateKey", endpoint.privateKey),
        fetch("privateKeyPassword", endpoint.privateKeyPassword),
    ]);
    const key = privateKey && {
        key: openPrivateKey(privateKey.text, opener?.text, `${field}.${privateKey.from}`),
        certificate: await certificateBeside(endpoint.privateKey, home),
        from: privateKey.from,
    };
    const place = agentPlace(endpoint, env, platform);
    const agent = place && { from: place.from, ...(await keysOf(place.path, platform)) };
    if (password === undefined && privateKey === undefined && (agent?.keys ?? []).length === 0)
        throw new WmisecError("invalidInput", `${field} gives no way to log ${endpoint.user} in`, {
            tried: agent === undefined ? "SSH_AUTH_SOCK: not set" : `${agent.from}: ${agent.problem}`,
            remedy: [
                `set ${field}.privateKey, ${field}.password or ${field}.agentSocketPath, or run an SSH agent that holds a key`,
                platform === "win32"
                    ? "OpenSSH's agent: Set-Service ssh-agent -StartupType Manual; Start-Service ssh-agent; ssh-add"
                    : 'an agent: eval "$(ssh-agent)"; ssh-add. SSH_AUTH_SOCK names its socket',
            ].join("\n"),
        });
    return { user: endpoint.user, agent, key, password };
}

/** The agent to ask: the connection's, or the one that OpenSSH's own programs would ask. */
function agentPlace(
    { agentSocketPath, password, privateKey }: Endpoint,
    env: NodeJS.ProcessEnv,
    platform: NodeJS.Platform,
): { path: string; from: string } | undefined {
    if (agentSocketPath !== undefined) return { path: agentSocketPath, from: `agent (${agentSocketPath})` };
    if (password !== undefined || privateKey !== undefined) return undefined;
    const socket = env["SSH_AUTH_SOCK"] ?? "";
    if (socket !== "") return { path: socket, from: `agent (SSH_AUTH_SOCK, ${socket})` };
    return platform === "win32" ? { path: WINDOWS_AGENT, from: `agent (${WINDOWS_AGENT}, as SSH_AUTH_SOCK is not set)` } : undefined;
}

async function keysOf(path: string, platform: NodeJS.Platform): Promise<{ keys: readonly AgentKey[]; problem?: string }> {
    try {
        const keys = await agentKeys(path, platform);
        if (keys.length > 0) return { keys };
        return { keys, problem: 'holds no key that we can use (ssh-add -l); certificates and security keys need transport "openssh"' };
    } catch (error) {
        return { keys: [], problem: (error as Error).message };
    }
}

/** The program `ssh` would show it with the key; our client does not. */
async function certificateBeside(privateKey: SecretSource | undefined, home: string): Promise<string | undefined> {
    if (typeof privateKey !== "object" || !("file" in privateKey)) return undefined;
    const path = `${privateKey.file}-cert.pub`;
    return (await readable(expandHome(path, home))) ? path : undefined;
}

const readable = (path: string): Promise<boolean> =>
    access(path, constants.R_OK).then(
        () => true,
        () => false,
    );
