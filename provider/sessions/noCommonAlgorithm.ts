import { printable, WmisecError } from "../core/errors";

/** What two sides agree about before anybody logs in, and the setting of OpenSSH that says what one side has. */
const SETTINGS = {
    "key exchange method": "KexAlgorithms",
    "host key type": "HostKeyAlgorithms",
    cipher: "Ciphers",
    MAC: "MACs",
    "compression method": "Compression",
} as const;

export type Negotiated = keyof typeof SETTINGS;

/** Two sides that have nothing in common will have nothing in common the next time, too: this is not tried again. */
export class NoCommonAlgorithm extends WmisecError {
    /**
     * @param theirs names, with commas between them; @param ours as well, undefined where they are not known
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

    /** The setting of OpenSSH that says what one side has. */
    get setting(): string {
        return SETTINGS[this.what];
    }

    withOurs(ours: string | undefined): NoCommonAlgorithm {
        return new NoCommonAlgorithm(this.what, this.theirs, ours, this.client);
    }
}

/** Names that offer an extension and no algorithm. */
const EXTENSION = /^(ext-info-|kex-strict-)/;

const spaced = (names: string): string =>
    names
        .split(",")
        .filter((name) => !EXTENSION.test(name))
        .join(", ");
