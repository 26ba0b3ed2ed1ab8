import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";

/** Spawn options for a program that can be ended with all its children: on POSIX it leads a process group. */
export const LEADS_GROUP = { detached: process.platform !== "win32", windowsHide: true } as const;

/**
 * Signals a program and its children: before ssh is logged in, a signal ends it but not its ProxyCommand. Windows has no
 * signals, so all are killed there.
 * @param env on Windows, to find the system's programs
 */
export function signalGroup(child: ChildProcess, signal: "SIGTERM" | "SIGKILL", env: NodeJS.ProcessEnv): void {
    const { pid } = child;
    if (pid === undefined) return;
    if (process.platform === "win32") {
        // Once it has ended, its children can't be found any more.
        if (child.exitCode !== null || child.signalCode !== null) return;
        const taskkill = join(env["SystemRoot"] ?? "C:\\Windows", "System32", "taskkill.exe");
        spawn(taskkill, ["/T", "/F", "/PID", String(pid)], { stdio: "ignore", windowsHide: true }).on("error", () => child.kill());
        return;
    }
    try {
        process.kill(-pid, signal);
    } catch (error) {
        // Nobody is left in the group. macOS reports EPERM if all have ended and nobody has waited for them yet.
        const { code } = error as NodeJS.ErrnoException;
        if (code !== "ESRCH" && code !== "EPERM") throw error;
    }
}
