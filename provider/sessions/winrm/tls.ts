import { isIP, type Socket } from "node:net";
import { connect, type SecureContext, type TLSSocket } from "node:tls";
import { bareHost } from "../../core/bareHost";
import type { Connection } from "../../core/connection";
import { WmisecError } from "../../core/errors";
import { channelBindingOf } from "./channelBinding";
import { assertTrusted, type ServerTrust } from "./serverTrust";

export interface Secured {
    readonly socket: TLSSocket;
    readonly channelBinding: Buffer;
    readonly certificate: Buffer;
}

/**
 * Sets up TLS 1.2 or newer over a connected socket. It resolves when we trust the server's certificate; until then only TLS's own messages
 * are sent.
 * @param context with the authorities, and our own certificate if we have one
 * @param signal destroys the socket
 * @throws WmisecError `hostKeyUnknown`, `hostKeyMismatch`, `protocol`, `noCommonAlgorithm`, `unreachable`
 */
export function secure(
    socket: Socket,
    { host, serverName = host }: Connection,
    trust: ServerTrust,
    context: SecureContext,
    signal: AbortSignal,
): Promise<Secured> {
    const name = bareHost(serverName);
    return new Promise((resolve, reject) => {
        const secured = connect({
            socket,
            secureContext: context,
            host: name,
            ...(isIP(name) === 0 ? { servername: name } : {}),
            ALPNProtocols: ["http/1.1"],
            // Checked below, because a pin replaces both chain and name.
            rejectUnauthorized: false,
        });
        const leave = () => {
            signal.removeEventListener("abort", stop);
            secured.off("error", failed).off("close", closed);
        };
        const fail = (error: unknown) => {
            leave();
            // Later errors of this socket don't matter, but without a listener they would end the process.
            secured.on("error", () => {});
            secured.destroy();
            reject(error);
        };
        const stop = () => fail(signal.reason);
        const failed = (error: NodeJS.ErrnoException) => fail(tlsError(error));
        const closed = () => fail(tlsError(undefined));
        secured.on("error", failed).on("close", closed);
        secured.once("secureConnect", () => {
            try {
                const certificate = secured.getPeerX509Certificate()?.raw;
                if (certificate === undefined) throw tlsError(undefined);
                assertTrusted(trust, { certificate, problem: secured.authorized ? undefined : problemOf(secured.authorizationError) });
                leave();
                resolve({ socket: secured, channelBinding: channelBindingOf(certificate), certificate });
            } catch (error) {
                fail(error);
            }
        });
        if (signal.aborted) stop();
        else signal.addEventListener("abort", stop, { once: true });
    });
}

/** Only the code, because an error's text contains the certificate's names. */
const problemOf = (found: Error | string | undefined): string =>
    typeof found === "string" ? found : ((found as NodeJS.ErrnoException | undefined)?.code ?? "not verified");

function tlsError(error: NodeJS.ErrnoException | undefined): WmisecError {
    const { code = "", message = "the connection was closed" } = error ?? {};
    const details = { said: code === "" ? message : code, cause: error };
    if (code === "EPROTO" || /WRONG_VERSION_NUMBER|HTTP_REQUEST|PACKET_LENGTH_TOO_LONG/.test(code)) {
        if (/alert handshake failure|alert protocol version/i.test(message)) return noCommonTls(details);
        return new WmisecError("protocol", "does not speak TLS on this port", {
            ...details,
            remedy: "check which port is the HTTPS listener's (winrm enumerate winrm/config/listener; 5986 is usual), and the connection's scheme and port: \"http\" is 5985",
        });
    }
    if (/PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|HANDSHAKE_FAILURE|NO_CIPHERS|NO_SHARED|INSUFFICIENT_SECURITY/.test(code))
        return noCommonTls(details);
    return new WmisecError("unreachable", `the connection was closed before TLS was set up${code === "" ? "" : ` (${code})`}`, {
        ...details,
        remedy: "check that the HTTPS listener has a certificate with its private key (winrm enumerate winrm/config/listener; event log System, Schannel), and which firewall is in between",
    });
}

const noCommonTls = (details: { said: string; cause: unknown }): WmisecError =>
    new WmisecError("noCommonAlgorithm", "has no version of TLS, or no cipher, in common with us (TLS 1.2 and 1.3)", {
        ...details,
        remedy: "switch on TLS 1.2 in the host's Schannel settings; older versions are not secure",
    });
