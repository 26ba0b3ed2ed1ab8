import { closeSync, openSync, readSync, writeFileSync } from "node:fs";

/** ssh's message at level VERBOSE after the login (sshconnect2.c, ssh_userauth2). */
const LOGGED_IN = /^Authenticated to \S+ \(.*$/m;

/** Statistics at ssh's end, which are of no use in errors. */
const COUNTS = /^(Transferred: sent |Bytes per second: sent ).*\r?\n?/gm;

/** ssh refused the server's key. */
export const KEY_REFUSED = /Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED|REVOKED HOST KEY/;

/** At most so many bytes of the log are read. */
const MAX_LOG = 65_536;

/**
 * The file with ssh's own messages. They are not read from its standard error, because others write there, too: a jump host's ssh,
 * a ProxyCommand, a server's banner, and after the login the process on the host.
 */
export class SshLog {
    #fd: number | undefined;
    #bytes = Buffer.alloc(0);

    /** Creates the file. */
    constructor(readonly path: string) {
        writeFileSync(path, "", { mode: 0o600, flag: "wx" });
        this.#fd = openSync(path, "r");
    }

    /** ssh reported the login, and did not refuse the server's key. */
    get loggedIn(): boolean {
        const text = this.#text;
        return LOGGED_IN.test(text) && !KEY_REFUSED.test(text);
    }

    /** All messages before the login; after it, those since. */
    get said(): string {
        const text = this.#text;
        const at = this.loggedIn ? LOGGED_IN.exec(text) : null;
        return (at === null ? text : text.slice(at.index + at[0].length)).replace(COUNTS, "").trim();
    }

    /** Reads new content. */
    look(): void {
        if (this.#fd === undefined) return;
        const chunk = Buffer.alloc(4096);
        for (let room = MAX_LOG - this.#bytes.length; room > 0; room = MAX_LOG - this.#bytes.length) {
            const read = readSync(this.#fd, chunk, 0, Math.min(room, chunk.length), this.#bytes.length);
            if (read === 0) return;
            this.#bytes = Buffer.concat([this.#bytes, chunk.subarray(0, read)]);
        }
    }

    /** Stops reading. Keeps what was read. */
    close(): void {
        if (this.#fd !== undefined) closeSync(this.#fd);
        this.#fd = undefined;
    }

    get #text(): string {
        return this.#bytes.toString("utf8");
    }
}
