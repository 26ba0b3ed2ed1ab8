import type * as pulumi from "@pulumi/pulumi";

/** Where a secret is to be had when a connection is opened; nothing secret reaches the state. */
export type SecretReference =
    /** A variable in the environment of the `pulumi` process. */
    | { readonly env: string }
    /** A file on the machine that runs `pulumi`; `~/` is the home folder. One newline at its end is not part of the secret. */
    | { readonly file: string }
    /** A program and its arguments, started without a shell; its standard output is the secret. Must end with 0 within 30 s. */
    | { readonly command: readonly string[] };

type Secret = pulumi.Input<string | SecretReference> | undefined;

/**
 * How to reach one SSH server. Each field can have a default in the stack's configuration (`wmisec:FIELD`).
 *
 * What there is to say of the fields stands in provider/core/connection/fields.ts. These interfaces repeat it for editors, and the
 * tests hold them to it: names, types and texts.
 */
export interface EndpointArgs {
    /** Name or address; brackets around IPv6 are optional. */
    host?: pulumi.Input<string> | undefined;
    /**
     * The SSH server's port.
     * @default what the configuration of the program `ssh` says with transport `"openssh"`, else 22
     */
    port?: pulumi.Input<number> | undefined;
    /** `name`, `DOMAIN\name` or `name@domain`, as the host's SSH server expects it. */
    user?: pulumi.Input<string> | undefined;
    /** For password and for keyboard-interactive authentication. Encrypted in the state when given inline. */
    password?: Secret;
    /** The text of a private key (OpenSSH, PEM or PuTTY), or a reference to it: write a path as `{ file: PATH }`. */
    privateKey?: Secret;
    /** Opens an encrypted `privateKey`. */
    privateKeyPassword?: Secret;
    /**
     * An SSH agent's socket on the machine that runs `pulumi`; on Windows a named pipe (`\\.\pipe\openssh-ssh-agent`), `pageant`, or
     * the socket file of Git's or Cygwin's agent.
     * @default when neither a password nor a key is given, SSH_AUTH_SOCK, or on Windows OpenSSH's pipe
     */
    agentSocketPath?: pulumi.Input<string> | undefined;
    /**
     * Public key lines or `SHA256:` fingerprints, as ssh-keyscan and `ssh-keygen -lf` print them, one or several lines; or
     * `"insecure-accept-any"`, which trusts whoever answers.
     * @default what `knownHostsFile` says
     */
    hostKey?: pulumi.Input<string | readonly string[]> | undefined;
    /**
     * In OpenSSH's format; hashed names are understood.
     * @default ~/.ssh/known_hosts and /etc/ssh/ssh_known_hosts
     */
    knownHostsFile?: pulumi.Input<string> | undefined;
    /**
     * How often to retry a connection to a host that does not answer; -1 means forever.
     * @default 2
     */
    dialErrorLimit?: pulumi.Input<number> | undefined;
    /**
     * Seconds for one attempt, from the first packet to the login; 0 means no limit.
     * @default 15
     */
    perDialTimeout?: pulumi.Input<number> | undefined;
}

/**
 * How to reach a host. Fields that @pulumi/command's `remote.Connection` has keep their names and meaning: an object for
 * `remote.Command` serves here, too.
 */
export interface ConnectionArgs extends EndpointArgs {
    /** A jump host. All hosts behind it share its connection. */
    proxy?: pulumi.Input<EndpointArgs> | undefined;
    /**
     * `"ssh"`: this package's own client. `"openssh"`: the program `ssh` of the machine that runs `pulumi`, with its user's own
     * configuration: Kerberos, certificates, smart cards, ProxyCommand and ProxyJump work, as long as nothing needs
     * interactive input. It does not support `password`, `privateKeyPassword`, a `privateKey` other than `{ file: PATH }`, `proxy`, or
     * fingerprints in `hostKey`; without `port`, its configuration decides.
     * @default "ssh"
     */
    transport?: pulumi.Input<"ssh" | "openssh"> | undefined;
}
