import type { Http2Server } from "node:http2";

const CANCEL = "/pulumirpc.ResourceProvider/Cancel";

/**
 * Fires when the engine says that the user cancels the run. Pulumi's dynamic server answers that call itself and tells nobody, so this
 * listens to the requests of the process's own server. If there is none (another version of the server), it never fires: then a run that is
 * cancelled comes to its end as if it were not.
 */
export function cancelSignal(): AbortSignal {
    const cancelled = new AbortController();
    for (const server of http2Servers())
        server.on("stream", (_stream, headers) => {
            if (headers[":path"] === CANCEL) cancelled.abort();
        });
    return cancelled.signal;
}

/** Node.js has no public list of a process's servers; what is not there is not listened to. */
function http2Servers(): Http2Server[] {
    const { _getActiveHandles: handles } = process as { _getActiveHandles?: () => unknown[] };
    return (handles?.call(process) ?? []).filter((handle): handle is Http2Server => handle?.constructor.name === "Http2Server");
}
