/** What is wrong with the text of a private key, and what to do. Neither contains any of the text. */
export class KeyProblem extends Error {
    constructor(
        readonly problem: string,
        readonly remedy: string,
    ) {
        super(problem);
    }
}

export const encrypted = (): KeyProblem => new KeyProblem("is encrypted", "set privateKeyPassword");

export const doesNotOpen = (): KeyProblem =>
    new KeyProblem("does not open with privateKeyPassword", "check privateKeyPassword, and that it belongs to this key");

export const damaged = (): KeyProblem => new KeyProblem("is damaged", "copy the whole file again, with its first and last line");

/** @param kind as in `is a key of type ed448`; use `plainName` for a name from the file */
export const notForSsh = (kind: string): KeyProblem =>
    new KeyProblem(`${kind}, which can't be used here`, "make a new one: ssh-keygen -t ed25519, or -t rsa -b 4096");

/** The name of a type or a cipher in a file; "unknown" if the file has anything else there. */
export const plainName = (name: string): string => (/^[\w@.+-]{1,64}$/.test(name) ? name : "unknown");
