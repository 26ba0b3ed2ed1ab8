import { createHash, X509Certificate } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import * as tls from "node:tls";
import { type Connection, INSECURE_ACCEPT_ANY } from "../../core/connection";
import { fingerprintsIn, fingerprintText, SHOW_FINGERPRINT } from "../../core/connection/certificateText";
import { printable, WmisecError } from "../../core/errors";
import { expandHome } from "../expandHome";
import { FileReader, Unread } from "../fileReader";

/** Which certificates of a host we trust. */
export type ServerTrust =
    /** Fingerprints, 64 hexadecimal digits. */
    | { readonly by: "pins"; readonly pins: readonly string[] }
    | { readonly by: "authorities"; readonly authorities: readonly string[]; readonly from: string }
    | { readonly by: "nothing" };

/** Files in which systems keep the certificates of the authorities that they trust. */
const SYSTEM_FILES = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];
const MAX_CA_FILE = 1_048_576;
const CA_FILE_MS = 10_000;
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

let known: readonly string[] | undefined;

/** The authorities of Node.js and of the system, where companies put their own. */
function everyonesAuthorities(): readonly string[] {
    known ??= [...tls.rootCertificates, ...systemAuthorities()];
    return known;
}

function systemAuthorities(): readonly string[] {
    // From 22.15 on Node.js reads the system's store itself.
    const ask: unknown = Reflect.get(tls, "getCACertificates");
    if (typeof ask === "function") return (ask as (which: string) => string[])("system");
    const file = SYSTEM_FILES.find((path) => existsSync(path));
    return file === undefined ? [] : (readFileSync(file, "utf8").match(CERTIFICATE) ?? []);
}

/** @throws WmisecError `invalidInput` if certificates can't be read, or are none */
export async function readServerTrust(
    connection: Connection,
    { env, home, signal }: { env: NodeJS.ProcessEnv; home: string; signal: AbortSignal },
): Promise<ServerTrust> {
    const { serverCertificate, caCertificates, caFile } = connection;
    if (serverCertificate === INSECURE_ACCEPT_ANY) return { by: "nothing" };
    if (serverCertificate !== undefined)
        return { by: "pins", pins: [serverCertificate].flat().flatMap((text) => fingerprintsIn(text).fingerprints) };
    if (caCertificates !== undefined) return fromPem(caCertificates, "connection.caCertificates");
    if (caFile === undefined)
        return { by: "authorities", authorities: everyonesAuthorities(), from: "the authorities that Node.js and this system trust" };
    try {
        const bytes = await new FileReader(env, signal).read(expandHome(caFile, home), MAX_CA_FILE, CA_FILE_MS);
        return fromPem(bytes.toString("latin1"), `connection.caFile (${caFile})`);
    } catch (error) {
        if (!(error instanceof Unread)) throw error;
        throw new WmisecError("invalidInput", `connection.caFile (${caFile}) can't be read (${error.code})`, {
            remedy: "check the path, and that the account that runs pulumi may read it",
        });
    }
}

function fromPem(text: string, from: string): ServerTrust {
    const authorities = text.match(CERTIFICATE) ?? [];
    if (authorities.length > 0 && authorities.every(isCertificate)) return { by: "authorities", authorities, from };
    throw new WmisecError("invalidInput", `${from} holds no certificate, or a damaged one`, {
        remedy: "give the authority's certificate in PEM (-----BEGIN CERTIFICATE-----); for a .cer file: openssl x509 -inform DER -in FILE",
    });
}

function isCertificate(pem: string): boolean {
    try {
        return new X509Certificate(pem).raw.length > 0;
    } catch {
        // The caller reports it.
        return false;
    }
}

/** A server's certificate, and what is wrong with it. */
export interface Shown {
    /** In DER. */
    readonly certificate: Buffer;
    /** Node.js' code for what is wrong with chain or name; undefined if both are right. */
    readonly problem: string | undefined;
}

export const fingerprintOf = (certificate: Buffer): string => createHash("sha256").update(certificate).digest("hex");

const ON_HOST = `compare it with what the host's own console shows, in PowerShell: ${SHOW_FINGERPRINT}; winrm enumerate winrm/config/listener shows the thumbprint`;

/** @throws WmisecError `hostKeyUnknown`, `hostKeyMismatch` */
export function assertTrusted(trust: ServerTrust, { certificate, problem }: Shown): void {
    const shown = fingerprintOf(certificate);
    if (trust.by === "nothing" || (trust.by === "authorities" && problem === undefined)) return;
    if (trust.by === "authorities") {
        throw new WmisecError("hostKeyUnknown", "its certificate is not trusted, so it could be anybody", {
            said: `${fingerprintText(shown)}\n${about(certificate)}\n${problem}`,
            tried: `checked its chain against ${trust.from}, and its name`,
            remedy: [
                ON_HOST,
                `if it is right, set connection.serverCertificate to "${fingerprintText(shown)}", or give its authority's certificate as connection.caFile or connection.caCertificates`,
                "if only the name differs, set connection.serverName to the name in the certificate",
            ].join("\n"),
        });
    }
    if (trust.pins.includes(shown)) return;
    throw new WmisecError("hostKeyMismatch", "its certificate is not the expected one", {
        said: `${fingerprintText(shown)}\n${about(certificate)}`,
        tried: `expected ${trust.pins.map(fingerprintText).join("\nor ")} (connection.serverCertificate)`,
        remedy: [
            "either the host has a new certificate or somebody is in between; nothing was sent to it",
            ON_HOST,
            `if the new one is right, set connection.serverCertificate to "${fingerprintText(shown)}"`,
        ].join("\n"),
    });
}

/** The certificate's own claims, which nobody has verified. */
function about(certificate: Buffer): string {
    const { subject, issuer, subjectAltName, validTo } = new X509Certificate(certificate);
    const line = (text = "") => printable(text.replaceAll("\n", ", "), 200);
    return `subject: ${line(subject)}; names: ${line(subjectAltName)}; by: ${line(issuer)}; until ${validTo}`;
}
