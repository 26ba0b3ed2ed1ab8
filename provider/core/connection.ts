import { z } from "zod";
import { hostKeysIn } from "./hostKeyText";
import { opensshRefusals } from "./opensshLimits";
import { secretSource } from "./secretRef";

/** The value of `hostKey` that switches the check off. Long and ugly on purpose: policies can look for it. */
export const INSECURE_ACCEPT_ANY = "insecure-accept-any";

const address = z
    .string()
    .min(1)
    .max(255)
    .regex(/^([A-Za-z0-9._:%-]+|\[[A-Za-z0-9._:%-]+\])$/, "is not a host name or an IP address");
const NO_KEYS = `must be a public key line, a fingerprint, or a list of them`;

/** What is wrong with a `hostKey`; undefined where it names keys, or switches the check off. */
function hostKeyProblem(hostKey: string | readonly string[]): string | undefined {
    if (hostKey === INSECURE_ACCEPT_ANY) return undefined;
    const texts = [hostKey].flat();
    if (texts.some((text) => text.includes(INSECURE_ACCEPT_ANY))) return `"${INSECURE_ACCEPT_ANY}" stands alone or not at all`;
    return texts.map((text) => hostKeysIn(text).problem).find((problem) => problem !== undefined);
}

const hostKey = z
    .union([z.string().max(16384), z.array(z.string().max(16384)).min(1).max(32)], { error: NO_KEYS })
    .superRefine((value, context) => {
        const problem = hostKeyProblem(value);
        if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
    });

const endpoint = {
    /** Name or address; brackets around IPv6 are optional. */
    host: address,
    /** @default 22 */
    port: z.int().min(1).max(65535).optional(),
    /** `name`, `DOMAIN\name` or `name@domain`, as the host's SSH server expects it. */
    user: z.string().min(1).max(256),
    /** For password and for keyboard-interactive authentication. */
    password: secretSource.optional(),
    /** The text of a private key (OpenSSH, PEM or PuTTY), not the path of one: for a path write `{ file: PATH }`. */
    privateKey: secretSource.optional(),
    /** Opens an encrypted `privateKey`. */
    privateKeyPassword: secretSource.optional(),
    /**
     * An SSH agent's socket on the controller; on Windows a named pipe, `pageant`, or the socket file of Git's or Cygwin's agent.
     * @default when neither a password nor a key is given, the environment's SSH_AUTH_SOCK, or on Windows OpenSSH's pipe
     */
    agentSocketPath: z.string().min(1).max(4096).optional(),
    /**
     * Whom to trust: what ssh-keyscan or `ssh-keygen -lf` prints, whole or a line of it; public key lines or SHA256 fingerprints.
     * @default what `knownHostsFile` says
     */
    hostKey: hostKey.optional(),
    /** In OpenSSH's format; hashed names are understood. @default ~/.ssh/known_hosts and /etc/ssh/ssh_known_hosts */
    knownHostsFile: z.string().min(1).max(4096).optional(),
    /** How often a dial that finds the host unreachable is tried again; -1 means for ever. @default 2 */
    dialErrorLimit: z.int().min(-1).max(1000).optional(),
    /** Seconds for a dial: from the first packet until we are logged in; 0 means no limit. @default 15 */
    perDialTimeout: z.int().min(0).max(3600).optional(),
};

/** A host on the way: the connection to it is shared by all hosts behind it. */
export const proxySchema = z.strictObject(endpoint);

/**
 * How to reach a host. Fields that @pulumi/command's `remote.Connection` has keep their names and meaning, so one object
 * serves both.
 */
export const connectionSchema = z
    .strictObject({
        ...endpoint,
        proxy: proxySchema.optional(),
        /** `ssh`: our own client. `openssh`: the program `ssh` of the controller, with its user's configuration. @default "ssh" */
        transport: z.enum(["ssh", "openssh"]).optional(),
    })
    .superRefine((connection, context) => {
        if (connection.transport !== "openssh") return;
        for (const { path, message } of opensshRefusals(connection)) context.addIssue({ code: "custom", path: [...path], message });
    });

export type Endpoint = z.infer<typeof proxySchema>;
export type Connection = z.infer<typeof connectionSchema>;
export type Transport = NonNullable<Connection["transport"]>;

export const DEFAULT_PORT = 22;
export const DEFAULT_DIAL_SECONDS = 15;
export const DEFAULT_DIAL_ERROR_LIMIT = 2;

/** The fields that hold a secret or point to one. */
export const SECRET_FIELDS = ["password", "privateKey", "privateKeyPassword"] as const;

/**
 * For errors and logs: `as CONTOSO\svc over ssh to web-07:22 by way of jump:22`; `... over the system's ssh to web-07`, where
 * a port that the program does not say is its configuration's.
 */
export function describeConnection({ user, host, port, proxy, transport }: Endpoint & Pick<Connection, "proxy" | "transport">): string {
    const at = (e: { host: string; port?: number | undefined }) => `${e.host}:${e.port ?? DEFAULT_PORT}`;
    if (transport === "openssh") return `as ${user} over the system's ssh to ${port === undefined ? host : at({ host, port })}`;
    return `as ${user} over ssh to ${at({ host, port })}${proxy === undefined ? "" : ` by way of ${at(proxy)}`}`;
}
