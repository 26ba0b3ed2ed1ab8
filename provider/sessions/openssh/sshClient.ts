import { execFile } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import { programExhausted } from "../controllerFault";

/** The program `ssh` of the controller. */
export interface SshClient {
    /** Absolute. */
    readonly path: string;
    /** 8.7 is 807. It decides which options ssh knows. */
    readonly version: number;
}

const NAME = process.platform === "win32" ? "ssh.exe" : "ssh";

/** Milliseconds for `ssh -V`, which reads no configuration and contacts nobody. */
const VERSION_MS = 10_000;

/**
 * If ssh reports no version, we assume that it knows all options. If it does not, it says so. If we left an option out instead, the
 * user's configuration could get around our guarantees.
 */
const NEWEST = Number.MAX_SAFE_INTEGER;

/**
 * Searches only absolute folders of the PATH. Windows itself would first look in the current folder, which is the Pulumi project's.
 * @returns undefined if there is no ssh
 * @throws ControllerFault if the machine can start no more programs
 */
export async function findSsh(env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<SshClient | undefined> {
    const path = (env["PATH"] ?? "")
        .split(delimiter)
        .filter(isAbsolute)
        .map((folder) => join(folder, NAME))
        .find(isProgram);
    return path === undefined ? undefined : { path, version: await versionOf(path, env, signal) };
}

function isProgram(path: string): boolean {
    try {
        accessSync(path, constants.X_OK);
        return statSync(path).isFile();
    } catch {
        return false;
    }
}

/** `OpenSSH_9.2p1 Debian-2`, `OpenSSH_for_Windows_9.5p1`. */
function versionOf(path: string, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<number> {
    return new Promise((resolve, reject) => {
        execFile(path, ["-V"], { env, signal, timeout: VERSION_MS, windowsHide: true }, (error, stdout, stderr) => {
            const fault = typeof error?.code === "string" ? programExhausted(error.code, "start the program ssh", error) : undefined;
            if (fault !== undefined) reject(fault);
            const [, major, minor] = /OpenSSH_(?:for_Windows_)?(\d+)\.(\d+)/.exec(stderr + stdout) ?? [];
            resolve(major === undefined ? NEWEST : Number(major) * 100 + Number(minor));
        });
    });
}

/**
 * The options that ssh would use for an argument list and the user's configuration (`ssh -G`). Contacts nobody.
 * Names are in lower case. Empty if ssh fails.
 */
export function effectiveOptions(
    path: string,
    args: readonly string[],
    env: NodeJS.ProcessEnv,
    signal: AbortSignal,
): Promise<Map<string, string>> {
    return new Promise((resolve) => {
        execFile(path, ["-G", ...args], { env, signal, timeout: VERSION_MS, windowsHide: true }, (_error, stdout) => {
            const lines = stdout.split(/\r?\n/).map((line) => /^(\S+) (.*)$/.exec(line));
            resolve(new Map(lines.flatMap((line) => (line === null ? [] : [[line[1] ?? "", line[2] ?? ""] as const]))));
        });
    });
}

/** The SSH agent that ssh would ask; undefined if none. */
export function agentOf(options: ReadonlyMap<string, string>, env: NodeJS.ProcessEnv): string | undefined {
    const said = options.get("identityagent") ?? "SSH_AUTH_SOCK";
    const variable = said === "SSH_AUTH_SOCK" ? said : /^\$\{?(\w+)\}?$/.exec(said)?.[1];
    const path = variable === undefined ? said : env[variable];
    return path === "" || said === "none" ? undefined : path;
}
