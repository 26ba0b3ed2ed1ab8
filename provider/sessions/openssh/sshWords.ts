/** What ssh writes at level VERBOSE once we are logged in (sshconnect2.c, ssh_userauth2). */
const LOGGED_IN = /^Authenticated to \S+ \(/;

/** What it counts at its end. Tells nobody anything. */
const COUNTS = /^(Transferred: sent |Bytes per second: sent )/;

/** How ssh begins what it says of a connection that it has: clientloop.c, packet.c, channels.c. */
const OF_SSH =
    /^(Connection to .+ closed|Connection (closed|reset) by |Read from remote host |Write failed|client_loop: |Timeout, server .+ not responding|Killed by signal |Received disconnect from |Disconnected from |Disconnecting |ssh_dispatch_run_fatal: |ssh_packet_|Bad packet length|Corrupted MAC|exec request failed |channel \d+: open failed: |session open failed)/;

/** What ssh may begin in the middle of a line, because the process on the host did not end its last one. */
const BEHIND_OTHERS = /(Transferred: sent \d+, received \d+ bytes, in [\d.]+ seconds|Connection to \S+ closed by remote host\.)\r?\n?$/;

/** Kept of what ssh says. Characters. */
const MAX_SAID = 8192;
/** A line that is longer is no line of ssh. Bytes. */
const MAX_LINE = 4096;

/**
 * The two who write to the standard error of `ssh`: ssh itself, and, once we are logged in, the process on the host. A host
 * can make its process say what ssh would say; that changes the words and the code of an error about that host, and nothing
 * else.
 */
export class SshWords {
    #said = "";
    #rest = Buffer.alloc(0);
    #loggedIn = false;

    /**
     * @param login called once, when ssh says that we are logged in
     * @param other takes what ssh did not say
     */
    constructor(
        private readonly login: () => void,
        private readonly other: (bytes: Buffer) => void,
    ) {}

    get loggedIn(): boolean {
        return this.#loggedIn;
    }

    /** What ssh has said, its last words if it was much. */
    get said(): string {
        return this.#said;
    }

    take(chunk: Buffer): void {
        let held = Buffer.concat([this.#rest, chunk]);
        for (let end = held.indexOf(10); end >= 0; end = held.indexOf(10)) {
            this.#line(held.subarray(0, end + 1));
            held = held.subarray(end + 1);
        }
        if (held.length > MAX_LINE) {
            this.#line(held);
            held = Buffer.alloc(0);
        }
        this.#rest = held;
    }

    /** A last line without a newline. */
    end(): void {
        if (this.#rest.length > 0) this.#line(this.#rest);
        this.#rest = Buffer.alloc(0);
    }

    #line(bytes: Buffer): void {
        // One character a byte: what ssh says that matters here is ASCII.
        const text = bytes.toString("latin1").trimEnd();
        const behind = this.#loggedIn ? bytes.toString("latin1").search(BEHIND_OTHERS) : 0;
        if (behind > 0) {
            this.other(bytes.subarray(0, behind));
            this.#line(bytes.subarray(behind));
        } else if (!this.#loggedIn && LOGGED_IN.test(text)) {
            this.#loggedIn = true;
            this.#said = "";
            this.login();
        } else if (!this.#loggedIn || OF_SSH.test(text)) this.#said = `${this.#said}${bytes.toString("utf8").trimEnd()}\n`.slice(-MAX_SAID);
        else if (!COUNTS.test(text)) this.other(bytes);
    }
}
