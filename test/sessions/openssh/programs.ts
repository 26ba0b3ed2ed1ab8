import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";

const found = (name: string, ...more: string[]): string | undefined =>
    [...more, ...(process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, name))].find(existsSync);

/** Where Debian's sshd locks itself in when it runs as root; the system's service would make it. */
const PRIVSEP_FOLDER = "/run/sshd";
const sshd = found("sshd", "/usr/sbin/sshd");
const lacksFolder = process.getuid?.() === 0 && process.platform === "linux" && !existsSync(PRIVSEP_FOLDER);

/** The programs of OpenSSH, where they are and can run. sshd starts itself anew for each connection and wants an absolute path. */
export const SSH = found("ssh");
export const SSHD = lacksFolder ? undefined : sshd;
export const NO_SSH = "[skipped: no ssh on this machine]";
export const NO_SSHD = `[skipped: ${sshd === undefined ? "no sshd on this machine" : `sshd as root needs ${PRIVSEP_FOLDER}`}]`;

/** Runs where the program is there; else one skipped test with the reason takes the place of all. */
export function describeWith(program: string | undefined, reason: string, title: string, tests: () => void): void {
    if (program !== undefined && process.platform !== "win32") describe(title, tests);
    else test.skip(`${title} ${process.platform === "win32" ? "[skipped: the test's ssh is a shell script]" : reason}`, () => undefined);
}

/**
 * A folder of its own with an `ssh` that reads a configuration of its own: the tests neither see nor touch that of who runs
 * them. (ssh finds ~/.ssh by the account, not by HOME.)
 */
export class SshUser {
    readonly folder = mkdtempSync(join(tmpdir(), "wmisec-ssh-user-"));
    /** What ssh is to be started with. `MARK` finds the processes. */
    readonly env: NodeJS.ProcessEnv;
    readonly mark = `WMISEC_SSH_USER=${this.folder}`;

    constructor() {
        const bin = join(this.folder, "bin");
        mkdirSync(bin);
        writeFileSync(join(bin, "ssh"), `#!/bin/sh\nexec ${SSH} -F ${join(this.folder, "config")} "$@"\n`);
        chmodSync(join(bin, "ssh"), 0o755);
        this.configures("");
        this.env = { PATH: `${bin}${delimiter}${process.env["PATH"]}`, WMISEC_SSH_USER: this.folder };
    }

    /** What stands in the user's configuration from now on. */
    configures(text: string): void {
        writeFileSync(
            join(this.folder, "config"),
            `UserKnownHostsFile ${join(this.folder, "known_hosts")}\nGlobalKnownHostsFile /dev/null\n${text}`,
        );
    }

    knows(...lines: string[]): void {
        writeFileSync(join(this.folder, "known_hosts"), lines.map((line) => `${line}\n`).join(""));
    }

    /** A private file. @returns its path */
    keeps(name: string, text: string, encoding: BufferEncoding = "utf8"): string {
        const path = join(this.folder, name);
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, text, { mode: 0o600, encoding });
        return path;
    }

    /** An SSH agent that holds these keys. */
    agent(...keys: string[]): { socket: string; stop: () => void } {
        const socket = join(this.folder, `agent${Math.random().toString(36).slice(2)}`);
        const said = execFileSync("ssh-agent", ["-s", "-a", socket]).toString();
        const pid = Number(/SSH_AGENT_PID=(\d+)/.exec(said)?.[1]);
        for (const text of keys)
            execFileSync("ssh-add", ["-q", "-"], {
                input: text,
                env: { ...process.env, SSH_AUTH_SOCK: socket },
                stdio: ["pipe", "ignore", "pipe"],
            });
        return { socket, stop: () => process.kill(pid) };
    }

    remove(): void {
        rmSync(this.folder, { recursive: true, force: true });
    }
}
