import { connect } from "node:net";
import { WmisecError } from "../core/errors";

/** Milliseconds between two looks whether the engine is still there. */
const POLL_INTERVAL = 1_000;
/** How many refusals in a row. */
const REFUSALS = 2;
/** Milliseconds for closing sessions before the process ends regardless; the engine kills after 5 s, and after 300 ms on a second Ctrl-C. */
const CLOSE_LIMIT = 800;

/**
 * Ends the plugin's process when it is no longer wanted: on SIGINT and SIGTERM, and when the engine is gone. Seen: an engine
 * that is killed leaves its plugin running, and writing.
 */
export class Lifetime {
    private stopping: string | undefined;
    private refusals = 0;
    private readonly poll: NodeJS.Timeout | undefined;

    /**
     * @param engineAddress `127.0.0.1:PORT`; undefined when there is no engine to watch.
     * @param close closes sessions.
     */
    constructor(
        engineAddress: string | undefined,
        private readonly close: () => Promise<void>,
    ) {
        for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => this.stop(signal));
        const [, host, port] = /^(.+):(\d+)$/.exec(engineAddress ?? "") ?? [];
        if (host !== undefined && port !== undefined) {
            this.poll = setInterval(() => this.look(host, Number(port)), POLL_INTERVAL).unref();
        }
    }

    /** @throws WmisecError cancelled. */
    beforeWrite(): void {
        if (this.stopping === undefined) return;
        throw new WmisecError("cancelled", `stopped before a write began (${this.stopping})`, { remedy: "run again" });
    }

    private look(host: string, port: number): void {
        const socket = connect({ host, port, timeout: POLL_INTERVAL });
        socket.on("connect", () => {
            this.refusals = 0;
            socket.destroy();
        });
        socket.on("timeout", () => socket.destroy());
        // Only a refusal says that nobody listens there any more; running out of file descriptors says nothing of the engine.
        socket.on("error", (error: NodeJS.ErrnoException) => {
            if (error.code !== "ECONNREFUSED") return;
            this.refusals += 1;
            if (this.refusals >= REFUSALS) this.stop("the engine is gone");
        });
        socket.unref();
    }

    private stop(why: string): void {
        if (this.stopping !== undefined) return;
        this.stopping = why;
        clearInterval(this.poll);
        const limit = new Promise((resolve) => setTimeout(resolve, CLOSE_LIMIT));
        Promise.race([this.close(), limit]).finally(() => process.exit(0));
    }
}
