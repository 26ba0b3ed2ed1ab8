import { connect } from "node:net";
import { WmisecError } from "../core/errors";

/** Milliseconds between two looks whether the engine is still there. */
const POLL_INTERVAL = 1_000;
/** Milliseconds for closing sessions before the process ends regardless; the engine kills after 5 s, and after 300 ms on a second Ctrl-C. */
const CLOSE_LIMIT = 800;

interface Address {
    readonly host: string;
    readonly port: number;
}

/**
 * Ends the plugin's process when it is no longer wanted: on SIGINT and SIGTERM (on Windows the engine sends CTRL_BREAK_EVENT,
 * which Node.js calls SIGBREAK), and when the engine is gone. Seen: an engine that is killed leaves its plugin running, and
 * writing.
 *
 * The engine ends its plugins by that signal at the end of every operation, while it still takes log lines (pulumi/pulumi
 * pkg/engine/update.go, sdk/go/common/util/cmdutil/term.go; seen with CLI 3.259): the one moment that knows the whole run.
 */
export class Lifetime {
    private stopping: string | undefined;
    private readonly engine: Address | undefined;
    private readonly poll: NodeJS.Timeout | undefined;

    /**
     * @param engineAddress `127.0.0.1:PORT`; undefined when there is no engine to watch.
     * @param close says the last words and closes sessions; not waited for longer than CLOSE_LIMIT.
     */
    constructor(
        engineAddress: string | undefined,
        private readonly close: () => Promise<void>,
    ) {
        for (const signal of ["SIGINT", "SIGTERM", "SIGBREAK"] as const) process.on(signal, () => this.stop(signal));
        // Who reads what is printed here is the engine. Without a listener its end is an uncaught exception, which Pulumi's own
        // handler prints, which is the next one: a process that is busy with that for ever, and deaf to everything else (seen).
        for (const stream of [process.stdout, process.stderr]) stream.on("error", () => this.stop("nobody reads what is printed"));
        const [, host, port] = /^(.+):(\d+)$/.exec(engineAddress ?? "") ?? [];
        if (host === undefined || port === undefined) return;
        this.engine = { host, port: Number(port) };
        this.poll = setInterval(() => void this.look(), POLL_INTERVAL).unref();
    }

    /**
     * No write may begin for an engine that is gone: nobody would record it.
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

/** Only a refusal says that nobody listens there any more; running out of file descriptors says nothing of the engine. */
function isRefused({ host, port }: Address): Promise<boolean> {
    return new Promise((resolve) => {
        const socket = connect({ host, port, timeout: POLL_INTERVAL });
        const told = (refused: boolean) => {
            socket.destroy();
            resolve(refused);
        };
        socket.on("connect", () => told(false));
        socket.on("timeout", () => told(false));
        socket.on("error", (error: NodeJS.ErrnoException) => told(error.code === "ECONNREFUSED"));
    });
}
