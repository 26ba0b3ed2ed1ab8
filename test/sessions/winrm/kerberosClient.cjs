/**
 * One login by Kerberos, and messages over it, in a process of its own: GSS-API reads the environment of the process. Prints one line of JSON.
 * kerberosClient.cjs CONNECTION
 */
const { join } = require("node:path");

const dist = join(__dirname, "../../../dist/provider");
const { Redaction } = require(`${dist}/core/redaction`);
const { Secrets } = require(`${dist}/sessions/secrets`);
const { addressOf } = require(`${dist}/sessions/winrm/address`);
const { Channel } = require(`${dist}/sessions/winrm/channel`);
const { createMessage } = require(`${dist}/sessions/winrm/envelope`);
const { readServerTrust } = require(`${dist}/sessions/winrm/serverTrust`);
const { readWinrmCredentials, SecureContexts } = require(`${dist}/sessions/winrm/winrmCredentials`);

async function main() {
    const connection = JSON.parse(process.argv[2]);
    const surroundings = { env: {}, home: "/nonexistent", signal: new AbortController().signal };
    const credentials = await readWinrmCredentials(connection, new Secrets(surroundings));
    const address = addressOf(connection);
    const trust = address.isHttps ? await readServerTrust(connection, surroundings) : undefined;
    const channel = new Channel({
        connection,
        address,
        tls: trust && { trust, context: new SecureContexts().contextOf(trust, credentials.certificate) },
        proof: credentials.proof,
        gate: { enter: () => Promise.reject(new Error("there is no password")) },
        redaction: new Redaction(),
        limits: { connectMs: 30_000, tlsMs: 30_000, authenticationMs: 60_000 },
        signal: surroundings.signal,
    });
    const answers = [];
    for (const id of [1, 2, 3]) {
        const messageId = `uuid:${id}`;
        const text = createMessage({ to: address.url, messageId, sessionId: "uuid:s", timeoutMs: 30_000 });
        const answer = await channel.exchange({ operation: "create", messageId, text }, 30_000);
        answers.push(answer.children.map(({ name }) => name).join());
    }
    channel.destroy();
    return { answers };
}

main()
    .catch(({ code, message }) => ({ code, message }))
    .then((told) => console.log(JSON.stringify(told)));
