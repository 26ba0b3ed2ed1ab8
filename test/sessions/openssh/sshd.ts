import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import type { Connection } from "../../../provider/core/connection";
import { SSHD } from "./programs";

/** OpenSSH's own server as an ordinary process of the user who runs the tests, whom it lets in with the given keys. */
export class Sshd {
    readonly host = "127.0.0.1";
    readonly user = userInfo().username;
    readonly #folder = mkdtempSync(join(tmpdir(), "wmisec-sshd-"));
    readonly #settings: readonly string[];
    #child: ChildProcess | undefined;
    #port = 0;
    #log = "";

    /** @param settings lines of sshd_config, which count before ours */
    constructor(keys: readonly string[], settings: readonly string[] = []) {
        writeFileSync(join(this.#folder, "authorized_keys"), keys.map((key) => `${key}\n`).join(""), { mode: 0o600 });
        this.#settings = settings;
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
        this.#port ||= await freePort();
        const config = [
            ...this.#settings,
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
        ];
        const file = join(this.#folder, "sshd_config");
        writeFileSync(file, `${config.join("\n")}\n`);
        const child = spawn(SSHD ?? "", ["-D", "-e", "-f", file], { stdio: ["ignore", "ignore", "pipe"] });
        this.#child = child;
        child.stderr.on("data", (chunk) => {
            this.#log += String(chunk);
        });
        for (let tries = 0; !(await answers(this.host, this.#port)); tries++) {
            if (tries > 200 || child.exitCode !== null) throw new Error(`sshd does not listen:\n${this.#log}`);
            await new Promise((resolve) => setTimeout(resolve, 25));
        }
        return this;
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

function answers(host: string, port: number): Promise<boolean> {
    return new Promise((resolve) => {
        const socket = connect({ host, port });
        socket.on("connect", () => {
            socket.destroy();
            resolve(true);
        });
        socket.on("error", () => resolve(false));
    });
}
