import { AsyncResource } from "node:async_hooks";

/** Milliseconds to collect hosts that do not answer: their deadlines tend to pass at the same time. */
const GATHER = 250;

/** Combines the warnings about hosts that did not answer into one. */
export class UnreachableWarning {
    private readonly hosts = new Set<string>();
    private sending: Promise<void> | undefined;
    /** It is about several resources, so it must not belong to the operation on the one that came first. */
    private readonly send = AsyncResource.bind(() => this.sendAll());

    constructor(private readonly warn: (text: string) => Promise<void>) {}

    /** Settles when the warning that names the host was sent. */
    add(host: string): Promise<void> {
        this.hosts.add(host);
        this.sending ??= new Promise<void>((resolve) => setTimeout(resolve, GATHER)).then(() => this.send());
        return this.sending;
    }

    private async sendAll(): Promise<void> {
        const hosts = [...this.hosts].sort();
        this.hosts.clear();
        this.sending = undefined;
        await this.warn(
            `${hosts.length === 1 ? "1 host" : `${hosts.length} hosts`} did not answer, so the last known state was kept: ${hosts.join(", ")}`,
        );
    }
}
