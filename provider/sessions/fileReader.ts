import { type ChildProcess, spawn } from "node:child_process";
import { programExhausted } from "./controllerFault";

/** Why a file could not be read. `code` is the system's, or `ENOTFILE`, `ETOOLARGE`, `ETIMEDOUT`. */
export class Unread extends Error {
    constructor(readonly code: string) {
        super(code);
    }
}

/**
 * Source text that runs in the reading process. It answers each line of input with one line. It opens without waiting for a pipe's
 * writer, and then checks that what it opened is a file.
 */
const SCRIPT = `
const fs = require("node:fs/promises");
const { O_RDONLY, O_NONBLOCK = 0 } = require("node:fs").constants;
const read = async ({ path, most }) => {
    const file = await fs.open(path, O_RDONLY | O_NONBLOCK);
    try {
        const found = await file.stat();
        if (found.isDirectory()) throw { code: "EISDIR" };
        if (!found.isFile()) throw { code: "ENOTFILE" };
        if (found.size > most) throw { code: "ETOOLARGE" };
        const bytes = await file.readFile();
        if (bytes.length > most) throw { code: "ETOOLARGE" };
        return { bytes: bytes.toString("base64") };
    } finally {
        await file.close();
    }
};
let input = "";
process.stdin.on("data", (chunk) => (input += chunk)).on("end", () => {
    for (const line of input.split("\\n").filter(Boolean)) {
        const asked = JSON.parse(line);
        read(asked)
            .catch(({ code }) => ({ code: code ?? "EIO" }))
            .then((answer) => process.stdout.write(JSON.stringify({ id: asked.id, ...answer }) + "\\n"));
    }
});
`;

interface Asked {
    readonly path: string;
    readonly most: number;
    readonly resolve: (bytes: Buffer) => void;
    readonly reject: (error: Error) => void;
}

/** Node.js allows at most so many threads for files, and starts all of them at once. */
const MOST_THREADS = 1024;

/**
 * Reads files in processes of their own. A file on a dead network share hangs the thread that opens it. This process has four such
 * threads, which also look up host names. One process reads all files that are requested at the same time.
 */
export class FileReader {
    readonly #env: NodeJS.ProcessEnv;
    readonly #signal: AbortSignal;
    #asked: Asked[] = [];

    /** @param signal cancels reading */
    constructor(env: NodeJS.ProcessEnv, signal: AbortSignal) {
        // The user's options for Node.js are not meant for this process.
        const { NODE_OPTIONS: _, ...rest } = env;
        this.#env = { ...rest, ELECTRON_RUN_AS_NODE: "1" };
        this.#signal = signal;
    }

    /**
     * @param most bytes
     * @param ms the time limit
     * @throws Unread; ControllerFault when the machine can start no more programs.
     */
    read(path: string, most: number, ms: number): Promise<Buffer> {
        return new Promise((resolve, reject) => {
            this.#asked.push({ path, most, resolve, reject });
            if (this.#asked.length === 1) setImmediate(() => this.#start(this.#asked.splice(0), ms));
        });
    }

    #start(asked: readonly Asked[], ms: number): void {
        // A file that hangs holds a thread. One thread a file, so that no file waits for another.
        const env = { ...this.#env, UV_THREADPOOL_SIZE: String(Math.min(asked.length, MOST_THREADS)) };
        const child = spawn(process.execPath, ["-e", SCRIPT], { env, stdio: ["pipe", "pipe", "ignore"], windowsHide: true });
        const left = new Map(asked.entries());
        const giveUp = (error: Error) => {
            clearTimeout(timer);
            this.#signal.removeEventListener("abort", stopped);
            for (const { reject } of left.values()) reject(error);
            left.clear();
            end(child);
        };
        const stopped = () => giveUp(new Unread("ECANCELED"));
        const timer = setTimeout(() => giveUp(new Unread("ETIMEDOUT")), ms);
        child.on("error", (error: NodeJS.ErrnoException) =>
            giveUp(programExhausted(error.code, "start the process that reads files", error) ?? new Unread(error.code ?? "EIO")),
        );
        child.on("close", () => giveUp(new Unread("EIO")));
        let output = "";
        child.stdout?.on("data", (chunk: Buffer) => {
            const lines = (output + chunk.toString("latin1")).split("\n");
            output = lines.pop() ?? "";
            for (const line of lines) {
                const { id, bytes, code } = JSON.parse(line) as { id: number; bytes?: string; code?: string };
                if (bytes === undefined) left.get(id)?.reject(new Unread(code ?? "EIO"));
                else left.get(id)?.resolve(Buffer.from(bytes, "base64"));
                left.delete(id);
            }
            if (left.size === 0) giveUp(new Unread("EIO"));
        });
        child.stdin?.on("error", () => undefined);
        child.stdin?.end(asked.map(({ path, most }, id) => `${JSON.stringify({ id, path, most })}\n`).join(""));
        this.#signal.addEventListener("abort", stopped, { once: true });
        if (this.#signal.aborted) stopped();
    }
}

/**
 * Does not wait: a process that hangs in the system does not die at once. A process without an id did not start: its signal
 * might go to id 0, which is our whole process group.
 */
function end(child: ChildProcess): void {
    child.stdout?.destroy();
    if (child.pid === undefined) return;
    child.kill("SIGKILL");
    child.unref();
}
