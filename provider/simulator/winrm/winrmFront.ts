import { constants, X509Certificate } from "node:crypto";
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createHttpsServer, type Server as HttpsServer } from "node:https";
import type { Socket } from "node:net";
import type { FaultTable } from "../../model/faultTable";
import { isSealedType, readSealed } from "../../wsman/framing";
import { Malformed } from "../../wsman/malformed";
import { SOAP_TYPE } from "../../wsman/names";
import type { NtlmSealing } from "../../wsman/ntlm";
import { type Certificate, newCertificate } from "../certificate";
import type { Counters } from "../counters";
import type { SimulatorFaults } from "../faults";
import type { HostProcess, ProcessPipes } from "../processes";
import type { SimulatedUser } from "../simulatedUser";
import type { HttpAnswer } from "../winrmFaults";
import { exchange, type Reply } from "./exchange";
import type { WinrmLimits } from "./limits";
import { ConnectionLogin, type WinrmLogin } from "./login";
import { readMessage } from "./message";
import { type ChannelBinding, endPointBinding } from "./ntlmAcceptor";
import { WinrmService } from "./service";
import { Sealer } from "./wrongAnswers";

export interface WinrmFrontOptions {
    readonly machine: string;
    /** For HTTPS; without it, HTTP. */
    readonly certificate: Certificate | undefined;
    readonly url: string;
    readonly users: readonly SimulatedUser[];
    readonly methods: readonly WinrmLogin[];
    readonly channelBinding: ChannelBinding;
    readonly limits: WinrmLimits;
    readonly faults: FaultTable<SimulatorFaults>;
    readonly counters: Counters;
    start(command: string, pipes: ProcessPipes): HostProcess;
    /** Records what a client did or left undone, and our client never does. */
    refused(what: string): void;
}

/** What the front keeps for each connection. */
interface Connected {
    readonly login: ConnectionLogin;
    sealer: { readonly of: NtlmSealing; readonly seals: Sealer } | undefined;
}

const PATH = "/wsman";
/** More than the frame of a sealed body, in bytes. */
const AROUND_BODY = 4096;
/** http.sys closes a connection that has been idle for this long. */
const IDLE_MS = 120_000;

/** The WinRM listener of a simulated host. It handles HTTP or HTTPS, logins and sealing; `WinrmService` handles the messages. */
export class WinrmFront {
    private readonly server: Server;
    private certificate: Certificate | undefined;
    private stranger: Server | undefined;
    private readonly service: WinrmService;
    private readonly known = new WeakMap<Socket, Connected>();
    private readonly sockets = new Set<Socket>();
    private readonly over = new AbortController();

    constructor(private readonly options: WinrmFrontOptions) {
        const { certificate, faults } = options;
        this.certificate = certificate;
        this.server = this.newServer(certificate);
        this.service = new WinrmService({
            ...options,
            shellsRefused: () => faults.bite("execRefused") !== undefined,
            inCrumbs: () => faults.bite("outputInCrumbs") !== undefined,
        });
    }

    connected(socket: Socket): void {
        const { faults } = this.options;
        this.sockets.add(socket);
        socket.on("close", () => this.sockets.delete(socket));
        if (faults.bite("noTls") !== undefined)
            socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"));
        else if (this.certificate !== undefined && faults.bite("otherCertificate") !== undefined) this.middle().emit("connection", socket);
        else this.server.emit("connection", socket);
    }

    /** Shows another certificate to new connections. */
    show(certificate: Certificate): void {
        this.certificate = certificate;
        if ("setSecureContext" in this.server) (this.server as HttpsServer).setSecureContext(tlsOf(certificate));
    }

    end(): void {
        this.over.abort();
        this.service.end();
        this.server.close();
        this.stranger?.close();
    }

    private newServer(certificate: Certificate | undefined): Server {
        const heard = (request: IncomingMessage, response: ServerResponse) => void this.heard(request, response);
        const server =
            certificate === undefined
                ? createHttpServer(heard)
                : createHttpsServer({ ...tlsOf(certificate), minVersion: "TLSv1.2" }, heard);
        Object.assign(server, { keepAliveTimeout: IDLE_MS, requestTimeout: 0, headersTimeout: 0, timeout: 0 });
        // A client that resets its connection, or does not trust the certificate, is no error of the host.
        for (const event of ["clientError", "tlsClientError"]) server.on(event, (_error: Error, socket: Socket) => socket.destroy());
        return server;
    }

    /** A man in the middle, who passes everything on. */
    private middle(): Server {
        this.stranger ??= this.newServer(newCertificate({ names: [this.options.machine] }));
        return this.stranger;
    }

    private async heard(request: IncomingMessage, response: ServerResponse): Promise<void> {
        const { counters, faults, refused } = this.options;
        counters.httpRequests += 1;
        try {
            const body = await wholeBody(request, this.envelopeLimit + AROUND_BODY);
            const door = faults.bite("httpDoor");
            if (door !== undefined) return plain(response, door);
            const { headers, method, url } = request;
            if (headers.cookie !== undefined) refused("a cookie");
            if (this.sockets.size > this.options.limits.maxConnections) return plain(response, { status: 503 });
            if (url !== PATH) return plain(response, { status: 404 });
            if (method !== "POST") return plain(response, { status: 405 });
            if (body === "tooLong") return this.tooLong(response);
            await this.answered(request, response, body);
        } catch (error) {
            if (this.over.signal.aborted) return;
            if (!(error instanceof Malformed)) throw error;
            refused(error.message);
            plain(response, { status: 400 });
        }
    }

