import type { AuthenticationType, Client } from "ssh2";

/** A server's answer to an attempt that did not complete the login (RFC 4252, 5.1). */
export interface AuthAnswer {
    /** The methods that it accepts from now on. */
    readonly left: readonly AuthenticationType[];
    /** The attempt succeeded, but the server wants more. */
    readonly partial: boolean;
}

interface Inner {
    readonly _protocol?: {
        readonly _handlers?: { USERAUTH_FAILURE?: (protocol: unknown, left: AuthenticationType[], partial: boolean) => void };
    };
}

/**
 * Listens to each such answer. ssh2 1.17.0 passes them to its authHandler, except after a key of an agent: there it repeats an
 * older answer, which would hide what the server wants besides the key.
 * @param client after its `connect`
 */
export function onAuthAnswer(client: Client, listener: (answer: AuthAnswer) => void): void {
    const handlers = (client as unknown as Inner)._protocol?._handlers;
    const handle = handlers?.USERAUTH_FAILURE;
    if (handlers === undefined || handle === undefined) throw new Error("this version of ssh2 has other internals than 1.17.0");
    handlers.USERAUTH_FAILURE = (protocol, left, partial) => {
        listener({ left, partial });
        handle(protocol, left, partial);
    };
}
