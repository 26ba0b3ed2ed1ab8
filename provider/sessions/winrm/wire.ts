import { Agent, type ClientRequest, type IncomingMessage, request } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { Malformed } from "../../wsman/malformed";
import type { Address } from "./address";

/** An HTTP response. */
export interface Reply {
    readonly status: number;
    /** All values of a header. Names are in lower case. */
    header(name: string): string;
    readonly body: Buffer;
}

export interface Post {
    readonly headers: Readonly<Record<string, string>>;
    readonly body: Buffer;
    /** Milliseconds for the whole response to arrive. */
    readonly deadlineMs: number;
}

/** Why there was no response. The socket can't be used any more. */
export class WireLost extends Error {
    constructor(
        readonly how: "closed" | "late",
        /** The system's code, or that of Node.js' HTTP parser. */
        readonly code: string,
    ) {
        super(`${how} ${code}`);
    }
}

const MAX_HEADER = 16_384;
/** Larger than any envelope that we read, sealed: we ask hosts for no more than `MAX_ENVELOPE_SIZE`. */
const MAX_ANSWER = 1_114_112;

/** Hands out its one socket, and never makes another. */
class OneSocket extends Agent {
    readonly #socket: Socket;

    constructor(socket: Socket) {
        super({ keepAlive: true, maxSockets: 1 });
        this.#socket = socket;
    }

    override createConnection(_options: unknown, give?: (error: Error | null, socket: Duplex) => void): Duplex {
        if (this.#socket.destroyed) give?.(new Error("gone"), this.#socket);
        return this.#socket;
    }
}

/**
 * HTTP over one socket, one request at a time. A login belongs to the socket and ends with it. There are no redirects, cookies, proxies or
 * compression.
 */
export class Wire {
    readonly #socket: Socket;
    readonly #agent: OneSocket;
    readonly #address: Pick<Address, "authority" | "path">;

    constructor(socket: Socket, address: Pick<Address, "authority" | "path">) {
        this.#socket = socket;
        this.#agent = new OneSocket(socket);
        this.#address = address;
        // A request under way handles the error itself. Between two requests an error without a listener would end the process.
        socket.on("error", () => {});
    }

    /** Whether another request can be sent. */
    get isOpen(): boolean {
        return !this.#socket.destroyed && this.#socket.writable;
    }

    /**
     * @throws WireLost
     * @throws Malformed if the response is too large, or compressed
     */
    post({ headers, body, deadlineMs }: Post): Promise<Reply> {
        return new Promise((resolve, reject) => {
            let sent: ClientRequest | undefined;
            let isSettled = false;
            const lost = (how: "closed" | "late", code = "") => new WireLost(how, code);
            const fail = (error: Error) => {
                if (isSettled) return;
                isSettled = true;
                clearTimeout(timer);
                this.destroy();
                sent?.destroy();
                reject(error);
            };
            const timer = setTimeout(() => fail(lost("late")), deadlineMs);
            if (!this.isOpen) {
                fail(lost("closed"));
                return;
            }
            sent = request({
                agent: this.#agent,
                method: "POST",
                path: this.#address.path,
                maxHeaderSize: MAX_HEADER,
                headers: {
                    Host: this.#address.authority,
                    "Accept-Encoding": "identity",
                    "User-Agent": "pulumi-wmisec",
                    "Content-Length": body.length,
                    ...headers,
                },
            });
            sent.on("error", (error: NodeJS.ErrnoException) => fail(lost("closed", error.code)));
            let isAnswered = false;
            // A response that switches protocols closes the request without a `response` event.
            sent.on("close", () => isAnswered || fail(lost("closed")));
            sent.on("response", (response) => {
                isAnswered = true;
                collected(response).then((reply) => {
                    isSettled = true;
                    clearTimeout(timer);
                    resolve(reply);
                }, fail);
            });
            sent.end(body);
        });
    }

    destroy(): void {
        this.#socket.destroy();
        this.#agent.destroy();
    }
}

function collected(response: IncomingMessage): Promise<Reply> {
    return new Promise((resolve, reject) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on("data", (chunk: Buffer) => {
            size += chunk.length;
            if (size > MAX_ANSWER) reject(new Malformed(`an answer of more than ${MAX_ANSWER} bytes`));
            else chunks.push(chunk);
        });
        response.on("error", (error: NodeJS.ErrnoException) => reject(new WireLost("closed", error.code ?? "")));
        response.on("end", () => {
            const header = (name: string) => [response.headersDistinct[name]].flat().join(", ");
            if (!/^(identity)?$/i.test(header("content-encoding").trim())) reject(new Malformed("an answer that is compressed"));
            else resolve({ status: response.statusCode ?? 0, header, body: Buffer.concat(chunks) });
        });
    });
}
