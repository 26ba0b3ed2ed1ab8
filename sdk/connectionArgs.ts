import type * as pulumi from "@pulumi/pulumi";

/** Where to get a secret when a connection is opened. The secret itself never reaches the state. */
export type SecretReference =
    /** A variable in the environment of the `pulumi` process. */
    | { readonly env: string }
    /** A file on the machine that runs `pulumi`; `~/` is the home folder. One newline at its end is not part of the secret. */
    | { readonly file: string }
    /** A program and its arguments, started without a shell; its standard output is the secret. Must end with 0 within 30 s. */
    | { readonly command: readonly string[] };

type Secret = pulumi.Input<string | SecretReference> | undefined;

/**
 * How to reach one server. Each field can have a default in the stack's configuration (`wmisec:FIELD`).
 *
 * provider/core/connection/fields.ts defines the fields. These interfaces repeat their names, types and texts for editors. Tests
 * compare the two.
 */
export interface EndpointArgs {
    /** Name or address; brackets around IPv6 are optional. */
    host?: pulumi.Input<string> | undefined;
    /**
     * The port of the SSH server, or of the WinRM listener.
     * @default with transport `"winrm"` 5986, or 5985 with scheme `"http"`; what the configuration of the program `ssh` says with
     * transport `"openssh"`, else 22
     */
    port?: pulumi.Input<number> | undefined;
    /** `name`, `DOMAIN\name` or `name@domain`, as the host's server expects it. */
    user?: pulumi.Input<string> | undefined;
    /**
     * For password and for keyboard-interactive authentication, and for NTLM and basic authentication of WinRM. Encrypted in the state
     * when given inline.
     */
    password?: Secret;
    /**
     * The text of a private key (OpenSSH, PEM or PuTTY), or a reference to it: write a path as `{ file: PATH }`. With transport
     * `"winrm"` in PEM, of `clientCertificate`.
     */
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
     * Seconds for one attempt, from the first packet to the login, and over WinRM to the shell; 0 means no limit.
     * @default 15
     */
    perDialTimeout?: pulumi.Input<number> | undefined;
}

/**
 * How to reach a host. Fields that @pulumi/command's `remote.Connection` also has keep their names and meaning: an object for
 * `remote.Command` works here, too.
 */
export interface ConnectionArgs extends EndpointArgs {
    /** A jump host. All hosts behind it share its connection. */
    proxy?: pulumi.Input<EndpointArgs> | undefined;
    /**
     * `"ssh"`: this package's own client. `"openssh"`: the program `ssh` of the machine that runs `pulumi`, with its user's own
     * configuration: Kerberos, certificates, smart cards, ProxyCommand and ProxyJump work, as long as nothing needs
     * interactive input. It does not support `password`, `privateKeyPassword`, a `privateKey` other than `{ file: PATH }`, `proxy`, or
     * fingerprints in `hostKey`; without `port`, its configuration decides. `"winrm"`: Windows' own remote management, which needs
     * no SSH server.
     * @default "ssh"
     */
    transport?: pulumi.Input<"ssh" | "openssh" | "winrm"> | undefined;
    /**
     * With transport `"winrm"`: `"https"`, or `"http"`, where each message is sealed by Kerberos or NTLM and no certificate says who
     * answers.
     * @default "https"
     */
    scheme?: pulumi.Input<"https" | "http"> | undefined;
    /**
     * With transport `"winrm"`: `"negotiate"` (Kerberos with the ticket that is there, or NTLM where a password is given),
     * `"kerberos"`, `"ntlm"`, `"basic"` (over HTTPS, for local accounts) or `"certificate"` (over HTTPS, for local accounts). What a
     * host offers changes nothing of it.
     * @default "negotiate"
     */
    authentication?: pulumi.Input<"negotiate" | "kerberos" | "ntlm" | "basic" | "certificate"> | undefined;
    /**
     * With transport `"winrm"`: SHA-256 fingerprints of the host's certificate, instead of its chain and its name; or
     * `"insecure-accept-any"`, which trusts whoever answers.
     * @default what `caCertificates` or `caFile` says
     */
    serverCertificate?: pulumi.Input<string | readonly string[]> | undefined;
    /**
     * With transport `"winrm"`: certificates in PEM of the authorities that may vouch for the host, and no others.
     * @default what `caFile` says
     */
    caCertificates?: pulumi.Input<string> | undefined;
    /**
     * With transport `"winrm"`: a file with such certificates on the machine that runs `pulumi`; `~/` is the home folder.
     * @default the authorities that Node.js and that machine trust
     */
    caFile?: pulumi.Input<string> | undefined;
    /**
     * With transport `"winrm"`: the name that the host's certificate must have.
     * @default `host`
     */
    serverName?: pulumi.Input<string> | undefined;
    /** With authentication `"certificate"`: the text of the certificate in PEM, or where it is to be had; `privateKey` is its key. */
    clientCertificate?: Secret;
    /**
     * With transport `"winrm"`: the name under which Kerberos knows the host.
     * @default `HTTP/` and the host's name, and where there is none, `WSMAN/` and that name
     */
    servicePrincipal?: pulumi.Input<string> | undefined;
    /**
     * With transport `"winrm"`: the path of the listener.
     * @default wsman
     */
    path?: pulumi.Input<string> | undefined;
}
