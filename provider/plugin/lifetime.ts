import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { WmisecError } from "../core/errors";

/** Milliseconds between two checks that the engine still runs. */
const POLL_INTERVAL = 1_000;
/** Milliseconds to close sessions before the process exits anyway. The engine kills after 5 s, and 300 ms after a second Ctrl-C. */
const CLOSE_LIMIT = 800;

interface Address {
    readonly host: string;
    readonly port: number;
}

/** What ends with the engine. `run`: somebody else started the process, such as a debugger or a test, and it outlives the engine. */
export type EndsWithEngine = "process" | "run";

/**
 * Ends the run, and with it the plugin's process: on SIGINT and SIGTERM (on Windows the engine sends CTRL_BREAK_EVENT, which Node.js calls
 * SIGBREAK), and when the engine is gone. Seen: a killed engine leaves its plugin running and writing.
 *
 * The engine sends that signal at the end of every operation, and still accepts log lines then (pulumi/pulumi
 * pkg/engine/update.go, sdk/go/common/util/cmdutil/term.go; seen with CLI 3.259). So this is the time to summarize the whole run. An engine
 * that says so before the signal (Cancel, of a native plugin) calls `end` first.
 */
export class Lifetime {
    private stopping: string | undefined;
    private ending: Promise<unknown> | undefined;
    private readonly engine: Address | undefined;
    private readonly poll: NodeJS.Timeout | undefined;

    /**
     * @param engineAddress `127.0.0.1:PORT`; undefined if there is no engine to watch.
     * @param close prints the summary and closes sessions, within CLOSE_LIMIT.
     */
    constructor(
        engineAddress: string | undefined,
        private readonly close: () => Promise<void>,
        private readonly endsWithEngine: EndsWithEngine,
    ) {
        if (endsWithEngine === "process") {
            for (const signal of ["SIGINT", "SIGTERM", "SIGBREAK"] as const) process.on(signal, () => this.stop(signal));
            // The engine reads our output. When it is gone, writing fails. Without this listener that is an uncaught exception, Pulumi's
            // own handler prints it, and the write fails again: the process loops forever and handles nothing else (seen).
            for (const stream of [process.stdout, process.stderr]) stream.on("error", () => this.stop("nobody reads our output"));
        }
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

    /**
     * Ends the run, not the process. Later calls settle with the first.
     * @param why for the error of a write that would begin afterwards
     */
    async end(why: string): Promise<void> {
        this.stopping ??= why;
        clearInterval(this.poll);
        this.ending ??= Promise.race([this.close(), sleep(CLOSE_LIMIT, undefined, { ref: false })]);
        await this.ending;
    }

    private stop(why: string): void {
        void this.end(why).finally(() => {
            if (this.endsWithEngine === "process") process.exit(0);
        });
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
