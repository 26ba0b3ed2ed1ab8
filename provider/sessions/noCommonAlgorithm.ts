import { printable, WmisecError } from "../core/errors";

/** What the two sides negotiate before the login, and OpenSSH's setting that lists one side's algorithms. */
const SETTINGS = {
    "key exchange method": "KexAlgorithms",
    "host key type": "HostKeyAlgorithms",
    cipher: "Ciphers",
    MAC: "MACs",
    "compression method": "Compression",
} as const;

export type Negotiated = keyof typeof SETTINGS;

/** Not retried: two sides that have nothing in common will have nothing in common the next time. */
export class NoCommonAlgorithm extends WmisecError {
    /**
     * @param theirs names, separated by commas; @param ours likewise; undefined if not known
     * @param client `us`: our own client, which has no settings; `ssh`: the program `ssh`
     */
    constructor(
        private readonly what: Negotiated,
        private readonly theirs: string,
        ours: string | undefined,
        private readonly client: "us" | "ssh",
    ) {
        const setting = SETTINGS[what];
        const elsewhere =
            client === "us"
                ? 'use transport "openssh", which knows others'
                : `allow one of the host's in ~/.ssh/config (${setting}) where pulumi runs`;
        super("noCommonAlgorithm", `it and we have no ${what} in common`, {
            said: printable(`it has: ${spaced(theirs)}`),
            tried: ours === undefined ? undefined : printable(`we have: ${spaced(ours)}`),
            remedy: `allow one of ours in the host's sshd_config (${setting}) and restart the service sshd, or ${elsewhere}`,
        });
    }

    /** OpenSSH's setting that lists one side's algorithms. */
    get setting(): string {
        return SETTINGS[this.what];
    }

    withOurs(ours: string | undefined): NoCommonAlgorithm {
        return new NoCommonAlgorithm(this.what, this.theirs, ours, this.client);
    }
}

/** Names that offer an extension, not an algorithm. */
const EXTENSION = /^(ext-info-|kex-strict-)/;

const spaced = (names: string): string =>
    names
        .split(",")
        .filter((name) => !EXTENSION.test(name))
        .join(", ");
