import { connect } from "node:net";
import { WmisecError } from "../core/errors";

/** Milliseconds between two checks that the engine still runs. */
const POLL_INTERVAL = 1_000;
/** Milliseconds to close sessions before the process exits anyway. The engine kills after 5 s, and 300 ms after a second Ctrl-C. */
const CLOSE_LIMIT = 800;

interface Address {
    readonly host: string;
    readonly port: number;
}

/**
 * Ends the plugin's process on SIGINT and SIGTERM (on Windows the engine sends CTRL_BREAK_EVENT, which Node.js calls SIGBREAK),
 * and when the engine is gone. Seen: a killed engine leaves its plugin running and writing.
 *
 * The engine sends that signal at the end of every operation, and still accepts log lines then (pulumi/pulumi
 * pkg/engine/update.go, sdk/go/common/util/cmdutil/term.go; seen with CLI 3.259). So this is the time to summarize the whole run.
 */
export class Lifetime {
    private stopping: string | undefined;
    private readonly engine: Address | undefined;
    private readonly poll: NodeJS.Timeout | undefined;

    /**
     * @param engineAddress `127.0.0.1:PORT`; undefined if there is no engine to watch.
     * @param close prints the summary and closes sessions, within CLOSE_LIMIT.
     */
    constructor(
        engineAddress: string | undefined,
        private readonly close: () => Promise<void>,
    ) {
        for (const signal of ["SIGINT", "SIGTERM", "SIGBREAK"] as const) process.on(signal, () => this.stop(signal));
        // The engine reads our output. When it is gone, writing fails. Without this listener that is an uncaught exception, Pulumi's
        // own handler prints it, and the write fails again: the process loops forever and handles nothing else (seen).
        for (const stream of [process.stdout, process.stderr]) stream.on("error", () => this.stop("nobody reads our output"));
        const [, host, port] = /^(.+):(\d+)$/.exec(engineAddress ?? "") ?? [];
        if (host === undefined || port === undefined) return;
        this.engine = { host, port: Number(port) };
        this.poll = setInterval(() => void this.look(), POLL_INTERVAL).unref();
    }

    /**
     * No write may begin when the engine is gone: nobody would record it.
     * @throws WmisecError cancelled.
     */
    async beforeWrite(): Promise<void> {
        await this.look();
        if (this.stopping === undefined) return;
        throw new WmisecError("cancelled", `stopped before a write began (${this.stopping})`, { remedy: "run again" });
    }

    private async look(): Promise<void> {
        if (this.engine !== undefined && (await isRefused(this.engine))) this.stop("the engine is gone");
    }

    private stop(why: string): void {
        if (this.stopping !== undefined) return;
        this.stopping = why;
        clearInterval(this.poll);
        const limit = new Promise((resolve) => setTimeout(resolve, CLOSE_LIMIT));
        Promise.race([this.close(), limit]).finally(() => process.exit(0));
    }
}

/** Only a refused connection shows that nobody listens any more. Running out of file descriptors says nothing about the engine. */
function isRefused({ host, port }: Address): Promise<boolean> {
    return new Promise((resolve) => {
        const socket = connect({ host, port, timeout: POLL_INTERVAL });
        const settle = (refused: boolean) => {
            socket.destroy();
            resolve(refused);
        };
        socket.on("connect", () => settle(false));
        socket.on("timeout", () => settle(false));
        socket.on("error", (error: NodeJS.ErrnoException) => settle(error.code === "ECONNREFUSED"));
    });
}
