import type { AuthenticationType, Client } from "ssh2";

/** What a server said to a try that did not complete the login (RFC 4252, 5.1). */
export interface AuthAnswer {
    /** What it takes from now on. */
    readonly left: readonly AuthenticationType[];
    /** The try was good, and is not enough. */
    readonly partial: boolean;
}

interface Inner {
    readonly _protocol?: {
        readonly _handlers?: { USERAUTH_FAILURE?: (protocol: unknown, left: AuthenticationType[], partial: boolean) => void };
    };
}

/**
 * Listens to each such answer. ssh2 1.17.0 hands them to its authHandler except after a key of an agent: there it repeats an
 * older one, and what the server wants beside the key would be unknown.
 * @param client that `connect` was called of
 */
export function onAuthAnswer(client: Client, listener: (answer: AuthAnswer) => void): void {
    const handlers = (client as unknown as Inner)._protocol?._handlers;
    const handle = handlers?.USERAUTH_FAILURE;
    if (handlers === undefined || handle === undefined) throw new Error("this version of ssh2 is not the one that we know");
    handlers.USERAUTH_FAILURE = (protocol, left, partial) => {
        listener({ left, partial });
        handle(protocol, left, partial);
    };
}
