import { utils } from "ssh2";

export interface KeyPair {
    /** In OpenSSH's format, without a passphrase. */
    readonly private: string;
    /** A line: kind and key. */
    readonly public: string;
}

/**
 * A new ed25519 key pair: for a host, or for a user of one. ssh2 makes about one in 170 that it can't read itself, because it
 * strips zero bytes (github.com/mscdex/ssh2/issues/1390): such a pair is thrown away.
 */
export function newKeyPair(): KeyPair {
    for (;;) {
        const made = utils.generateKeyPairSync("ed25519");
        if (!(utils.parseKey(made.private) instanceof Error) && !(utils.parseKey(made.public) instanceof Error))
            return { private: made.private, public: made.public.trim() };
    }
}
