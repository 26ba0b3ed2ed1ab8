import type { ParsedKey } from "ssh2";
import type { Endpoint } from "../core/connection";
import { WmisecError } from "../core/errors";
import { describeSource, type SecretSource } from "../core/secretRef";
import { openPrivateKey } from "./privateKey";
import type { Secrets } from "./secrets";

/** What we can log in with, each with words for errors that name its place and never its content. */
export interface Credentials {
    readonly user: string;
    readonly agent: { readonly path: string; readonly from: string } | undefined;
    readonly key: { readonly key: ParsedKey; readonly from: string } | undefined;
    readonly password: { readonly text: string; readonly from: string } | undefined;
}

/**
 * Fetches the secrets of an endpoint, at the moment when they are needed.
 *
 * An agent is a socket; on Windows the pipe of the OpenSSH agent, `\\.\pipe\openssh-ssh-agent`, or the word `pageant`.
 * @param authSock the environment's SSH_AUTH_SOCK: the agent of those who give neither a password nor a key
 * @throws WmisecError `secretUnavailable`; `invalidInput` for a bad key and for an endpoint that gives no way to log in.
 */
export async function readCredentials(
    endpoint: Endpoint,
    field: "connection" | "connection.proxy",
    secrets: Secrets,
    authSock: string | undefined,
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
    const agent = agentOf(endpoint, authSock);
    if (agent === undefined && password === undefined && privateKey === undefined)
        throw new WmisecError("invalidInput", `${field} gives no way to log ${endpoint.user} in`, {
            remedy: `set ${field}.privateKey, ${field}.password or ${field}.agentSocketPath, or run an SSH agent (SSH_AUTH_SOCK)`,
        });
    const key = privateKey && { key: openPrivateKey(privateKey.text, opener?.text, `${field}.${privateKey.from}`), from: privateKey.from };
    return { user: endpoint.user, agent, key, password };
}

function agentOf({ agentSocketPath, password, privateKey }: Endpoint, authSock: string | undefined): Credentials["agent"] {
    if (agentSocketPath !== undefined) return { path: agentSocketPath, from: `agent (${agentSocketPath})` };
    const wanted = password === undefined && privateKey === undefined;
    return wanted && authSock !== undefined && authSock !== "" ? { path: authSock, from: "agent (SSH_AUTH_SOCK)" } : undefined;
}
