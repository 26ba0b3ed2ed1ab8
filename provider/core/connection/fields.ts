import { z } from "zod";
import { bareHost } from "../bareHost";
import type { Facts, Field, FieldClass, Fields } from "./field";
import { TRANSPORTS } from "./field";
import { hostKeysIn } from "./hostKeyText";
import * as openssh from "./opensshLimits";
import { secretSource } from "./secretRef";

/** The value of `hostKey` that disables the check. Long and ugly on purpose: policies can search for it. */
export const INSECURE_ACCEPT_ANY = "insecure-accept-any";

export const DEFAULT_PORT = 22;
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

const hostKey = z
    .union([z.string().max(16384), z.array(z.string().max(16384)).min(1).max(32)], { error: NO_KEYS })
    .superRefine((value, context) => {
        const problem = hostKeyProblem(value);
        if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
    });

const EVERYWHERE = { ssh: "every value", openssh: "every value" } as const;

/** How to reach one server. The only list of these fields. */
export const ENDPOINT_FIELDS = {
    host: {
        class: "address",
        value: "text",
        schema: address,
        required: true,
        doc: "Name or address; brackets around IPv6 are optional.",
        transports: { ssh: "every value", openssh: { refusal: openssh.host } },
        meaning: (host: string) => bareHost(host).toLowerCase(),
    },
    port: {
        class: "address",
        value: "number",
        schema: z.int().min(1).max(65535),
        doc: "The SSH server's port.",
        unset: 'what the configuration of the program `ssh` says with transport `"openssh"`, else 22',
        defaults: { ssh: DEFAULT_PORT },
        transports: EVERYWHERE,
    },
    user: {
        class: "account",
        value: "text",
        schema: z.string().min(1).max(256),
        required: true,
        doc: "`name`, `DOMAIN\\name` or `name@domain`, as the host's SSH server expects it.",
        transports: { ssh: "every value", openssh: { refusal: openssh.user } },
    },
    password: {
        class: "credential",
        value: "secret",
        schema: secretSource,
        doc: "For password and for keyboard-interactive authentication. Encrypted in the state when given inline.",
        transports: { ssh: "every value", openssh: { refusal: openssh.password } },
    },
    privateKey: {
        class: "credential",
        value: "secret",
        schema: secretSource,
        doc: "The text of a private key (OpenSSH, PEM or PuTTY), or a reference to it: write a path as `{ file: PATH }`.",
        transports: { ssh: "every value", openssh: { refusal: openssh.privateKey } },
    },
    privateKeyPassword: {
        class: "credential",
        value: "secret",
        schema: secretSource,
        doc: "Opens an encrypted `privateKey`.",
        transports: { ssh: "every value", openssh: { refusal: openssh.privateKeyPassword } },
    },
    agentSocketPath: {
        class: "credential",
        value: "text",
        schema: path,
        doc: "An SSH agent's socket on the machine that runs `pulumi`; on Windows a named pipe (`\\\\.\\pipe\\openssh-ssh-agent`), `pageant`, or the socket file of Git's or Cygwin's agent.",
        unset: "when neither a password nor a key is given, SSH_AUTH_SOCK, or on Windows OpenSSH's pipe",
        transports: { ssh: "every value", openssh: { refusal: openssh.path } },
    },
    hostKey: {
        class: "trust",
        value: "texts",
        schema: hostKey,
        doc: 'Public key lines or `SHA256:` fingerprints, as ssh-keyscan and `ssh-keygen -lf` print them, one or several lines; or `"insecure-accept-any"`, which trusts whoever answers.',
        unset: "what `knownHostsFile` says",
        transports: { ssh: "every value", openssh: { refusal: openssh.hostKey } },
        meaning: (keys: string | string[]) => [keys].flat().map((key) => key.trim()),
    },
    knownHostsFile: {
        class: "trust",
        value: "text",
        schema: path,
        doc: "In OpenSSH's format; hashed names are understood.",
        unset: "~/.ssh/known_hosts and /etc/ssh/ssh_known_hosts",
        overriddenBy: "hostKey",
        transports: { ssh: "every value", openssh: { refusal: openssh.path } },
    },
    dialErrorLimit: {
        class: "patience",
        value: "number",
        schema: z.int().min(-1).max(1000),
        doc: "How often to retry a connection to a host that does not answer; -1 means forever.",
        unset: "2",
        defaults: { ssh: DEFAULT_DIAL_ERROR_LIMIT, openssh: DEFAULT_DIAL_ERROR_LIMIT },
        transports: EVERYWHERE,
    },
    perDialTimeout: {
        class: "patience",
        value: "number",
        schema: z.int().min(0).max(3600),
        doc: "Seconds for one attempt, from the first packet to the login; 0 means no limit.",
        unset: "15",
        defaults: { ssh: DEFAULT_DIAL_SECONDS, openssh: DEFAULT_DIAL_SECONDS },
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
        doc: `\`"ssh"\`: this package's own client. \`"openssh"\`: the program \`ssh\` of the machine that runs \`pulumi\`, with its user's own configuration: Kerberos, certificates, smart cards, ProxyCommand and ProxyJump work, as long as nothing needs interactive input. It does not support \`password\`, \`privateKeyPassword\`, a \`privateKey\` other than \`{ file: PATH }\`, \`proxy\`, or fingerprints in \`hostKey\`; without \`port\`, its configuration decides.`,
        unset: '"ssh"',
        defaults: { ssh: "ssh" },
        transports: EVERYWHERE,
    },
    proxy: {
        class: "of each field",
        value: "endpoint",
        schema: endpointSchema,
        doc: "A jump host. All hosts behind it share its connection.",
        transports: { ssh: "every value", openssh: { refusal: openssh.proxy } },
    },
} as const satisfies Fields;

export type EndpointField = keyof typeof ENDPOINT_FIELDS;
export type ConnectionField = keyof typeof CONNECTION_FIELDS;
type SecretField = { [N in EndpointField]: (typeof ENDPOINT_FIELDS)[N]["value"] extends "secret" ? N : never }[EndpointField];

type Listed<N> = readonly (readonly [N, Facts<unknown, Field["class"]> & Pick<Field, "value">])[];

/** Each field with its name, in the order of the table. */
export const endpointFields = Object.entries(ENDPOINT_FIELDS) as Listed<string> as Listed<EndpointField>;
export const connectionFields = Object.entries(CONNECTION_FIELDS) as Listed<string> as Listed<ConnectionField>;

/** The fields that hold a secret or a reference to one. */
export const SECRET_FIELDS = endpointFields.flatMap(([name, { value }]) => (value === "secret" ? [name as SecretField] : []));

/**
 * If the program sets one field of such a class, no defaults for the others of the class are used. Mixed credentials would try one's
 * password after the other's key; mixed trust would let the defaults trust a server that the program does not.
 */
export const UNMIXED_CLASSES: readonly Field["class"][] = ["credential", "trust"] satisfies FieldClass[];
