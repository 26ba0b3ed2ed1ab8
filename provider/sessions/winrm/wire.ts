import { Agent, type ClientRequest, type IncomingMessage, request } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { Malformed } from "../../wsman/malformed";
import type { Address } from "./address";

/** An answer of HTTP. */
export interface Reply {
    readonly status: number;
    /** Names in lower case. Of one that comes twice, all values. */
    header(name: string): string;
    readonly body: Buffer;
}

export interface Post {
    readonly headers: Readonly<Record<string, string>>;
    readonly body: Buffer;
    /** Milliseconds until the whole answer must be there. */
    readonly deadlineMs: number;
}

/** Why there was no answer: nothing more can be asked over this socket. */
export class WireLost extends Error {
    constructor(
        readonly how: "closed" | "late",
        /** The system's code, or that of the parser of HTTP. */
        readonly code: string,
    ) {
        super(`${how} ${code}`);
    }
}

const MAX_HEADER = 16_384;
/** Hosts are asked for less: `MAX_ENVELOPE_SIZE`, of which a sealed one is a little larger. */
const MAX_ANSWER = 1_114_112;

/** Hands out the one socket that there is; where it is gone, there is no other. */
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
 * HTTP over one socket, one request at a time. Logins belong to the socket: where it is gone they are, too. No redirects, no cookies, no
 * proxies, nothing compressed.
 */
export class Wire {
    readonly #socket: Socket;
    readonly #agent: OneSocket;
    readonly #address: Pick<Address, "authority" | "path">;

    constructor(socket: Socket, address: Pick<Address, "authority" | "path">) {
        this.#socket = socket;
        this.#agent = new OneSocket(socket);
        this.#address = address;
        // A request that is under way hears of it, too; between two of them nobody else would.
        socket.on("error", () => {});
    }

    /** Whether another request can be sent. */
    get isOpen(): boolean {
        return !this.#socket.destroyed && this.#socket.writable;
    }

    /**
     * @throws WireLost
     * @throws Malformed for an answer that is too large, or compressed
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
            // An answer that asks for another protocol closes the socket, and is no response.
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
