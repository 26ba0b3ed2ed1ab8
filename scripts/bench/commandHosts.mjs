import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import ssh2 from "ssh2";
import { newKeyPair } from "../../dist/provider/simulator/keyPair.js";
import { judgeLogin } from "../../dist/provider/simulator/login.js";
import { listenOnLoopback } from "../../dist/provider/simulator/loopback.js";

/** What a module of Ansible answers; who runs a bare command only sees that it ended with 0. */
const ANSWER = '{"changed": true}\r\n';

/** @typedef {object} CommandHostOptions
 * @property {number} startupMs from the start of a process until it reads
 * @property {string} user @property {string} publicKey who may log in
 */

/**
 * Hosts for tools that run commands of their own: SSH servers where any command takes as long as PowerShell takes to start, reads its input to the
 * end, and succeeds. Nothing is carried out. Logins are judged as on simulated hosts.
 * @param {number} count
 * @param {CommandHostOptions} options
 */
export async function startCommandHosts(count, { startupMs, user, publicKey }) {
    const hostKey = newKeyPair();
    const ssh = new ssh2.Server({ hostKeys: [hostKey.private], ident: "OpenSSH_for_Windows_9.5 bench" });
    const counted = { connections: 0, processes: 0, left: 0, up: 0, down: 0 };
    /** @type {Set<import("node:net").Socket>} */
    const open = new Set();
    const rules = {
        users: [{ user, publicKeys: [publicKey] }],
        methods: /** @type {const} */ (["publickey"]),
        refuseAll: () => false,
        failed: () => undefined,
    };
    ssh.on("connection", (client) => {
        client.on("error", () => client.end());
        client.on("authentication", (context) => judgeLogin(context, rules));
        client.on("session", (accept) => {
            const session = accept();
            let hasTerminal = false;
            session.on("pty", (acceptTerminal) => {
                hasTerminal = true;
                acceptTerminal?.();
            });
            session.on("env", (acceptVariable) => acceptVariable?.());
            session.on("exec", (acceptExec) => {
                counted.processes += 1;
                counted.left += 1;
                const channel = acceptExec();
                channel.on("close", () => {
                    counted.left -= 1;
                });
                // A terminal's input has no end.
                const input = hasTerminal ? undefined : new Promise((settle) => channel.on("end", settle).resume());
                Promise.all([sleep(startupMs), input]).then(() => {
                    if (!channel.writable) return;
                    channel.write(ANSWER);
                    channel.exit(0);
                    channel.end();
                });
            });
        });
    });
    const connections = [];
    for (let index = 0; index < count; index++) {
        const server = createServer((socket) => {
            counted.connections += 1;
            open.add(socket);
            socket.setNoDelay(true);
            socket.on("error", () => socket.destroy());
            socket.on("close", () => {
                open.delete(socket);
                counted.up += socket.bytesRead;
                counted.down += socket.bytesWritten;
            });
            ssh.injectSocket(socket);
        });
        const { address: host, port } = await listenOnLoopback(server, {});
        connections.push({ host, port, user, hostKey: hostKey.public });
    }
    return {
        connections,
        /** @returns {import("./hosts.mjs").Counts} */
        counts: () => ({
            ...counted,
            up: [...open].reduce((sum, { bytesRead }) => sum + bytesRead, counted.up),
            down: [...open].reduce((sum, { bytesWritten }) => sum + bytesWritten, counted.down),
            requests: 0,
            refused: 0,
            // Nobody looks at what the commands say.
            declared: count,
        }),
    };
}
