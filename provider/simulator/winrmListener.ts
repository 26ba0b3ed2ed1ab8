import type { Socket } from "node:net";
import type { Connection } from "../core/connection";
import { type Certificate, type CertificateOptions, newCertificate } from "./certificate";
import type { Listener, ListenerHost } from "./listener";
import type { LoopbackPlace } from "./loopback";
import { WINRM_LIMITS, type WinrmLimits } from "./winrm/limits";
import type { WinrmLogin } from "./winrm/login";
import type { ChannelBinding } from "./winrm/ntlmAcceptor";
import { WinrmFront } from "./winrm/winrmFront";

/** How a host listens for WinRM. */
export interface SimulatedWinrmOptions {
    /** @default "https" */
    readonly scheme?: "https" | "http";
    /** The logins that the service offers; `negotiate` is NTLM. @default negotiate, as on a fresh Windows */
    readonly authentication?: readonly WinrmLogin[];
    /** Whether it demands channel binding over HTTPS (`CbtHardeningLevel`). @default "relaxed", as on a fresh Windows */
    readonly channelBinding?: ChannelBinding;
    /** How its certificate differs from a good one: other names, other times, another hash. */
    readonly certificate?: Partial<CertificateOptions>;
    /** Quotas that differ from those of a fresh Windows. */
    readonly limits?: Partial<WinrmLimits>;
}

/** The service WinRM, over HTTPS with its own certificate, or over HTTP. */
export class WinrmListener implements Listener {
    private made: Certificate | undefined;
    private place: LoopbackPlace | undefined;
    private front: WinrmFront | undefined;

    constructor(
        private readonly host: ListenerHost,
        private readonly options: SimulatedWinrmOptions,
    ) {}

    get proof(): string {
        return this.made?.fingerprint ?? "";
    }

    get certificate(): string | undefined {
        return this.made?.certificate;
    }

    get connection(): Partial<Connection> {
        const way = this.isHttps ? { serverCertificate: this.proof } : { scheme: "http" as const };
        const [first = "negotiate", ...more] = this.options.authentication ?? [];
        return { transport: "winrm", ...way, ...(first === "negotiate" || more.includes("negotiate") ? {} : { authentication: first }) };
    }

    begin(place: LoopbackPlace): void {
        this.place = place;
        if (this.isHttps) this.made ??= this.newCertificate(place);
        const { host, options } = this;
        this.front = new WinrmFront({
            ...host,
            certificate: this.made,
            url: `${this.isHttps ? "https" : "http"}://${place.address}:${place.port}/wsman`,
            methods: options.authentication ?? ["negotiate"],
            channelBinding: options.channelBinding ?? "relaxed",
            limits: { ...WINRM_LIMITS, ...options.limits },
            start: (command, pipes) => host.start(command, "cmd", pipes),
        });
    }

    connected(socket: Socket): void {
        this.front?.connected(socket);
    }

    end(): void {
        this.front?.end();
        this.front = undefined;
    }

    changeProof(): void {
        if (this.place === undefined || !this.isHttps) return;
        this.made = this.newCertificate(this.place);
        this.front?.show(this.made);
    }

    private get isHttps(): boolean {
        return this.options.scheme !== "http";
    }

    private newCertificate({ address }: LoopbackPlace): Certificate {
        return newCertificate({ names: [address, this.host.machine.toLowerCase()], ...this.options.certificate });
    }
}
