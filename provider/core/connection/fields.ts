import { z } from "zod";
import { bareHost } from "../bareHost";
import { fingerprintsIn } from "./certificateText";
import type { Facts, Field, FieldClass, Fields } from "./field";
import { TRANSPORTS } from "./field";
import { hostKeysIn } from "./hostKeyText";
import * as openssh from "./opensshLimits";
import { secretSource } from "./secretRef";
import * as winrm from "./winrmLimits";

/** The value of `hostKey` that disables the check. Long and ugly on purpose: policies can search for it. */
export const INSECURE_ACCEPT_ANY = "insecure-accept-any";

export const DEFAULT_PORT = 22;
const DEFAULT_WINRM_PORTS = { https: 5986, http: 5985 } as const;
export const DEFAULT_DIAL_SECONDS = 15;
export const DEFAULT_DIAL_ERROR_LIMIT = 2;

const address = z
    .string()
    .min(1)
    .max(255)
    .regex(/^([A-Za-z0-9._:%-]+|\[[A-Za-z0-9._:%-]+\])$/, "is not a host name or an IP address");
const path = z.string().min(1).max(4096);
const NO_KEYS = `must be a public key line, a fingerprint, or a list of them`;

/** What is wrong with a `hostKey`; undefined if it names keys or disables the check. */
function hostKeyProblem(hostKey: string | readonly string[]): string | undefined {
    if (hostKey === INSECURE_ACCEPT_ANY) return undefined;
    const texts = [hostKey].flat();
    if (texts.some((text) => text.includes(INSECURE_ACCEPT_ANY))) return `can't combine "${INSECURE_ACCEPT_ANY}" with keys`;
    return texts.map((text) => hostKeysIn(text).problem).find((problem) => problem !== undefined);
}

/** What is wrong with a `serverCertificate`; undefined where it names certificates, or switches the check off. */
function certificateProblem(certificate: string | readonly string[]): string | undefined {
    if (certificate === INSECURE_ACCEPT_ANY) return undefined;
    const texts = [certificate].flat();
    if (texts.some((text) => text.includes(INSECURE_ACCEPT_ANY))) return `"${INSECURE_ACCEPT_ANY}" stands alone or not at all`;
    return texts.map((text) => fingerprintsIn(text).problem).find((problem) => problem !== undefined);
}

const serverCertificate = z
    .union([z.string().max(16384), z.array(z.string().max(16384)).min(1).max(32)], { error: "must be a fingerprint, or a list of them" })
    .superRefine((value, context) => {
        const problem = certificateProblem(value);
        if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
    });

const certificates = z
    .string()
    .max(1_048_576)
    .regex(/-----BEGIN CERTIFICATE-----/, "holds no certificate: they begin with -----BEGIN CERTIFICATE-----; a path is caFile's");

const hostKey = z
    .union([z.string().max(16384), z.array(z.string().max(16384)).min(1).max(32)], { error: NO_KEYS })
    .superRefine((value, context) => {
        const problem = hostKeyProblem(value);
        if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
    });

const EVERYWHERE = { ssh: "every value", openssh: "every value", winrm: "every value" } as const;
const WINRM_ONLY = { ssh: { none: winrm.ONLY_WINRM }, openssh: { none: winrm.ONLY_WINRM }, winrm: "every value" } as const;

