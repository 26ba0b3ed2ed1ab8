import { closeSync, openSync, readSync, writeFileSync } from "node:fs";

/** What ssh writes at level VERBOSE once we are logged in (sshconnect2.c, ssh_userauth2). */
const LOGGED_IN = /^Authenticated to \S+ \(.*$/m;

/** What it counts at its end. Tells nobody anything. */
const COUNTS = /^(Transferred: sent |Bytes per second: sent ).*\r?\n?/gm;

/** The keys of a server were compared, and it was refused. */
export const KEY_REFUSED = /Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED|REVOKED HOST KEY/;

/** Read of what ssh says. Bytes. */
const MAX_LOG = 65_536;

/**
 * The file that ssh writes its own words to. They are not read from its standard error, because others write there: the ssh
 * of a jump host, a ProxyCommand, a server's banner, and, once we are logged in, the process on the host.
 */
export class SshLog {
    #fd: number | undefined;
    #bytes = Buffer.alloc(0);

    /** Makes the file. */
    constructor(readonly path: string) {
        writeFileSync(path, "", { mode: 0o600, flag: "wx" });
        this.#fd = openSync(path, "r");
    }

    /** It says so, and did not refuse the server's key. */
    get loggedIn(): boolean {
        const text = this.#text;
        return LOGGED_IN.test(text) && !KEY_REFUSED.test(text);
    }

    /** Until the login all, after it what came since. */
    get said(): string {
        const text = this.#text;
        const at = this.loggedIn ? LOGGED_IN.exec(text) : null;
        return (at === null ? text : text.slice(at.index + at[0].length)).replace(COUNTS, "").trim();
    }

    /** Reads on. */
    look(): void {
        if (this.#fd === undefined) return;
        const chunk = Buffer.alloc(4096);
        for (let room = MAX_LOG - this.#bytes.length; room > 0; room = MAX_LOG - this.#bytes.length) {
            const read = readSync(this.#fd, chunk, 0, Math.min(room, chunk.length), this.#bytes.length);
            if (read === 0) return;
            this.#bytes = Buffer.concat([this.#bytes, chunk.subarray(0, read)]);
        }
    }

    /** Nothing is read any more. What was read is kept. */
    close(): void {
        if (this.#fd !== undefined) closeSync(this.#fd);
        this.#fd = undefined;
    }

    get #text(): string {
        return this.#bytes.toString("utf8");
    }
}
