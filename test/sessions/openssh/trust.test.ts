import { chmodSync } from "node:fs";
import { join } from "node:path";
import { failure } from "../../errors";
import { printed } from "../common";
import { newKey, type TestServer } from "../sshServer";
import { OpensshWorld } from "./opensshWorld";
import { describeWith, NO_SSH, SSH } from "./programs";

describeWith(SSH, NO_SSH, "whom the system's ssh trusts", () => {
    const world = new OpensshWorld();
    const { user, file } = world;
    beforeEach(() => user.configures(""));
    afterEach(() => world.afterEach());
    afterAll(() => user.remove());

    const behind = (server: TestServer, jump: TestServer, ofJump = "") =>
        user.configures(
            `Host web-07\n HostName ${server.address}\n Port ${server.port}\n ProxyJump jump\nHost jump\n HostName ${jump.address}\n Port ${jump.port}\n IdentityFile ${file}\n ${ofJump}\n`,
        );

    describe("behind a jump host that says aloud that we are logged in", () => {
        test("a host whose key is another is a mismatch, not a host that did not answer", async () => {
            const [jump, server] = [await world.serve({ forwards: "yes" }), await world.serve()];
            user.knows(`[${jump.address}]:${jump.port} ${jump.key.line}`);
            behind(server, jump, "LogLevel VERBOSE");
            const error = await failure(world.sessions().open(world.to(server, { host: "web-07", hostKey: newKey().line }), "x"));
            expect(error.code).toBe("hostKeyMismatch");
            expect(error.message).toContain("(connection.hostKey)");
            expect(server.logins).toEqual([]);
        });

        test("a host that is slow to let us in is waited for no longer than the deadline", async () => {
            const [jump, server] = [await world.serve({ forwards: "yes" }), await world.serve({ authenticate: () => {} })];
            user.knows(`[${jump.address}]:${jump.port} ${jump.key.line}`);
            behind(server, jump, "LogLevel VERBOSE");
            const error = await failure(
                world.sessions({ loginMs: 2000 }).open(world.to(server, { host: "web-07", perDialTimeout: 0, dialErrorLimit: 0 }), "x"),
            );
            expect(error.message).toContain("ssh was not logged in within 2 s");
        });

        test("a host with the right key is reached, and nothing of what the jump host says comes from it", async () => {
            const [jump, server] = [await world.serve({ forwards: "yes" }), await world.serve()];
            user.knows(`[${jump.address}]:${jump.port} ${jump.key.line}`);
            behind(server, jump, "LogLevel VERBOSE");
            await printed(await world.sessions().open(world.to(server, { host: "web-07" }), "x"), "ready");
        });
    });

    test.each([
        ["is not known", (_key: string) => [], "hostKeyUnknown"],
        ["is another than the known one", (key: string) => [key], "hostKeyMismatch"],
    ] as const)("the key of a jump host that %s is told as the jump host's", async (_what, lines, code) => {
        const [jump, server] = [await world.serve({ forwards: "yes" }), await world.serve()];
        user.knows(...lines(`[${jump.address}]:${jump.port} ${newKey().line}`));
        behind(server, jump);
        const error = await failure(world.sessions().open(world.to(server, { host: "web-07" }), "x"));
        expect(error.code).toBe(code);
        expect(error.summary).toContain("jump host");
        expect(error.message).not.toContain("connection.hostKey");
        expect(error.message).toContain("Host key verification failed");
    });

    test.each(["knownHostsFile", "the user's own file"])("%s in UTF-16 is told, because ssh does not read it", async (which) => {
        const server = await world.serve();
        const line = `[${server.address}]:${server.port} ${server.key.line}\r\n`;
        const file = user.keeps(".ssh/known_hosts", `\ufeff${line}`, "utf16le");
        const trust = which === "knownHostsFile" ? { knownHostsFile: file } : {};
        user.knows();
        const error = await failure(world.sessions().open(world.to(server, { hostKey: undefined, ...trust }), "x"));
        expect(error.code).toBe("hostKeyUnknown");
        expect(error.message).toMatch(/known_hosts is UTF-16, at least in part[\s\S]*save .*known_hosts as UTF-8/);
        user.keeps(".ssh/known_hosts", line, "utf8");
        const plain = await failure(world.sessions().open(world.to(server, { hostKey: newKey().line }), "x"));
        expect(plain.message).not.toContain("UTF-16");
    });

    describe("is not widened by the user's configuration", () => {
        test.each(["hostKey", "knownHostsFile"])("for localhost, where %s says whom", async (how) => {
            const server = await world.serve();
            user.configures("NoHostAuthenticationForLocalhost yes");
            const other = newKey().line;
            const known = user.keeps("fleet_hosts", `[${server.address}]:${server.port} ${other}\n`);
            const trust = how === "hostKey" ? { hostKey: other } : { hostKey: undefined, knownHostsFile: known };
            expect((await failure(world.sessions().open(world.to(server, trust), "x"))).code).toBe("hostKeyMismatch");
            expect(server.logins).toEqual([]);
        });

        test("by a program that gives keys", async () => {
            const server = await world.serve();
            const program = user.keeps("keys", `#!/bin/sh\necho "pulumi-wmisec ${server.key.line}"\n`);
            chmodSync(program, 0o700);
            user.configures(`KnownHostsCommand ${join(user.folder, "keys")}`);
            const error = await failure(world.sessions().open(world.to(server, { hostKey: newKey("ecdsa").line }), "x"));
            expect(error.code).toBe("hostKeyMismatch");
            expect(server.logins).toEqual([]);
        });
    });
});