/** How to reach one server. The only list of these fields. */
export const ENDPOINT_FIELDS = {
    host: {
        class: "address",
        value: "text",
        schema: address,
        required: true,
        doc: "Name or address; brackets around IPv6 are optional.",
        transports: { ...EVERYWHERE, openssh: { refusal: openssh.host } },
        meaning: (host: string) => bareHost(host).toLowerCase(),
    },
    port: {
        class: "address",
        value: "number",
        schema: z.int().min(1).max(65535),
        doc: "The port of the SSH server, or of the WinRM listener.",
        unset: 'with transport `"winrm"` 5986, or 5985 with scheme `"http"`; what the configuration of the program `ssh` says with transport `"openssh"`, else 22',
        defaults: {
            ssh: DEFAULT_PORT,
            winrm: (others: { scheme?: unknown }) => DEFAULT_WINRM_PORTS[others.scheme === "http" ? "http" : "https"],
        },
        transports: EVERYWHERE,
    },
    user: {
        class: "account",
        value: "text",
        schema: z.string().min(1).max(256),
        required: true,
        doc: "`name`, `DOMAIN\\name` or `name@domain`, as the host's server expects it.",
        transports: { ...EVERYWHERE, openssh: { refusal: openssh.user } },
    },
    password: {
        class: "credential",
        value: "secret",
        schema: secretSource,
        doc: "For password and for keyboard-interactive authentication, and for NTLM and basic authentication of WinRM. Encrypted in the state when given inline.",
        transports: { ...EVERYWHERE, openssh: { refusal: openssh.password } },
    },
    privateKey: {
        class: "credential",
        value: "secret",
        schema: secretSource,
        doc: 'The text of a private key (OpenSSH, PEM or PuTTY), or a reference to it: write a path as `{ file: PATH }`. With transport `"winrm"` in PEM, of `clientCertificate`.',
        transports: { ...EVERYWHERE, openssh: { refusal: openssh.privateKey } },
    },
    privateKeyPassword: {
        class: "credential",
        value: "secret",
        schema: secretSource,
        doc: "Opens an encrypted `privateKey`.",
        transports: { ...EVERYWHERE, openssh: { refusal: openssh.privateKeyPassword } },
    },
    agentSocketPath: {
        class: "credential",
        value: "text",
        schema: path,
        doc: "An SSH agent's socket on the machine that runs `pulumi`; on Windows a named pipe (`\\\\.\\pipe\\openssh-ssh-agent`), `pageant`, or the socket file of Git's or Cygwin's agent.",
        unset: "when neither a password nor a key is given, SSH_AUTH_SOCK, or on Windows OpenSSH's pipe",
        transports: { ssh: "every value", openssh: { refusal: openssh.path }, winrm: { none: winrm.agentSocketPath } },
    },
    hostKey: {
        class: "trust",
        value: "texts",
        schema: hostKey,
        doc: 'Public key lines or `SHA256:` fingerprints, as ssh-keyscan and `ssh-keygen -lf` print them, one or several lines; or `"insecure-accept-any"`, which trusts whoever answers.',
        unset: "what `knownHostsFile` says",
        transports: { ssh: "every value", openssh: { refusal: openssh.hostKey }, winrm: { none: winrm.hostKey } },
        meaning: (keys: string | string[]) => [keys].flat().map((key) => key.trim()),
    },
    knownHostsFile: {
        class: "trust",
        value: "text",
        schema: path,
        doc: "In OpenSSH's format; hashed names are understood.",
        unset: "~/.ssh/known_hosts and /etc/ssh/ssh_known_hosts",
        overriddenBy: "hostKey",
        transports: { ssh: "every value", openssh: { refusal: openssh.path }, winrm: { none: winrm.knownHostsFile } },
    },
    dialErrorLimit: {
        class: "patience",
        value: "number",
        schema: z.int().min(-1).max(1000),
        doc: "How often to retry a connection to a host that does not answer; -1 means forever.",
        unset: "2",
        defaults: { ssh: DEFAULT_DIAL_ERROR_LIMIT, openssh: DEFAULT_DIAL_ERROR_LIMIT, winrm: DEFAULT_DIAL_ERROR_LIMIT },
        transports: EVERYWHERE,
    },
    perDialTimeout: {
        class: "patience",
        value: "number",
        schema: z.int().min(0).max(3600),
        doc: "Seconds for one attempt, from the first packet to the login, and over WinRM to the shell; 0 means no limit.",
        unset: "15",
        defaults: { ssh: DEFAULT_DIAL_SECONDS, openssh: DEFAULT_DIAL_SECONDS, winrm: DEFAULT_DIAL_SECONDS },
        transports: EVERYWHERE,
    },
} as const satisfies Fields;

type Shape<F extends Fields> = {
    [N in keyof F]: F[N] extends { readonly required: true } ? F[N]["schema"] : z.ZodOptional<F[N]["schema"]>;
};

/** The shape for `z.strictObject`. */
export const shapeOf = <F extends Fields>(fields: F): Shape<F> =>
    Object.fromEntries(
        Object.entries(fields).map(([name, { required, schema }]) => [name, required ? schema : schema.optional()]),
    ) as Shape<F>;

/** A jump host. All hosts behind it share its connection. */
export const endpointSchema = z.strictObject(shapeOf(ENDPOINT_FIELDS));