    /** @throws Malformed */
    private async answered(request: IncomingMessage, response: ServerResponse, body: Buffer): Promise<void> {
        const { socket, headers } = request;
        const { faults } = this.options;
        const connected = this.connectedBy(socket);
        const logins = this.options.counters.authentications;
        const verdict = await connected.login.judge(headers.authorization);
        if (!verdict.in) return plain(response, { status: 401 }, verdict.challenges);
        if (this.options.counters.authentications > logins && faults.bite("closesAfterAuthentication") !== undefined)
            return void socket.destroySoon();
        if (faults.has("httpCookie")) response.setHeader("Set-Cookie", "canary=1; Path=/");
        // Nobody can seal before the login, so a login begins without a body.
        if (body.length === 0) return plain(response, { status: 200 });

        // Over HTTPS, TLS encrypts.
        const sealing = this.options.certificate === undefined ? verdict.sealing : undefined;
        if (this.options.certificate === undefined && sealing === undefined) return this.refuse(response, "a body in clear text");
        const unsealed = this.unsealed(headers["content-type"] ?? "", body, sealing);
        if (unsealed === undefined) return this.refuse(response, "a body that is not sealed over HTTP, or sealed over HTTPS");
        if (unsealed.length > this.envelopeLimit) return this.tooLong(response);
        const message = readMessage(unsealed);
        const reply = await exchange(
            message,
            { user: verdict.user, socket },
            { ...this.options, service: this.service, signal: this.over.signal },
        );
        this.send(reply, message.operation, response, sealing === undefined ? undefined : this.sealerOf(connected, sealing));
    }

    private get envelopeLimit(): number {
        return this.options.limits.maxEnvelopeSizekb * 1024;
    }

    private tooLong(response: ServerResponse): void {
        this.options.refused("a message that is longer than MaxEnvelopeSizekb");
        plain(response, { status: 413 });
    }

    /** Answers 500 without a text, as Windows does if AllowUnencrypted is false. */
    private refuse(response: ServerResponse, what: string): void {
        this.options.refused(what);
        plain(response, { status: 500 });
    }

    /** @returns undefined if the body is sealed and should not be, or the other way round */
    private unsealed(type: string, body: Buffer, sealing: NtlmSealing | undefined): Buffer | undefined {
        if (isSealedType(type) !== (sealing !== undefined)) return undefined;
        if (sealing === undefined) {
            if (!type.toLowerCase().startsWith("application/soap+xml")) throw new Malformed(`a body of the type ${type}`);
            return body;
        }
        const { length, signature, data } = readSealed("SPNEGO", type, body);
        const message = sealing.unseal(signature, data);
        if (message.length !== length) throw new Malformed("a sealed body of another length than it says");
        return message;
    }

    private send(reply: Reply, message: string, response: ServerResponse, sealer: Sealer | undefined): void {
        const { faults } = this.options;
        if (reply.as === "cut") response.socket?.destroy();
        if (reply.as === "http") plain(response, reply.answer);
        if (reply.as !== "soap") return;
        const here = (detail: { readonly message?: string }) => detail.message === undefined || detail.message === message;
        const { type, body } =
            sealer === undefined
                ? { type: SOAP_TYPE, body: reply.body }
                : sealer.sealed(reply.body, SOAP_TYPE, faults.bite("answerWrongSeal", here)?.how);
        response.writeHead(reply.status, { "Content-Type": type, "Content-Length": body.length, Server: "Microsoft-HTTPAPI/2.0" });
        if (reply.breaksOff) response.write(body.subarray(0, body.length / 2), () => response.socket?.destroy());
        else response.end(body);
    }

    private sealerOf(connected: Connected, sealing: NtlmSealing): Sealer {
        if (connected.sealer?.of !== sealing) connected.sealer = { of: sealing, seals: new Sealer(sealing) };
        return connected.sealer.seals;
    }

    private connectedBy(socket: Socket): Connected {
        const known = this.known.get(socket);
        if (known !== undefined) return known;
        const { certificate } = this;
        const { channelBinding, machine } = this.options;
        const login = new ConnectionLogin(socket, {
            ...this.options,
            machine,
            level: channelBinding,
            channelBinding: certificate && endPointBinding(new X509Certificate(certificate.certificate).raw, certificate.hash),
        });
        const connected: Connected = { login, sealer: undefined };
        this.known.set(socket, connected);
        return connected;
    }
}

/** With tickets or resumption, a client that is asked for its certificate later would resume its session, without one. */
const tlsOf = ({ certificate, privateKey }: Certificate) => ({
    cert: certificate,
    key: privateKey,
    secureOptions: constants.SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION | constants.SSL_OP_NO_TICKET,
});

function plain(response: ServerResponse, { status, headers = {}, body = "" }: HttpAnswer, challenges: readonly string[] = []): void {
    const authenticate = challenges.length > 0 ? { "WWW-Authenticate": [...challenges] } : {};
    response.writeHead(status, { Server: "Microsoft-HTTPAPI/2.0", "Content-Length": Buffer.byteLength(body), ...headers, ...authenticate });
    response.end(body);
}

async function wholeBody(request: IncomingMessage, limit: number): Promise<Buffer | "tooLong"> {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of request) {
        length += (chunk as Buffer).length;
        if (length <= limit) chunks.push(chunk as Buffer);
    }
    return length > limit ? "tooLong" : Buffer.concat(chunks);
}
