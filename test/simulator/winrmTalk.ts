import { randomUUID } from "node:crypto";
import { type IncomingHttpHeaders, Agent as PlainAgent, request as plainRequest } from "node:http";
import { type AgentOptions, Agent as TlsAgent, request as tlsRequest } from "node:https";
import type { SimulatedHost, WinrmMessage } from "../../provider/simulator";
import { escapeXml } from "../../provider/wsman/escape";
import { isSealedType, readSealed, sealedBody, sealedType } from "../../provider/wsman/framing";
import { ACTIONS, ANONYMOUS, CMD_SHELL, NS, TERMINATE } from "../../provider/wsman/names";
import { NtlmInitiator, type NtlmSealing } from "../../provider/wsman/ntlm";

/** What came over HTTP, unsealed where it was sealed. */
export interface Heard {
    readonly status: number;
    readonly headers: IncomingHttpHeaders;
    /** The body as it came. */
    readonly bytes: Buffer;
    readonly text: string;
    readonly isSealed: boolean;
}

export interface Parts {
    readonly messageId?: string;
    readonly shellId?: string;
    readonly timeout?: string;
    readonly maxEnvelope?: number;
    readonly options?: Readonly<Record<string, string>>;
    readonly body?: string;
}

/** A request of WS-Management as text. */
export function soap(operation: WinrmMessage, { messageId = `uuid:${randomUUID()}`, shellId, timeout = "PT20S", ...parts }: Parts): string {
    const options = Object.entries(parts.options ?? {}).map(([name, value]) => `<w:Option Name="${name}">${escapeXml(value)}</w:Option>`);
    return (
        `<s:Envelope xmlns:s="${NS.soap}" xmlns:a="${NS.addressing}" xmlns:w="${NS.wsman}" xmlns:rsp="${NS.shell}"><s:Header>` +
        `<a:To>http://host/wsman</a:To><a:ReplyTo><a:Address>${ANONYMOUS}</a:Address></a:ReplyTo><a:Action>${ACTIONS[operation]}</a:Action>` +
        `<a:MessageID>${messageId}</a:MessageID><w:ResourceURI>${CMD_SHELL}</w:ResourceURI><w:OperationTimeout>${timeout}</w:OperationTimeout>` +
        `<w:MaxEnvelopeSize>${parts.maxEnvelope ?? 153_600}</w:MaxEnvelopeSize>` +
        (shellId === undefined ? "" : `<w:SelectorSet><w:Selector Name="ShellId">${shellId}</w:Selector></w:SelectorSet>`) +
        (options.length === 0 ? "" : `<w:OptionSet>${options.join("")}</w:OptionSet>`) +
        `</s:Header><s:Body>${parts.body ?? ""}</s:Body></s:Envelope>`
    );
}

/** One connection to a host's WinRM, by HTTP and nothing but: what tests of the host itself speak. */
export class HttpTalk {
    private readonly agent: PlainAgent | TlsAgent;
    private sealing: NtlmSealing | undefined;

    /** @param tls beside what every connection has: a certificate, a version */
    constructor(
        private readonly host: SimulatedHost,
        tls: AgentOptions = {},
    ) {
        const options = { keepAlive: true, maxSockets: 1, ...tls };
        this.agent = this.isTls ? new TlsAgent({ rejectUnauthorized: false, ...options }) : new PlainAgent(options);
    }

    end(): void {
        this.agent.destroy();
    }

    /** Sealed once `login` is through. @param headers beside those that every request has */
    async post(text: string, headers: Record<string, string> = {}, path = "/wsman"): Promise<Heard> {
        const heard = await this.raw(text, headers, path);
        const type = heard.headers["content-type"] ?? "";
        if (this.sealing === undefined || !isSealedType(type)) return heard;
        const { signature, data } = readSealed("SPNEGO", type, heard.bytes);
        return { ...heard, text: this.sealing.unseal(signature, data).toString("utf8"), isSealed: true };
    }

    /** Seals a message that is lost on its way. */
    loses(text: string): void {
        this.sealing?.seal(Buffer.from(text));
    }

    /** The same, and what came is left as it is. */
    async raw(text: string, headers: Record<string, string> = {}, path = "/wsman"): Promise<Heard> {
        const plain = Buffer.from(text);
        const seals = this.sealing !== undefined && plain.length > 0 && headers["Content-Type"] === undefined;
        const body = seals && this.sealing ? sealedBody("SPNEGO", { length: plain.length, ...this.sealing.seal(plain) }) : plain;
        const type = seals ? sealedType("SPNEGO") : "application/soap+xml;charset=UTF-8";
        return this.exchange(body, { "Content-Type": type, ...headers }, path);
    }

