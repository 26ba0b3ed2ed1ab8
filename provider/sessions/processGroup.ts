import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";

/** How to start a program whose whole group can be ended: on POSIX it leads one. */
export const LEADS_GROUP = { detached: process.platform !== "win32", windowsHide: true } as const;

/**
 * To a program and to what it started: until ssh is logged in, it ends of a signal without ending its ProxyCommand. Windows
 * knows no signals: there all are ended by force.
 * @param env on Windows it says where the system's programs are.
 */
export function signalGroup(child: ChildProcess, signal: "SIGTERM" | "SIGKILL", env: NodeJS.ProcessEnv): void {
    const { pid } = child;
    if (pid === undefined) return;
    if (process.platform === "win32") {
        // What has ended says no more whose children are whose.
        if (child.exitCode !== null || child.signalCode !== null) return;
        const taskkill = join(env["SystemRoot"] ?? "C:\\Windows", "System32", "taskkill.exe");
        spawn(taskkill, ["/T", "/F", "/PID", String(pid)], { stdio: "ignore", windowsHide: true }).on("error", () => child.kill());
        return;
    }
    try {
        process.kill(-pid, signal);
    } catch (error) {
        // Nobody of the group is left; macOS says EPERM where all have ended and were not waited for.
        const { code } = error as NodeJS.ErrnoException;
        if (code !== "ESRCH" && code !== "EPERM") throw error;
    }
}