/** How to reach a host: the fields of the server itself, and of the way to it. */
export const CONNECTION_FIELDS = {
    ...ENDPOINT_FIELDS,
    transport: {
        class: "address",
        value: "text",
        schema: z.enum(TRANSPORTS),
        doc: `\`"ssh"\`: this package's own client. \`"openssh"\`: the program \`ssh\` of the machine that runs \`pulumi\`, with its user's own configuration: Kerberos, certificates, smart cards, ProxyCommand and ProxyJump work, as long as nothing needs interactive input. It does not support \`password\`, \`privateKeyPassword\`, a \`privateKey\` other than \`{ file: PATH }\`, \`proxy\`, or fingerprints in \`hostKey\`; without \`port\`, its configuration decides. \`"winrm"\`: Windows' own remote management, which needs no SSH server.`,
        unset: '"ssh"',
        defaults: { ssh: "ssh" },
        transports: EVERYWHERE,
    },
    proxy: {
        class: "of each field",
        value: "endpoint",
        schema: endpointSchema,
        doc: "A jump host. All hosts behind it share its connection.",
        transports: { ssh: "every value", openssh: { refusal: openssh.proxy }, winrm: { none: winrm.proxy } },
    },
    scheme: {
        class: "address",
        value: "text",
        schema: z.enum(["https", "http"]),
        doc: 'With transport `"winrm"`: `"https"`, or `"http"`, where each message is sealed by Kerberos or NTLM and no certificate says who answers.',
        unset: '"https"',
        defaults: { winrm: "https" },
        transports: WINRM_ONLY,
    },
    authentication: {
        class: "account",
        value: "text",
        schema: z.enum(["negotiate", "kerberos", "ntlm", "basic", "certificate"]),
        doc: 'With transport `"winrm"`: `"negotiate"` (Kerberos with the ticket that is there, or NTLM where a password is given), `"kerberos"`, `"ntlm"`, `"basic"` (over HTTPS, for local accounts) or `"certificate"` (over HTTPS, for local accounts). What a host offers changes nothing of it.',
        unset: '"negotiate"',
        defaults: { winrm: "negotiate" },
        transports: WINRM_ONLY,
    },
    serverCertificate: {
        class: "trust",
        value: "texts",
        schema: serverCertificate,
        doc: 'With transport `"winrm"`: SHA-256 fingerprints of the host\'s certificate, instead of its chain and its name; or `"insecure-accept-any"`, which trusts whoever answers.',
        unset: "what `caCertificates` or `caFile` says",
        transports: WINRM_ONLY,
        meaning: (texts: string | string[]) => [texts].flat().flatMap((text) => fingerprintsOrText(text)),
    },
    caCertificates: {
        class: "trust",
        value: "text",
        schema: certificates,
        doc: 'With transport `"winrm"`: certificates in PEM of the authorities that may vouch for the host, and no others.',
        unset: "what `caFile` says",
        overriddenBy: "serverCertificate",
        transports: WINRM_ONLY,
    },
    caFile: {
        class: "trust",
        value: "text",
        schema: path,
        doc: 'With transport `"winrm"`: a file with such certificates on the machine that runs `pulumi`; `~/` is the home folder.',
        unset: "the authorities that Node.js and that machine trust",
        overriddenBy: "caCertificates",
        transports: WINRM_ONLY,
    },
    serverName: {
        class: "address",
        value: "text",
        schema: address,
        doc: 'With transport `"winrm"`: the name that the host\'s certificate must have.',
        unset: "`host`",
        transports: WINRM_ONLY,
    },
    clientCertificate: {
        class: "credential",
        value: "secret",
        schema: secretSource,
        doc: 'With authentication `"certificate"`: the text of the certificate in PEM, or where it is to be had; `privateKey` is its key.',
        transports: WINRM_ONLY,
    },
    servicePrincipal: {
        class: "address",
        value: "text",
        schema: z
            .string()
            .max(512)
            .regex(/^[A-Za-z]+\/[A-Za-z0-9._:-]+(@[A-Za-z0-9._-]+)?$/, "is no service principal: write HTTP/NAME or WSMAN/NAME"),
        doc: 'With transport `"winrm"`: the name under which Kerberos knows the host.',
        unset: "`HTTP/` and the host's name, and where there is none, `WSMAN/` and that name",
        transports: WINRM_ONLY,
    },
    path: {
        class: "address",
        value: "text",
        schema: z
            .string()
            .max(255)
            .regex(/^\/?[A-Za-z0-9._~-]+(\/[A-Za-z0-9._~-]+)*$/, "is no path of an URL"),
        doc: 'With transport `"winrm"`: the path of the listener.',
        unset: "wsman",
        defaults: { winrm: "wsman" },
        transports: WINRM_ONLY,
        meaning: (text: string) => text.replace(/^\//, ""),
    },
} as const satisfies Fields;

function fingerprintsOrText(text: string): readonly string[] {
    const { fingerprints, problem } = fingerprintsIn(text);
    return problem === undefined ? fingerprints : [text];
}

export type EndpointField = keyof typeof ENDPOINT_FIELDS;
export type ConnectionField = keyof typeof CONNECTION_FIELDS;
type SecretField = { [N in ConnectionField]: (typeof CONNECTION_FIELDS)[N]["value"] extends "secret" ? N : never }[ConnectionField];

type Listed<N> = readonly (readonly [N, Facts<unknown, Field["class"]> & Pick<Field, "value">])[];

/** Each field with its name, in the order of the table. */
export const endpointFields = Object.entries(ENDPOINT_FIELDS) as Listed<string> as Listed<EndpointField>;
export const connectionFields = Object.entries(CONNECTION_FIELDS) as Listed<string> as Listed<ConnectionField>;

/** The fields that hold a secret or point to one. */
export const SECRET_FIELDS = connectionFields.flatMap(([name, { value }]) => (value === "secret" ? [name as SecretField] : []));

/**
 * If the program sets one field of such a class, no defaults for the others of the class are used. Mixed credentials would try one's
 * password after the other's key; mixed trust would let the defaults trust a server that the program does not.
 */
export const UNMIXED_CLASSES: readonly Field["class"][] = ["credential", "trust"] satisfies FieldClass[];
