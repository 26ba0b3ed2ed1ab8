import { readdirSync, readFileSync } from "node:fs";

export interface FoundProcess {
    readonly pid: number;
    readonly command: string;
}

/** Processes whose environment holds the text. Linux only; elsewhere it finds none. */
export function processesWith(text: string): FoundProcess[] {
    if (process.platform !== "linux") return [];
    return readdirSync("/proc").flatMap((name) => {
        const pid = Number(name);
        if (!Number.isInteger(pid) || pid === process.pid || !read(pid, "environ").includes(text)) return [];
        return [{ pid, command: read(pid, "cmdline").replaceAll("\0", " ").trim() }];
    });
}

/** Empty when the process is gone meanwhile. */
function read(pid: number, file: string): string {
    try {
        return readFileSync(`/proc/${pid}/${file}`, "utf8");
    } catch {
        return "";
    }
}
