import { createHmac, randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fingerprintOf } from "../../provider/sessions/publicKey";
import { failure } from "../errors";
import { Opened, printed, to } from "./common";
import { newKey, startServer, type TestKey, type TestServer } from "./sshServer";

const opened = new Opened();
const ed25519 = newKey("ed25519");
const ecdsa = newKey("ecdsa");
const rsa = newKey("rsa");
const stranger = newKey("ed25519");
const fingerprint = (key: TestKey) => fingerprintOf(key.parsed.getPublicSSH());

let home: string;
beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "wmisec-trust-"));
    mkdirSync(join(home, ".ssh"));
});
afterEach(async () => {
    await opened.closeAll();
    rmSync(home, { recursive: true, force: true });
});

const serve = async (...hostKeys: TestKey[]) => opened.add(await startServer({ hostKeys }));
const knownHosts = (...lines: string[]) => writeFileSync(join(home, ".ssh", "known_hosts"), `${lines.join("\n")}\n`);
const named = (server: TestServer) => `[${server.address}]:${server.port}`;

/** As the program writes it: undefined takes the known_hosts files. */
type Expected = string | string[] | undefined;

function connection(server: TestServer, hostKey: Expected, more: Parameters<typeof to>[1] = {}) {
    const { hostKey: _, ...rest } = to(server, more);
    return hostKey === undefined ? rest : { ...rest, hostKey };
}

async function accepts(server: TestServer, hostKey: Expected, more: Parameters<typeof to>[1] = {}) {
    const session = await opened.sessions({ home }).open(connection(server, hostKey, more), "x");
    await printed(session, "ready");
}

async function refuses(server: TestServer, hostKey: Expected, more: Parameters<typeof to>[1] = {}) {
    const error = await failure(opened.sessions({ home }).open(connection(server, hostKey, more), "x"));
    expect(server.logins).toEqual([]);
    return error;
}

describe("hostKey", () => {
    test.each([
        ["a key line", () => ed25519.line],
        ["a key line with a comment", () => `${ed25519.line} root@web-07`],
        ["a line with the host's name in front", () => `web-07 ${ed25519.line}`],
        ["a fingerprint", () => fingerprint(ed25519)],
        ["a padded fingerprint", () => `${fingerprint(ed25519)}=`],
        ["one of several", () => [stranger.line, fingerprint(ed25519)]],
        ["what ssh-keyscan prints", () => `# web-07:22 SSH-2.0-x\r\nweb-07 ${rsa.line}\r\nweb-07 ${ed25519.line}\r\n`],
        ["a line with a name and a port in front", () => `[10.0.0.7]:2222 ${ed25519.line}`],
        ["a line with a hashed name in front", () => `|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg= ${ed25519.line}`],
        ["what ssh-keygen -lf prints", () => `256 ${fingerprint(ed25519)} web-07 (ED25519)`],
        ["insecure-accept-any", () => "insecure-accept-any"],
    ])("%s is accepted", async (_name, hostKey) => accepts(await serve(ed25519), hostKey()));

    test.each([
        ["ecdsa", ecdsa],
        ["rsa", rsa],
    ])("the %s key is asked for when that is the one we know, by line and by fingerprint", async (_name, known) => {
        const server = await serve(ed25519, ecdsa, rsa);
        await accepts(server, known.line);
        await accepts(server, fingerprint(known));
    });

    test("a fingerprint that tells its type has that type asked for, and no other tried", async () => {
        const server = await serve(ed25519, ecdsa, rsa);
        for (const text of [
            `256 ${fingerprint(ecdsa)} x (ECDSA)`,
            `2048 ${fingerprint(rsa)} x (RSA)`,
            `ecdsa-sha2-nistp256 ${fingerprint(ecdsa)}`,
            `RSA key fingerprint is ${fingerprint(rsa)}.`,
        ]) {
            const before = server.connections();
            await accepts(server, text);
            expect(server.connections()).toBe(before + 1);
        }
        const other = await serve(ed25519, ecdsa, rsa);
        const error = await refuses(other, `256 ${fingerprint(stranger)} x (ECDSA)`);
        expect(error.details.said).toBe(`ecdsa-sha2-nistp256 ${fingerprint(ecdsa)}`);
        expect(other.connections()).toBe(1);
    });

    test("another key is a mismatch that shows both and says what to do", async () => {
        const error = await refuses(await serve(ed25519), [stranger.line, fingerprint(rsa)]);
        expect(error.code).toBe("hostKeyMismatch");
        expect(error.message).toContain(`said:  ssh-ed25519 ${fingerprint(ed25519)}`);
        expect(error.message).toContain(`expected ssh-ed25519 ${fingerprint(stranger)} (connection.hostKey)`);
        expect(error.message).toContain(`or a key ${fingerprint(rsa)} (connection.hostKey)`);
        expect(error.message).toContain(`set connection.hostKey to "${fingerprint(ed25519)}"`);
    });

    test("a fingerprint that none of the server's keys has is a mismatch that shows them all", async () => {
        const error = await refuses(await serve(ed25519, ecdsa, rsa), fingerprint(stranger));
        expect(error.code).toBe("hostKeyMismatch");
        for (const key of [ed25519, ecdsa, rsa]) expect(error.message).toContain(fingerprint(key));
    });

    test("a damaged line is refused before anything is contacted", async () => {
        const server = await serve(ed25519);
        const error = await refuses(server, ed25519.line.slice(0, -6));
        expect(error.code).toBe("invalidInput");
        expect(error.message).toContain("connection.hostKey holds a public key that is damaged");
        expect(server.connections()).toBe(0);
    });

    test("hides what known_hosts says", async () => {
        const server = await serve(ed25519);
        knownHosts(`${named(server)} ${ed25519.line}`);
        expect((await refuses(server, stranger.line)).code).toBe("hostKeyMismatch");
    });
});

