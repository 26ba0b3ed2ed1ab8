import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import type { Connection } from "../../../provider/core/connection";
import { SSHD } from "./programs";

/** Of all accounts that a server brings, and how /etc/shadow has it. */
export const PASSWORD = "Correct-Horse-9";
const SHADOW = "$6$wmisec$Lm4MqVet1Yptc2..hHUB.0Y/xfd2o/XJTLpuYY..PB.KR9IMoijioUuQwnxEJrotPBmPdfpJIPj7I5xedlApD/";

/** Accounts need a view of /etc of the server's own, which Linux lets root have. */
export const CAN_BRING_ACCOUNTS =
    process.platform === "linux" &&
    process.getuid?.() === 0 &&
    spawnSync("unshare", ["-m", "mount", "--bind", "/etc", "/etc"]).status === 0;

/** OpenSSH's own server as an ordinary process of the user who runs the tests, whom it lets in with the given keys. */
export class Sshd {
    readonly host = "127.0.0.1";
    readonly user = userInfo().username;
    readonly #folder = mkdtempSync(join(tmpdir(), "wmisec-sshd-"));
    readonly #settings: readonly string[];
    readonly #accounts: Readonly<Record<string, string>>;
    #child: ChildProcess | undefined;
    #port = 0;
    #log = "";

    /**
     * @param settings lines of sshd_config, which count before ours
     * @param accounts that it knows beside those of the machine, each with its AuthenticationMethods; the keys let all in. With
     *     them it also takes passwords, PASSWORD of each.
     */
    constructor(keys: readonly string[], settings: readonly string[] = [], accounts: Readonly<Record<string, string>> = {}) {
        writeFileSync(join(this.#folder, "authorized_keys"), keys.map((key) => `${key}\n`).join(""), { mode: 0o600 });
        this.#settings = settings;
        this.#accounts = accounts;
        this.newHostKey();
    }

    get port(): number {
        return this.#port;
    }

    /** What it wrote, at level VERBOSE. */
    get log(): string {
        return this.#log;
    }

    /** `ssh-ed25519 AAAA...` */
    get hostKey(): string {
        return readFileSync(join(this.#folder, "host_key.pub"), "utf8").split(" ").slice(0, 2).join(" ");
    }

    get connection(): Connection {
        return { host: this.host, port: this.port, user: this.user, hostKey: this.hostKey };
    }

    /** From the next start on. */
    newHostKey(): void {
        const file = join(this.#folder, "host_key");
        for (const old of [file, `${file}.pub`]) rmSync(old, { force: true });
        execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file]);
    }

    /** @throws Error with what sshd said when it does not listen */
    async start(): Promise<this> {
        const known = this.#port;
        for (let tries = 1; ; tries++) {
            this.#port = known || (await freePort());
            if (await this.#listens()) return this;
            // Somebody else may have taken the port that was free a moment ago.
            if (known !== 0 || tries === 5 || !this.#log.includes("Address already in use"))
                throw new Error(`sshd does not listen:\n${this.#log}`);
        }
    }

    /** @returns false when it ends without that */
    #listens(): Promise<boolean> {
        const accounts = Object.entries(this.#accounts);
        const passwords = ["UsePAM yes", "PasswordAuthentication yes", "KbdInteractiveAuthentication yes"];
        const config = [
            ...this.#settings,
            ...(accounts.length > 0 ? passwords : []),
            `ListenAddress ${this.host}:${this.#port}`,
            `HostKey ${join(this.#folder, "host_key")}`,
            `AuthorizedKeysFile ${join(this.#folder, "authorized_keys")}`,
            "PidFile none",
            "UsePAM no",
            "StrictModes no",
            "PasswordAuthentication no",
            "KbdInteractiveAuthentication no",
            "PermitRootLogin prohibit-password",
            "LogLevel VERBOSE",
            "PrintMotd no",
            ...accounts.flatMap(([name, methods]) => [`Match User ${name}`, `AuthenticationMethods ${methods}`]),
        ];
        const file = join(this.#folder, "sshd_config");
        writeFileSync(file, `${config.join("\n")}\n`);
        const command = [SSHD ?? "", "-D", "-e", "-f", file];
        const [program = "", ...args] = accounts.length > 0 ? [...this.#withAccounts(), ...command] : command;
        const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"] });
        this.#child = child;
        return new Promise((resolve) => {
            const from = this.#log.length;
            child.stderr.on("data", (chunk) => {
                this.#log += String(chunk);
                if (this.#log.indexOf(`Server listening on ${this.host} port ${this.#port}.`, from) !== -1) resolve(true);
            });
            child.once("close", () => resolve(false));
        });
    }

    /** In front of a command: it sees files of /etc in which our accounts are. Nobody else does. */
    #withAccounts(): string[] {
        const names = Object.keys(this.#accounts);
        const files = {
            "/etc/passwd": names.map((name, at) => `${name}:x:${64_000 + at}:65534::/nonexistent:/bin/sh`),
            "/etc/shadow": names.map((name) => `${name}:${SHADOW}:19000:0:99999:7:::`),
            "/etc/pam.d/sshd": ["auth required pam_unix.so", "account required pam_permit.so", "session required pam_permit.so"],
        };
        const mounts = Object.entries(files).map(([path, lines]) => {
            const file = join(this.#folder, path.replaceAll("/", "_"));
            const before = path.startsWith("/etc/pam.d/") ? "" : readFileSync(path, "utf8");
            writeFileSync(file, `${before}${lines.join("\n")}\n`, { mode: path === "/etc/shadow" ? 0o600 : 0o644 });
            return `mount --bind ${file} ${path}`;
        });
        // They read their keys for themselves.
        chmodSync(this.#folder, 0o755);
        chmodSync(join(this.#folder, "authorized_keys"), 0o644);
        return ["unshare", "-m", "sh", "-c", `${mounts.join(" && ")} && exec "$@"`, "sshd"];
    }

    async stop(): Promise<void> {
        const child = this.#child;
        this.#child = undefined;
        if (child === undefined || child.exitCode !== null) return;
        const gone = new Promise((resolve) => child.on("close", resolve));
        child.kill();
        await gone;
    }

    async close(): Promise<void> {
        await this.stop();
        rmSync(this.#folder, { recursive: true, force: true });
    }
}

function freePort(): Promise<number> {
    return new Promise((resolve, reject) => {
        const server = createServer().on("error", reject);
        server.listen(0, "127.0.0.1", () => {
            const address = server.address();
            server.close(() => resolve(address === null || typeof address === "string" ? 0 : address.port));
        });
    });
}
