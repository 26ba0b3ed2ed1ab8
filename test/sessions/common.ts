import type { ChildProcess } from "node:child_process";
import { EventEmitter } from "node:events";
import type { Connection } from "../../provider/core/connection";
import type { WmisecError } from "../../provider/core/errors";
import type { Session } from "../../provider/core/session";
import { makeServices, type Services } from "../../provider/sessions/services";
import { type SshLimits, SshSessions } from "../../provider/sessions/sshSessions";
import type { TestServer } from "./sshServer";

/** Waits that are long in real life are short in tests. */
export const QUICK: Partial<SshLimits> = { firstRetryMs: 10, maxRetryMs: 20 };

/** What a test has opened, closed in reverse order after it. */
export class Opened {
    readonly #closers: (() => Promise<unknown>)[] = [];

    add<T extends { close(): Promise<unknown> }>(closable: T): T {
        this.#closers.push(() => closable.close());
        return closable;
    }

    sessions({ limits, ...services }: Partial<Services> & { limits?: Partial<SshLimits> } = {}): SshSessions {
        const made = makeServices({ env: {}, home: "/nonexistent", warn: () => undefined, ...services });
        const sessions = new SshSessions(made, { ...QUICK, ...limits });
        this.#closers.push(() => sessions.closeAll());
        return sessions;
    }

    async closeAll(): Promise<void> {
        for (const close of this.#closers.splice(0).reverse()) await close();
    }
}

/** A connection that works with the default test server. */
export const to = (server: TestServer, more: Partial<Connection> = {}): Connection => ({
    host: server.address,
    port: server.port,
    user: "CONTOSO\\svc",
    hostKey: server.key.line,
    ...(more.privateKey === undefined && more.agentSocketPath === undefined ? { password: "right" } : {}),
    ...more,
});

export async function eventually(condition: () => boolean, what: string): Promise<void> {
    for (let tries = 0; tries < 500; tries++) {
        if (condition()) return;
        await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error(`never happened: ${what}`);
}

/** Settles once the session has printed `text`. */
export function printed(session: Session, text: string): Promise<void> {
    return new Promise((resolve, reject) => {
        let seen = "";
        session.onOutput((chunk) => {
            seen += chunk.toString();
            if (seen.includes(text)) resolve();
        });
        session.onEnd(reject);
    });
}

export const ended = (session: Session): Promise<WmisecError> => new Promise((resolve) => session.onEnd(resolve));

/**
 * What Node.js's `spawn` gives when this process may open no more files: a child without streams and number, whose error comes
 * later. A signal to one of no number is refused here: Node.js may send it to number 0, which is the whole process group of this test.
 */
export function startedInVain(): ChildProcess {
    const child = new EventEmitter() as ChildProcess;
    child.kill = () => {
        throw new Error("a signal was sent to a process that has not started");
    };
    process.nextTick(() => child.emit("error", Object.assign(new Error("spawn EMFILE"), { code: "EMFILE" })));
    return child;
}
