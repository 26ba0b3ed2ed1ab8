/** Milliseconds in which hosts that do not answer are gathered: they tend to be found silent at the same moment. */
const GATHER = 250;

/** Makes one warning of many hosts that did not answer. */
export class UnreachableWarning {
    private readonly hosts = new Set<string>();
    private sending: Promise<void> | undefined;

    constructor(private readonly warn: (text: string) => Promise<void>) {}

    /** Settles when the warning that names the host was sent. */
    add(host: string): Promise<void> {
        this.hosts.add(host);
        this.sending ??= new Promise<void>((resolve) => setTimeout(resolve, GATHER)).then(() => this.send());
        return this.sending;
    }

    private async send(): Promise<void> {
        const hosts = [...this.hosts].sort();
        this.hosts.clear();
        this.sending = undefined;
        await this.warn(
            `${hosts.length === 1 ? "1 host" : `${hosts.length} hosts`} did not answer: what stands there is not known, and the last known state was kept: ${hosts.join(", ")}`,
        );
    }
}
