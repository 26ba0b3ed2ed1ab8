/**
 * `node networkClient.mjs HOSTS KEY`: logs in to all hosts of a JSON file at once, by the private key in a file, and runs one command on each. The least
 * that any SSH client in one Node.js process does.
 */
import { readFileSync } from "node:fs";
import ssh2 from "ssh2";

const [hosts = "", key = ""] = process.argv.slice(2);
const privateKey = readFileSync(key);

await Promise.all(JSON.parse(readFileSync(hosts, "utf8")).map(runOn));

/** @param {import("../../dist/provider/core/connection/index.js").Connection} connection */
function runOn({ host, port = 22, user: username = "", hostKey }) {
    return new Promise((settle, fail) => {
        const client = new ssh2.Client();
        client.on("error", fail);
        client.on("ready", () =>
            client.exec("powershell.exe -NoProfile", (error, channel) => {
                if (error) return fail(error);
                channel.end();
                channel.resume().on("close", () => {
                    client.end();
                    settle(undefined);
                });
            }),
        );
        const hostVerifier = (/** @type {Buffer} */ shown) => String(hostKey).includes(shown.toString("base64"));
        client.connect({ host, port, username, privateKey, hostVerifier, readyTimeout: 0 });
    });
}
