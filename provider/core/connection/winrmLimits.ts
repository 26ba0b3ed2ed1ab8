import { bareHost } from "../bareHost";
import type { SecretSource } from "./secretRef";

/** What `winrmProblems` looks at. */
interface Said {
    readonly host: string;
    readonly user: string;
    readonly scheme?: string | undefined;
    readonly authentication?: string | undefined;
    readonly password?: SecretSource | undefined;
    readonly privateKey?: SecretSource | undefined;
    readonly privateKeyPassword?: SecretSource | undefined;
    readonly clientCertificate?: SecretSource | undefined;
    readonly serverCertificate?: unknown;
    readonly caCertificates?: unknown;
    readonly caFile?: unknown;
    readonly serverName?: unknown;
    readonly servicePrincipal?: unknown;
}

type Problem = readonly [field: keyof Said, sentence: string];

/** Which fields say whom to trust over HTTPS. */
const OF_TLS = ["serverCertificate", "caCertificates", "caFile", "serverName"] as const;

const isAddress = (host: string): boolean => /^[0-9.]+$|:/.test(bareHost(host));

/**
 * What fields of a connection over WinRM say against each other. None of the sentences holds a value.
 * @returns each with the field that it is about
 */
export function winrmProblems(said: Said): Problem[] {
    const { scheme = "https", authentication = "negotiate", password, servicePrincipal } = said;
    const over = (...ways: string[]): boolean => ways.includes(authentication);
    const rules: readonly (readonly [boolean, ...Problem])[] = [
        [!hasName(said.user), "user", "has no name in it: write name, DOMAIN\\name or name@domain"],
        [
            scheme === "http" && over("basic", "certificate"),
            "scheme",
            `"${authentication}" needs HTTPS: over HTTP nothing would hide it from others; leave scheme out, or use negotiate, kerberos or ntlm`,
        ],
        ...OF_TLS.map(
            (field) =>
                [
                    scheme === "http" && said[field] !== undefined,
                    field,
                    'is for HTTPS: with scheme "http" no certificate is shown, and the messages are sealed by Kerberos or NTLM',
                ] as const,
        ),
        [over("ntlm", "basic") && password === undefined, "authentication", `"${authentication}" needs a password: set password, too`],
        [
            over("kerberos", "certificate") && password !== undefined,
            "password",
            over("kerberos")
                ? '"kerberos" takes the ticket that is there where pulumi runs (kinit, or a keytab): leave password out, or use "ntlm"'
                : '"certificate" takes no password: leave it out (a key\'s own password is privateKeyPassword)',
        ],
        [
            over("certificate") && (said.clientCertificate === undefined || said.privateKey === undefined),
            "authentication",
            '"certificate" needs clientCertificate and privateKey',
        ],
        ...(["clientCertificate", "privateKey", "privateKeyPassword"] as const).map(
            (field) =>
                [
                    !over("certificate") && said[field] !== undefined,
                    field,
                    'with transport "winrm" is for authentication "certificate"',
                ] as const,
        ),
        [
            over("basic", "certificate") && servicePrincipal !== undefined,
            "servicePrincipal",
            `is for Kerberos and NTLM; "${authentication}" names no service`,
        ],
        [
            isAddress(said.host) && servicePrincipal === undefined && (over("kerberos") || (over("negotiate") && password === undefined)),
            "host",
            "is an address, and Kerberos knows hosts by name: write the host's name, or set servicePrincipal",
        ],
    ];
    return rules.flatMap(([isWrong, field, sentence]) => (isWrong ? [[field, sentence] as const] : []));
}

/** `CONTOSO\\` and `@contoso` are accounts of nobody. */
const hasName = (user: string): boolean => /^([^\\]*\\)?[^\\@][^\\]*$/.test(user);

/*
 * For each field what WinRM can't be given, and what to write instead. None holds a value of the field.
 */

const INSTEAD = 'use transport "ssh"';

export const agentSocketPath = `WinRM knows no SSH agent: leave it out, or ${INSTEAD}`;
export const hostKey =
    "a host over WinRM shows a certificate and no SSH key: serverCertificate, caFile or caCertificates say whom to trust";
export const knownHostsFile = hostKey;
export const proxy = `WinRM goes to the host directly: leave it out, or ${INSTEAD}, which takes jump hosts`;

/** Of SSH's transports, the fields that only WinRM has. */
export const ONLY_WINRM = 'is for transport "winrm"';