describe("known_hosts", () => {
    const hashed = (name: string) => {
        const salt = randomBytes(20);
        return `|1|${salt.toString("base64")}|${createHmac("sha1", salt).update(name).digest("base64")}`;
    };

    test("a plain name is accepted", async () => {
        const server = await serve(ed25519);
        knownHosts(`${named(server)} ${ed25519.line}`);
        await accepts(server, undefined);
    });

    test("a hashed name is accepted", async () => {
        const server = await serve(ed25519);
        knownHosts(`${hashed("[other]:22")} ${stranger.line}`, `${hashed(named(server))} ${ed25519.line}`);
        await accepts(server, undefined);
    });

    test("one of several keys is accepted", async () => {
        const server = await serve(ed25519);
        knownHosts(`${named(server)} ${stranger.line}`, `${named(server)} ${ed25519.line}`);
        await accepts(server, undefined);
    });

    test("the server is asked for the type that the file knows", async () => {
        const server = await serve(ed25519, ecdsa, rsa);
        knownHosts(`${named(server)} ${ecdsa.line}`);
        await accepts(server, undefined);
    });

    test("a key known for the host on port 22 is accepted on another port, as OpenSSH does", async () => {
        const server = await serve(ed25519);
        knownHosts(`${server.address} ${ed25519.line}`);
        await accepts(server, undefined);
        knownHosts(`${server.address} ${stranger.line}`);
        expect((await refuses(await serve(ed25519), undefined)).code).toBe("hostKeyUnknown");
    });

    test("but not where a key of this port is known: another machine may stand behind it", async () => {
        const server = await serve(ed25519);
        knownHosts(`${named(server)} ${stranger.line}`, `${server.address} ${ed25519.line}`);
        expect((await refuses(server, undefined)).code).toBe("hostKeyMismatch");
    });

    test.each([
        ["ecdsa", ecdsa],
        ["rsa", rsa],
    ])("nor does the type of the plain name's key count, where the %s key of this port is known", async (_type, known) => {
        const server = await serve(ed25519, ecdsa, rsa);
        knownHosts(`${named(server)} ${known.line}`, `${server.address} ${stranger.line}`);
        await accepts(server, undefined);
        knownHosts(
            `${named(server)} ${known.line}`,
            `${server.address} ${newKey("rsa").line}`,
            `${server.address} ${newKey("ecdsa").line}`,
        );
        await accepts(server, undefined);
    });

    test("a file named by knownHostsFile takes the place of the usual ones", async () => {
        const server = await serve(ed25519);
        writeFileSync(join(home, "fleet"), `${named(server)} ${ed25519.line}\n`);
        knownHosts(`${named(server)} ${stranger.line}`);
        await accepts(server, undefined, { knownHostsFile: "~/fleet" });
    });

    test("another key is a mismatch that names file and line", async () => {
        const server = await serve(ed25519);
        knownHosts("# fleet", "", `${named(server)} ${stranger.line}`);
        const error = await refuses(server, undefined);
        expect(error.code).toBe("hostKeyMismatch");
        expect(error.message).toContain(`said:  ssh-ed25519 ${fingerprint(ed25519)}`);
        expect(error.message).toContain(`${fingerprint(stranger)} (~/.ssh/known_hosts line 3)`);
        expect(error.message).toContain("remove the old line");
    });

    test("a host known by a key of a type that it does not show any more is a mismatch, which says so", async () => {
        const server = await serve(ed25519);
        knownHosts(`${named(server)} ${rsa.line}`);
        const error = await refuses(server, undefined);
        expect(error.code).toBe("hostKeyMismatch");
        expect(error.details.said).toBe(`ssh-ed25519 ${fingerprint(ed25519)}\nit has no key of a type that we expect`);
        knownHosts(`${named(server)} ${rsa.line}`, `${named(server)} ${stranger.line}`);
        expect((await refuses(server, undefined)).details.said).toBe(`ssh-ed25519 ${fingerprint(ed25519)}`);
    });

    test("a host that no file names is unknown: key, files and remedy are told", async () => {
        const server = await serve(ed25519);
        knownHosts(`web-08 ${ed25519.line}`);
        const error = await refuses(server, undefined);
        expect(error.code).toBe("hostKeyUnknown");
        expect(error.message).toContain(`said:  ssh-ed25519 ${fingerprint(ed25519)}`);
        expect(error.message).toContain(`~/.ssh/known_hosts has no key for ${named(server)}`);
        expect(error.message).toContain(`set connection.hostKey to "${fingerprint(ed25519)}"`);
        expect(error.message).toContain(`ssh-keyscan -p ${server.port} ${server.address}`);
    });

    test("a file that is not there is told", async () => {
        const error = await refuses(await serve(ed25519), undefined, { knownHostsFile: "~/nowhere" });
        expect(error.code).toBe("hostKeyUnknown");
        expect(error.message).toContain("~/nowhere does not exist");
    });

    test("a revoked key is refused although another line accepts it", async () => {
        const server = await serve(ed25519);
        knownHosts(`${named(server)} ${ed25519.line}`, `@revoked * ${ed25519.line}`);
        const error = await refuses(server, undefined);
        expect(error.code).toBe("hostKeyMismatch");
        expect(error.message).toContain("revoked");
        expect(error.message).toContain("~/.ssh/known_hosts line 2");
    });

    test("a revoked key is not asked for where another key of the host is known", async () => {
        const server = await serve(ed25519, ecdsa);
        knownHosts(`${named(server)} ${ed25519.line}`, `${named(server)} ${ecdsa.line}`, `@revoked * ${ed25519.line}`);
        await accepts(server, undefined);
    });

    test("what is revoked for the plain name is revoked for its ports, too", async () => {
        const server = await serve(ed25519);
        knownHosts(`${named(server)} ${ed25519.line}`, `@revoked ${server.address} ${ed25519.line}`);
        expect((await refuses(server, undefined)).summary).toContain("revoked");
    });

    test.each([
        ["is not known otherwise", () => [], "hostKeyUnknown"],
        ["is known by another key", (server: TestServer) => [`${named(server)} ${rsa.line}`], "hostKeyMismatch"],
    ])("a certificate authority does not count for a host that %s, and the error says what reads it", async (_how, lines, code) => {
        const server = await serve(ed25519);
        knownHosts(`@cert-authority * ${ed25519.line}`, ...lines(server));
        const error = await refuses(server, undefined);
        expect(error.code).toBe(code);
        expect(error.message).toContain(
            '~/.ssh/known_hosts line 1 names a certificate authority; only transport "openssh" reads host certificates',
        );
    });

    describe("that Windows PowerShell has written to", () => {
        const file = (...parts: Buffer[]) => writeFileSync(join(home, ".ssh", "known_hosts"), Buffer.concat(parts));
        const utf16 = (text: string, mark: string) => Buffer.from(`${mark}${text}\r\n`, "utf16le");

        test.each<[string, (line: string) => Buffer[]]>([
            ["in UTF-16 as a whole", (line) => [utf16(line, "\ufeff")]],
            ["in UTF-16, big-endian", (line) => [utf16(line, "\ufeff").swap16()]],
            ["behind what was UTF-8", (line) => [Buffer.from(`web-08 ${stranger.line}\n`), utf16(line, "")]],
            ["in front of what ssh adds", (line) => [utf16(`web-08 ${stranger.line}`, "\ufeff"), Buffer.from(`${line}\n`)]],
            ["as UTF-8 with a byte order mark", (line) => [Buffer.from(`\ufeff${line}\r\n`)]],
        ])("is read %s", async (_how, parts) => {
            const server = await serve(ed25519);
            file(...parts(`${named(server)} ${ed25519.line}`));
            await accepts(server, undefined);
        });

        test("keeps what it revokes", async () => {
            const server = await serve(ed25519);
            file(Buffer.from(`${named(server)} ${ed25519.line}\n`), utf16(`@revoked * ${ed25519.line}`, ""));
            expect((await refuses(server, undefined)).message).toMatch(/revoked[\s\S]*known_hosts line 2/);
        });

        test("names the line that is glued together of two encodings", async () => {
            const server = await serve(ed25519);
            file(Buffer.from(`# fleet\nweb-08 ${stranger.line}`), utf16(`${named(server)} ${ed25519.line}`, ""));
            const error = await refuses(server, undefined);
            expect(error.code).toBe("hostKeyUnknown");
            expect(error.message).toContain("its line 2 mixes UTF-8 and UTF-16");
        });
    });

    test("is read again for each connection", async () => {
        const server = await serve(ed25519);
        const sessions = opened.sessions({ home });
        expect((await failure(sessions.open(connection(server, undefined), "x"))).code).toBe("hostKeyUnknown");
        knownHosts(`${named(server)} ${ed25519.line}`);
        await printed(await sessions.open(connection(server, undefined), "x"), "ready");
    });
});