    basic(): Record<string, string> {
        const { user, password } = this.host.connection;
        return { Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}` };
    }

    /** By NTLM. @returns what came at its end */
    async login(password = this.host.connection.password): Promise<Heard> {
        const [domain = "", user = ""] = (this.host.connection.user ?? "").split("\\");
        const initiator = new NtlmInitiator(
            { domain, user, password: String(password) },
            { servicePrincipal: "HTTP/host", channelBinding: undefined },
        );
        const first = await this.post("", { Authorization: `Negotiate ${initiator.first().toString("base64")}` });
        const challenge = /^Negotiate (.+)$/.exec(first.headers["www-authenticate"] ?? "")?.[1];
        if (challenge === undefined) return first;
        const { token, sealing } = initiator.answer(Buffer.from(challenge, "base64"));
        const last = await this.post("", { Authorization: `Negotiate ${token.toString("base64")}` });
        if (!this.isTls) this.sealing = sealing;
        return last;
    }

    private get isTls(): boolean {
        return this.host.certificate !== undefined;
    }

    private exchange(body: Buffer, headers: Record<string, string>, path: string): Promise<Heard> {
        const { address, port } = this.host;
        const request = this.isTls ? tlsRequest : plainRequest;
        const options = {
            host: address,
            port,
            path,
            method: "POST",
            agent: this.agent,
            headers: { ...headers, "Content-Length": body.length },
        };
        return new Promise((settle, fail) => {
            const sent = request(options);
            sent.on("error", fail);
            sent.on("response", (response) => {
                const chunks: Buffer[] = [];
                response.on("data", (chunk: Buffer) => chunks.push(chunk));
                response.on("error", fail);
                response.on("end", () => {
                    const bytes = Buffer.concat(chunks);
                    settle({
                        status: response.statusCode ?? 0,
                        headers: response.headers,
                        bytes,
                        text: bytes.toString("utf8"),
                        isSealed: false,
                    });
                });
            });
            sent.end(body);
        });
    }
}

/** A shell with one command, over one connection. */
export class ShellTalk {
    private constructor(
        readonly http: HttpTalk,
        readonly shellId: string,
        readonly commandId: string,
        private readonly headers: Record<string, string>,
    ) {}

    static async begin(http: HttpTalk, command: string, headers: Record<string, string> = {}): Promise<ShellTalk> {
        const shellId = idIn((await http.post(create(), headers)).text, "ShellId");
        const started = await http.post(run(shellId, command), headers);
        return new ShellTalk(http, shellId, idIn(started.text, "CommandId"), headers);
    }

    send(bytes: string, { end = false, messageId }: { readonly end?: boolean; readonly messageId?: string } = {}): Promise<Heard> {
        const stream = `<rsp:Stream Name="stdin" CommandId="${this.commandId}"${end ? ' End="true"' : ""}>${Buffer.from(bytes, "latin1").toString("base64")}</rsp:Stream>`;
        return this.post("send", { body: `<rsp:Send>${stream}</rsp:Send>`, ...(messageId === undefined ? {} : { messageId }) });
    }

    receive(parts: Parts = {}): Promise<Heard> {
        const stream = `<rsp:DesiredStream CommandId="${this.commandId}">stdout stderr</rsp:DesiredStream>`;
        return this.post("receive", { body: `<rsp:Receive>${stream}</rsp:Receive>`, ...parts });
    }

    terminate(): Promise<Heard> {
        return this.post("signal", { body: `<rsp:Signal CommandId="${this.commandId}"><rsp:Code>${TERMINATE}</rsp:Code></rsp:Signal>` });
    }

    command(line: string): Promise<Heard> {
        return this.http.post(run(this.shellId, line), this.headers);
    }

    delete(): Promise<Heard> {
        return this.post("delete", {});
    }

    /** The same shell by another connection. */
    by(http: HttpTalk): ShellTalk {
        return new ShellTalk(http, this.shellId, this.commandId, this.headers);
    }

    private post(operation: WinrmMessage, parts: Parts): Promise<Heard> {
        return this.http.post(soap(operation, { shellId: this.shellId, ...parts }), this.headers);
    }
}

export const create = (idle = "PT300S", messageId?: string): string =>
    soap("create", {
        options: { WINRS_NOPROFILE: "TRUE", WINRS_CODEPAGE: "65001" },
        body: `<rsp:Shell><rsp:InputStreams>stdin</rsp:InputStreams><rsp:OutputStreams>stdout stderr</rsp:OutputStreams><rsp:IdleTimeOut>${idle}</rsp:IdleTimeOut></rsp:Shell>`,
        ...(messageId === undefined ? {} : { messageId }),
    });

export const run = (shellId: string, command: string, options: Readonly<Record<string, string>> = {}): string =>
    soap("command", {
        shellId,
        options: { WINRS_CONSOLEMODE_STDIN: "FALSE", WINRS_SKIP_CMD_SHELL: "FALSE", ...options },
        body: `<rsp:CommandLine><rsp:Command>${escapeXml(command)}</rsp:Command></rsp:CommandLine>`,
    });

/** The text of the first such element. */
export const idIn = (xml: string, name: string): string => new RegExp(`<rsp:${name}>([^<]+)</rsp:${name}>`).exec(xml)?.[1] ?? "";

/** Of a fault; undefined where there is none. */
export function codeIn(xml: string): number | undefined {
    const code = / Code="(\d+)"/.exec(xml)?.[1];
    return code === undefined ? undefined : Number(code);
}

/** What a process wrote to its standard output. */
export const outputIn = (xml: string): string =>
    [...xml.matchAll(/<rsp:Stream Name="stdout"[^>]*>([^<]*)</g)]
        .map(([, base64 = ""]) => Buffer.from(base64, "base64").toString("latin1"))
        .join("");

export const exitIn = (xml: string): string | undefined => /<rsp:ExitCode>(\d+)</.exec(xml)?.[1];
