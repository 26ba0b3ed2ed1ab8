import { createPrivateKey, X509Certificate } from "node:crypto";
import { createSecureContext, type SecureContext } from "node:tls";
import { bareHost } from "../../core/bareHost";
import { type Connection, settingOf } from "../../core/connection";
import type { SecretSource } from "../../core/connection/secretRef";
import { WmisecError } from "../../core/errors";
import type { Secrets } from "../secrets";
import { gssapi } from "./gssapi";
import { KerberosMechanism } from "./kerberosMechanism";
import type { Proof } from "./login";
import { NtlmMechanism } from "./ntlmMechanism";
import type { ServerTrust } from "./serverTrust";

/** What we log in with, for any number of sockets. */
export interface WinrmCredentials {
    readonly proof: (channelBinding: Buffer | undefined) => Proof;
    /** Undefined if we log in without a certificate. */
    readonly certificate: ClientCertificate | undefined;
}

export interface ClientCertificate {
    readonly cert: string;
    readonly key: string;
    readonly passphrase: string | undefined;
}

/** @throws WmisecError `secretUnavailable`; `invalidInput` if a certificate or a key is none */
export async function readWinrmCredentials(connection: Connection, secrets: Secrets): Promise<WinrmCredentials> {
    const { user, password, clientCertificate, privateKey, privateKeyPassword, servicePrincipal } = connection;
    const fetch = async (name: string, source: SecretSource | undefined) =>
        source === undefined ? undefined : await secrets.resolve(source, `connection.${name}`);
    const authentication = settingOf(connection, "authentication");
    const secret = await fetch("password", password);
    if (authentication === "certificate") {
        const [cert = "", key = "", passphrase] = await Promise.all([
            fetch("clientCertificate", clientCertificate),
            fetch("privateKey", privateKey),
            fetch("privateKeyPassword", privateKeyPassword),
        ]);
        const certificate = { cert, key, passphrase };
        assertPair(certificate);
        return { proof: () => ({ by: "certificate" }), certificate };
    }
    if (authentication === "basic") return { proof: () => ({ by: "basic", user, password: secret ?? "" }), certificate: undefined };
    const name = bareHost(connection.host);
    const servicePrincipals = servicePrincipal === undefined ? [`HTTP/${name}`, `WSMAN/${name}`] : [servicePrincipal];
    if (secret === undefined) gssapi();
    const mechanism = (channelBinding: Buffer | undefined) =>
        secret === undefined
            ? new KerberosMechanism({ user, servicePrincipals, channelBinding })
            : new NtlmMechanism(user, secret, servicePrincipals[0] ?? "", channelBinding);
    const proof = (channelBinding: Buffer | undefined): Proof => ({
        ...{ by: "negotiate", user, password: secret },
        mechanism: mechanism(channelBinding),
    });
    return { proof, certificate: undefined };
}

const NOT_IN_PEM = "give it in PEM; for a .pfx file: openssl pkcs12 -in FILE -nokeys -clcerts for the certificate, -nocerts for the key";

function assertPair({ cert, key, passphrase }: ClientCertificate): void {
    let certificate: X509Certificate;
    try {
        certificate = new X509Certificate(cert);
    } catch (error) {
        throw new WmisecError("invalidInput", "connection.clientCertificate is no certificate", { remedy: NOT_IN_PEM, cause: error });
    }
    let opened: ReturnType<typeof createPrivateKey>;
    try {
        opened = createPrivateKey({ key, ...(passphrase === undefined ? {} : { passphrase }) });
    } catch (error) {
        throw new WmisecError("invalidInput", "connection.privateKey is no key in PEM, or privateKeyPassword does not open it", {
            remedy: NOT_IN_PEM,
            cause: error,
        });
    }
    if (!certificate.checkPrivateKey(opened))
        throw new WmisecError("invalidInput", "connection.privateKey is not the key of connection.clientCertificate", {
            remedy: "give both from the same file",
        });
}

/** A context with all of a system's authorities is expensive. So all connections with the same list share one, unless it holds our certificate. */
export class SecureContexts {
    readonly #byAuthorities = new Map<readonly string[], SecureContext>();

    contextOf(trust: ServerTrust, certificate: ClientCertificate | undefined): SecureContext {
        const authorities = trust.by === "authorities" ? trust.authorities : NONE;
        if (certificate !== undefined) return made(authorities, certificate);
        const known = this.#byAuthorities.get(authorities) ?? made(authorities, undefined);
        this.#byAuthorities.set(authorities, known);
        return known;
    }
}

const NONE: readonly string[] = [];

function made(authorities: readonly string[], certificate: ClientCertificate | undefined): SecureContext {
    const { cert, key, passphrase } = certificate ?? {};
    return createSecureContext({
        ca: [...authorities],
        minVersion: "TLSv1.2",
        // Windows asks for a certificate after the request. Node.js can answer by a TLS 1.2 renegotiation, but not in TLS 1.3.
        ...(certificate === undefined ? {} : { maxVersion: "TLSv1.2" }),
        ...(cert === undefined || key === undefined ? {} : { cert, key }),
        ...(passphrase === undefined ? {} : { passphrase }),
    });
}
