import { PASSWORD_VARIABLE } from "../login.mjs";

/**
 * @typedef {import("../hostProcesses.mjs").Connection} Connection
 * @typedef {import("../login.mjs").Login} Login
 * @typedef {"ssh" | "winrm"} Transport
 */

/** @template T @param {readonly T[]} connections @returns {Record<string, T>} by the hosts' names in programs and inventories */
export const named = (connections) =>
    Object.fromEntries(connections.map((connection, index) => [`web-${String(index + 1).padStart(5, "0")}`, connection]));

/**
 * Simulated hosts on which `login` is somebody.
 * @param {Transport} transport
 * @returns {(bench: import("./scenario.mjs").Bench) => import("../hosts.mjs").HostsAsked}
 */
export const simulatedHosts =
    (transport) =>
    ({ hosts, startupMs, login: { user, password, publicKey } }) => ({
        kind: "windows",
        count: hosts,
        options: { transport, startupMs, users: [transport === "ssh" ? { user, publicKeys: [publicKey] } : { user, password }] },
    });

/** @param {import("./scenario.mjs").Bench} bench @returns {import("../hosts.mjs").HostsAsked} */
export const commandHosts = ({ hosts, startupMs, login: { user, publicKey } }) => ({
    kind: "commands",
    count: hosts,
    options: { startupMs, user, publicKey },
});

/**
 * Adds the secret, as it is used over this transport.
 * @param {Transport} transport
 * @param {readonly Connection[]} connections
 * @param {Login} login
 * @param {"reference" | "inline"} how
 */
export function withSecret(transport, connections, login, how) {
    const reference = transport === "ssh" ? { privateKey: { file: login.keyFile } } : { password: { env: PASSWORD_VARIABLE } };
    const inline = transport === "ssh" ? { privateKey: login.privateKey } : { password: login.password };
    return connections.map((connection) => ({ ...connection, ...(how === "reference" ? reference : inline) }));
}
