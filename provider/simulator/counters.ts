import type { Verb } from "../agent/protocol";

/** What happened at a simulated host since it was started. */
export interface Counters {
    /** TCP connections accepted. */
    connections: number;
    /** Logins that succeeded: over WinRM, each connection is one. */
    authentications: number;
    /** Passwords and keys that were refused. */
    failedAuthentications: number;
    /** Agent processes. */
    processesStarted: number;
    processesRunning: number;
    /** Well-formed requests, by verb. */
    requests: Record<Verb, number>;
    /** Bytes to standard inputs of processes, and from standard outputs. */
    bytesReceived: number;
    bytesSent: number;
    /** Connections to other hosts through this one. */
    forwards: number;
    /** Requests over HTTP, those of logins too. */
    httpRequests: number;
    /** What went over TCP, either way, by connections that are closed. */
    wireBytesReceived: number;
    wireBytesSent: number;
    /** WinRM's shells that were made and are not gone yet. */
    shellsOpen: number;
}

export const noCounts = (): Counters => ({
    connections: 0,
    authentications: 0,
    failedAuthentications: 0,
    processesStarted: 0,
    processesRunning: 0,
    requests: { observe: 0, apply: 0, readEvents: 0, load: 0, bye: 0 },
    bytesReceived: 0,
    bytesSent: 0,
    forwards: 0,
    httpRequests: 0,
    wireBytesReceived: 0,
    wireBytesSent: 0,
    shellsOpen: 0,
});
