import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { type Connection, connectionSchema, type Transport } from "../../../provider/core/connection";
import type { Session } from "../../../provider/core/session";
import { OpensshSessions } from "../../../provider/sessions/openssh/opensshSessions";
import { openPrivateKey } from "../../../provider/sessions/privateKey";
import { makeServices } from "../../../provider/sessions/services";
import type { Sessions } from "../../../provider/sessions/session";
import { SshSessions } from "../../../provider/sessions/sshSessions";
import { processesWith } from "../../engine/processes";
import { failure } from "../../errors";
import { ended, Opened, printed } from "../common";
import { newKey } from "../sshServer";
import { describeWith, NO_SSHD, SSHD, SshUser } from "./programs";
import { Sshd } from "./sshd";

jest.setTimeout(60_000);

/** Two clients, one server that is neither's: nothing here can pass because a library agrees with itself. */
describeWith(SSHD, NO_SSHD, "OpenSSH's own server", () => {
    const opened = new Opened();
    const key = newKey();
    const encrypted = newKey("ed25519", "opener");
    const user = new SshUser();
    const file = user.keeps("key", key.private);
    afterEach(async () => {
        await opened.closeAll();
        user.configures("");
        expect(processesWith(user.mark)).toEqual([]);
    });
    afterAll(() => user.remove());

    const serve = (...settings: string[]) => opened.add(new Sshd([key.line, encrypted.line], settings)).start();
    const sessions = (transport: Transport, env: NodeJS.ProcessEnv = {}): Sessions => {
        const services = makeServices({ env: { ...user.env, ...env }, home: user.folder, warn: () => undefined });
        const limits = { firstRetryMs: 50, maxRetryMs: 500 };
        const made = transport === "ssh" ? new SshSessions(services, limits) : new OpensshSessions(services, limits);
        opened.add({ close: () => made.closeAll() });
        return made;
    };
    /** Why there is no session, whether that shows at the opening or, with ssh's own program, right after it. */
    const refusal = async (opening: Promise<Session>) =>
        await opening.then(
            (session) => ended(session),
            (error) => failure(Promise.reject(error)),
        );
    const LOOP = "echo ready; cat";

    describe.each<Transport>(["ssh", "openssh"])("by transport %s", (transport) => {
        const to = (sshd: Sshd, more: Partial<Connection> = {}): Connection =>
            connectionSchema.parse({ ...sshd.connection, transport, privateKey: { file }, ...more });

        test("a key logs in; what goes in comes out, in full, and the end of input ends the command", async () => {
            const sshd = await serve();
            const session = await sessions(transport).open(to(sshd), "cat; echo done >&2; exit 7");
            const big = `${"0123456789abcdef".repeat(100_000)}\n`;
            let output = "";
            let errorOutput = "";
            session.onOutput((chunk) => (output += chunk.toString()));
            session.onErrorOutput((chunk) => (errorOutput += chunk.toString()));
            session.send(big);
            session.send("and more\n");
            session.endInput();
            const reason = await ended(session);
            expect(output === `${big}and more\n`).toBe(true);
            expect(errorOutput.trim()).toBe("done");
            expect([reason.code, reason.summary]).toEqual(["processEnded", "the process on the host ended with exit code 7"]);
            expect(sshd.log).toMatch(/Accepted publickey for .* ED25519 /);
            expect(sshd.log).not.toContain("pty");
        });

        test("closing ends the command", async () => {
            const session = await sessions(transport).open(to(await serve()), LOOP);
            await printed(session, "ready");
            const reason = ended(session);
            await session.close();
            expect((await reason).code).toBe("cancelled");
        });

        test("an SSH agent logs in", async () => {
            const sshd = await serve();
            const agent = user.agent(key.private);
            try {
                const byPath = to(sshd, { privateKey: undefined, agentSocketPath: agent.socket });
                await printed(await sessions(transport).open(byPath, LOOP), "ready");
                const byEnvironment = to(sshd, { privateKey: undefined });
                await printed(await sessions(transport, { SSH_AUTH_SOCK: agent.socket }).open(byEnvironment, LOOP), "ready");
            } finally {
                agent.stop();
            }
        });

        test("a key that it does not know is denied, and tried once", async () => {
            const sshd = await serve();
            const other = user.keeps("other", newKey().private);
            const error = await failure(sessions(transport).open(to(sshd, { privateKey: { file: other } }), LOOP));
            expect(error.code).toBe("denied");
            expect(sshd.log.match(/^Connection from /gm)).toHaveLength(1);
        });

        test("another host key than the one that we know is refused, and nothing is tried", async () => {
            const sshd = await serve();
            const known = to(sshd);
            await printed(await sessions(transport).open(known, LOOP), "ready");
            await opened.closeAll();
            const reinstalled = await serve();
            const error = await failure(sessions(transport).open({ ...to(reinstalled), hostKey: known.hostKey }, LOOP));
            expect(error.code).toBe("hostKeyMismatch");
            expect(reinstalled.log).not.toContain("Accepted");
        });

        test("the key that is asked for is of a type that is known for this name and port, whatever the plain name's is", async () => {
            const others = (["ecdsa", "rsa"] as const).map((type) => ({ type, key: newKey(type) }));
            const settings = others.map(({ type, key }) => `HostKey ${user.keeps(`host_${type}`, key.private)}`);
            const sshd = await serve(...settings);
            for (const { key } of others) {
                const lines = [`[${sshd.host}]:${sshd.port} ${key.line}`, `${sshd.host} ${newKey().line}`];
                const knownHostsFile = user.keeps("fleet_hosts", lines.map((line) => `${line}\n`).join(""));
                await printed(await sessions(transport).open(to(sshd, { hostKey: undefined, knownHostsFile }), LOOP), "ready");
            }
        });

        test("what ssh-keyscan prints is a hostKey, and so is what ssh-keygen prints of it", async () => {
            const sshd = await serve(`HostKey ${user.keeps("host_rsa", newKey("rsa").private)}`);
            const scan = (...options: string[]) =>
                execFileSync("ssh-keyscan", [...options, "-p", String(sshd.port), sshd.host], {
                    stdio: ["ignore", "pipe", "ignore"],
                }).toString();
            const texts = [scan(), scan("-H"), scan("-t", "rsa")];
            for (const text of texts) expect(text).toContain(" ssh-rsa ");
            if (transport === "ssh") texts.push(execFileSync("ssh-keygen", ["-lf", user.keeps("scanned", scan())]).toString());
            for (const hostKey of texts) await printed(await sessions(transport).open(to(sshd, { hostKey }), LOOP), "ready");
        });

        test("20 at once get in where it takes 2 at a time and refuses at random: by trying again", async () => {
            const sshd = await serve("MaxStartups 2:30:5");
            const all = sessions(transport);
            const connection = to(sshd, { dialErrorLimit: 30 });
            const outcomes = await Promise.all(Array.from({ length: 20 }, async () => printed(await all.open(connection, LOOP), "ready")));
            expect(outcomes).toHaveLength(20);
            expect(sshd.log).toMatch(/MaxStartups|drop connection/);
        });

        test("a session has a connection of its own, so that MaxSessions 1 is enough; with 0 the command is refused", async () => {
            const one = await serve("MaxSessions 1");
            const all = sessions(transport);
            await Promise.all([1, 2, 3].map(async () => printed(await all.open(to(one), LOOP), "ready")));
            const none = await serve("MaxSessions 0");
            const error = await refusal(all.open(to(none), LOOP));
            expect(error.code).toBe("execRefused");
            expect(error.message).toContain("MaxSessions");
        });

        test("it is stopped and started: unreachable meanwhile, and then there again", async () => {
            const sshd = await serve();
            await sshd.stop();
            expect((await failure(sessions(transport).open(to(sshd, { dialErrorLimit: 0 }), LOOP))).code).toBe("unreachable");
            await sshd.start();
            await printed(await sessions(transport).open(to(sshd), LOOP), "ready");
        });

        const behind = (sshd: Sshd, jump: Sshd): Connection => {
            if (transport === "ssh") return to(sshd, { proxy: { ...jump.connection, privateKey: { file } } });
            user.knows(`[${jump.host}]:${jump.port} ${jump.hostKey}`);
            const jumpHost = `Host jump\n HostName ${jump.host}\n Port ${jump.port}\n User ${jump.user}\n IdentityFile ${file}\n`;
            user.configures(`Host web-07\n HostName ${sshd.host}\n ProxyJump jump\n${jumpHost}`);
            return to(sshd, { host: "web-07" });
        };

        test("a jump host passes us on, also one that starts no commands", async () => {
            const jump = await serve("MaxSessions 0", "AllowTcpForwarding yes");
            const sshd = await serve();
            await printed(await sessions(transport).open(behind(sshd, jump), LOOP), "ready");
            expect(jump.log).toContain("Accepted publickey");
        });

        test("a jump host that does not pass us on is a denial, with the setting to look at", async () => {
            const jump = await serve("AllowTcpForwarding no");
            const sshd = await serve();
            const error = await failure(sessions(transport).open(behind(sshd, jump), LOOP));
            expect(error.code).toBe("denied");
            expect(error.message).toContain("AllowTcpForwarding");
            expect(sshd.log).not.toContain("Accepted");
        });
    });

    test("an encrypted key logs in, opened by its password", async () => {
        const sshd = await serve();
        const text = encrypted.private;
        const ours: Connection = { ...sshd.connection, privateKey: text, privateKeyPassword: "opener" };
        await printed(await sessions("ssh").open(ours, LOOP), "ready");
        const wrong = await failure(sessions("ssh").open({ ...ours, privateKeyPassword: "other" }, LOOP));
        expect(wrong.code).toBe("invalidInput");
    });

    test("keys of each kind and format log in", async () => {
        const keys = [
            generateKeyPairSync("ed25519"),
            generateKeyPairSync("rsa", { modulusLength: 2048 }),
            ...["P-256", "P-384", "P-521"].map((namedCurve) => generateKeyPairSync("ec", { namedCurve })),
        ].map(({ privateKey }) =>
            privateKey.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "secret" }).toString(),
        );
        const putty = ["ed25519-v2-encrypted", "ed25519-v3", "ecdsa-v2-encrypted", "ecdsa-v3", "rsa-v2-encrypted", "rsa-v3"];
        const files = putty.map((name) => readFileSync(join(__dirname, "..", "puttyKeys", `${name}.ppk`), "utf8"));
        const texts = [...keys, ...files];
        const lines = texts.map((text) => {
            const key = openPrivateKey(text, "secret", "the key");
            return `${key.type} ${key.getPublicSSH().toString("base64")}`;
        });
        const sshd = await opened.add(new Sshd(lines)).start();
        for (const privateKey of texts)
            await printed(await sessions("ssh").open({ ...sshd.connection, privateKey, privateKeyPassword: "secret" }, LOOP), "ready");
        expect(sshd.log.match(/^Accepted publickey /gm)).toHaveLength(texts.length);
    });

    test("a user's certificate logs in by transport openssh; the other says that it needs that one", async () => {
        const authority = user.keeps("authority", newKey().private);
        const keygen = (...args: string[]) => execFileSync("ssh-keygen", args, { stdio: ["ignore", "pipe", "ignore"] }).toString();
        const trusted = user.keeps("authority.pub", keygen("-y", "-f", authority));
        const mine = user.keeps("mine", newKey().private);
        user.keeps("mine.pub", keygen("-y", "-f", mine));
        keygen("-q", "-s", authority, "-I", "me", "-n", userInfo().username, `${mine}.pub`);
        const sshd = await serve(`TrustedUserCAKeys ${trusted}`);
        const connection = { ...sshd.connection, privateKey: { file: mine } };
        await printed(await sessions("openssh").open({ ...connection, transport: "openssh" }, LOOP), "ready");
        const error = await failure(sessions("ssh").open(connection, LOOP));
        expect(error.code).toBe("denied");
        expect(error.details.remedy).toContain(`by the certificate ${mine}-cert.pub, use transport "openssh"`);
        const asKey = { ...connection, privateKey: { file: `${mine}-cert.pub` } };
        expect((await failure(sessions("ssh").open(asKey, LOOP))).message).toMatch(/is a certificate[\s\S]*transport "openssh"/);
    });

    test("a password is denied where it takes none, without being sent", async () => {
        const sshd = await serve();
        const error = await failure(sessions("ssh").open({ ...sshd.connection, password: "wr0ng" }, LOOP));
        expect(error.code).toBe("denied");
        expect(error.message).toContain("it takes: publickey");
        expect(error.message).not.toContain("wr0ng");
        expect(sshd.log).not.toContain("Failed password");
    });
});
