import { createHmac, randomBytes } from "node:crypto";
import { type Connection, DEFAULT_PORT, type Endpoint } from "../core/connection";
import type { SecretSource } from "../core/secretRef";

/** Of this process: a key is good for comparing, and worth nothing to who reads it in a log. */
const salt = randomBytes(32);

const digest = (value: unknown): string => createHmac("sha256", salt).update(JSON.stringify(value)).digest("hex");

/** A secret in the program counts by its text, a reference by the place that it names. */
const secret = (source: SecretSource | undefined) => (typeof source === "string" ? digest(source) : (source ?? null));

/** What makes two endpoints one connection: server, user, trust and credentials, not how patiently we dial. */
function identity({ host, port, user, hostKey, knownHostsFile, password, privateKey, privateKeyPassword, agentSocketPath }: Endpoint) {
    const trust = hostKey === undefined ? (knownHostsFile ?? null) : [hostKey].flat().map((key) => key.trim());
    const credential = [secret(password), secret(privateKey), secret(privateKeyPassword), agentSocketPath ?? null];
    return [host.replace(/^\[|\]$/g, "").toLowerCase(), port ?? DEFAULT_PORT, user, trust, credential];
}

/** Equal for endpoints that may share one connection. Opaque, and different in each process. */
export const endpointKey = (endpoint: Endpoint): string => digest(identity(endpoint));

/** Equal for connections that may share one session. Opaque, and different in each process. */
export const connectionKey = (connection: Connection): string =>
    digest([
        connection.transport ?? "ssh",
        // To the system's ssh no port is not 22 but what its configuration says.
        connection.transport === "openssh" && connection.port === undefined,
        identity(connection),
        connection.proxy === undefined ? null : identity(connection.proxy),
    ]);
