import type { Connection } from "../../core/connection";
import { printable, WmisecError } from "../../core/errors";
import { closedAfterLogin } from "../closedAfterLogin";
import { ControllerFault, programExhausted } from "../controllerFault";
import { type Negotiated, NoCommonAlgorithm } from "../noCommonAlgorithm";
import { SHOW_ON_HOST } from "../trust";
import type { OpensshTrust } from "./sshArguments";
import { KEY_REFUSED } from "./sshLog";
import type { SshExit } from "./sshProgram";

/** ssh(1), EXIT STATUS: ssh itself failed. A process on the host may also end with this code. */
const FAILED = 255;

export interface LoginFailure {
    readonly connection: Connection;
    readonly trust: OpensshTrust;
    /** `ssh-ed25519 SHA256:...` of each key in `hostKey`. */
    readonly expected: readonly string[];
    /** The known_hosts files with lines that ssh can't read, because they are UTF-16. */
    readonly unreadable: readonly string[];
    readonly exit: SshExit;
    /** Messages of ssh itself. */
    readonly said: string;
    /** Standard error: of a jump host's ssh, a ProxyCommand, or of ssh before it had read its options. */
    readonly saidByOthers: string;
}

/**
 * Why ssh ended before it reported the login. Its messages are not localized. Nothing was sent and nobody was logged in, so any
 * other failure is `unreachable`, and may be retried.
 */
export function loginFailure(failure: LoginFailure): WmisecError {
    const { connection, exit, saidByOthers } = failure;
    if (exit.error !== undefined) return notStarted(exit.error);
    if (KEY_REFUSED.test(failure.said)) return hostKeyRefused(failure);
    const said = wordsOf(failure);
    const details = { said: printable(said) };
    if (KEY_REFUSED.test(saidByOthers)) return jumpKeyRefused(saidByOthers);
    if (exit.code !== FAILED)
        return new WmisecError("invalidInput", `the program ssh ended with ${endText(exit)} before it was logged in`, {
            ...details,
            remedy: "find out which program is named ssh on the PATH of the process that runs pulumi",
        });
    if (/bad configuration option|Bad owner or permissions|terminating, \d+ bad|unsupported option|^command-line: line \d+:/im.test(said))
        return new WmisecError("invalidInput", "the program ssh does not accept its configuration", {
            ...details,
            remedy: "correct ~/.ssh/config or /etc/ssh/ssh_config where pulumi runs; a very old ssh lacks options that we use",
        });
    if (
        /: not found$|command not found|: exec: .*: Permission denied$|Can't open user config file|Couldn't open logfile/m.test(
            saidByOthers,
        )
    )
        return new WmisecError("invalidInput", "the program ssh could not use a program or file that it needs", {
            ...details,
            remedy: "check ProxyCommand in ~/.ssh/config, and the PATH and the folder for temporary files of the process that runs pulumi",
        });
    const [, what, theirs = ""] = NO_MATCH.exec(failure.said) ?? [];
    if (what !== undefined) return new NoCommonAlgorithm(what as Negotiated, theirs, undefined, "ssh");
    if (NO_MATCH.test(saidByOthers))
        return new WmisecError("noCommonAlgorithm", "a jump host on the way to it and we have no algorithm in common", {
            ...details,
            remedy: "allow one of our algorithms in the jump host's sshd_config, or one of the jump host's in ~/.ssh/config where pulumi runs",
        });
    if (/administratively prohibited/.test(said))
        return new WmisecError("denied", "a jump host does not forward to it", {
            ...details,
            remedy: "allow it in the jump host's sshd_config (AllowTcpForwarding, PermitOpen)",
        });
    if (DENIAL.test(said))
        return new WmisecError(
            "denied",
            DENIAL.test(failure.said) ? `refused to log ${connection.user} in` : "a jump host refused to log us in",
            { ...details, remedy: DENIED },
        );
    // A jump host's ssh runs here, too.
    const ours = OURS.find(([words]) => words.test(said));
    if (ours !== undefined) return new ControllerFault(ours[1], ours[2], { ...details, remedy: ours[3] });
    const [, summary, remedy] = UNREACHABLE.find(([words]) => words.test(said)) ?? UNREACHABLE_SOMEHOW;
    return new WmisecError("unreachable", summary, { ...details, remedy });
}

/** The dial took too long. */
export class LoginExpired extends WmisecError {
    /** @param seconds the time limit of the dial */
    constructor(
        readonly seconds: number,
        words: Pick<LoginFailure, "said" | "saidByOthers">,
    ) {
        super("unreachable", `ssh was not logged in within ${seconds} s`, {
            said: printable(wordsOf(words)),
            remedy: "check that the host is up and that firewalls let the port through, or raise perDialTimeout",
        });
    }
}

export interface SessionEnd {
    readonly exit: SshExit;
    /** Messages of ssh itself since the login. */
    readonly said: string;
    /** Whether the process on the host wrote anything. */
    readonly heard: boolean;
    readonly user: string;
}

/** Why a session ended after the login. */
export function sessionEnd({ exit, said, heard, user }: SessionEnd): WmisecError {
    const details = { said: printable(said) };
    if (KEY_REFUSED.test(said))
        return new WmisecError("hostKeyMismatch", "it showed a different host key during the session", {
            ...details,
            remedy: `somebody may intercept the connection; compare the host's key with what its own console shows: ${SHOW_ON_HOST}`,
        });
    if (exit.code === FAILED && /exec request failed|open failed/.test(said))
        return new WmisecError("execRefused", "refused to start our command", {
            ...details,
            remedy: "see the host's sshd_config (ForceCommand, MaxSessions, ChrootDirectory) and that the account may run programs",
        });
    // ssh does not report whether the host agreed to start our command.
    if (exit.code === FAILED && !heard && CLOSED.test(said)) return closedAfterLogin(user, details.said);
    if (exit.signal !== null || (exit.code === FAILED && said !== ""))
        return new WmisecError("connectionLost", "the connection was lost", {
            said: exit.signal === null ? details.said : `the program ssh ended with ${endText(exit)}`,
            remedy: "check whether the host was restarted or the network is unsteady, then run again",
        });
    const end = exit.code === FAILED ? `exit code ${FAILED}, or by a signal` : endText(exit);
    return new WmisecError("processEnded", `the process on the host ended with ${end}`, {
        remedy: "see what the process printed, if anything, and the host's event logs; then run again",
    });
}

const endText = ({ code, signal }: SshExit): string => (signal === null ? `exit code ${code}` : `signal ${signal}`);

const wordsOf = ({ said, saidByOthers }: Pick<LoginFailure, "said" | "saidByOthers">): string => `${saidByOthers}\n${said}`.trim();

/** A fault of the machine that runs pulumi. The code `unreachable` would let `unreachable: "keep"` hide it. */
export const noSsh = (): WmisecError =>
    new WmisecError("invalidInput", "there is no program ssh on the PATH", {
        remedy: 'install OpenSSH\'s client where pulumi runs, or use transport "ssh", which needs none',
    });

const notStarted = (error: NodeJS.ErrnoException): WmisecError =>
    programExhausted(error.code, "start the program ssh", error) ??
    new WmisecError("invalidInput", `the program ssh could not be started (${error.code})`, {
        remedy: 'check whether the account that runs pulumi may start it, or use transport "ssh", which needs none',
    });

/** The other side closed the connection; the network in between did not fail. */
const CLOSED =
    /closed by remote host|Connection (closed|reset) by|Connection reset|send disconnect: Broken pipe|^(Received disconnect|Disconnected) from/m;

const NO_MATCH = /no matching (key exchange method|host key type|cipher|MAC|compression method) found\. Their offer: (\S*)/;

const NETWORK = "check the network of the machine that runs pulumi: whether it is connected, its addresses and its routes";

/** Messages of ssh about the machine that it runs on. */
const OURS: readonly (readonly [RegExp, "exhausted" | "network" | "lasting", string, string])[] = [
    [
        /^(ssh: connect to host .*|socket|fork failed|Could not create pipes .*): (Too many open files|Cannot assign requested address|No buffer space available|Cannot allocate memory|Resource temporarily unavailable)/m,
        "exhausted",
        "the machine that runs pulumi has no files, ports, memory or processes left for the program ssh",
        "raise the limits of the account that runs pulumi (ulimit -n, ulimit -u), or find out what else on that machine uses so much",
    ],
    [
        /^ssh: Could not resolve hostname .*: (Temporary failure in name resolution|Non-recoverable failure in name resolution|System error|Try again)/m,
        "network",
        "no name server of the machine that runs pulumi answered",
        "check the name servers of the machine that runs pulumi, and that it can reach them; a name that does not exist gives another error",
    ],
    [
        /^ssh: connect to host .*: (Network is unreachable|Network is down)/m,
        "network",
        "the machine that runs pulumi has no route to it",
        NETWORK,
    ],
    [
        /^ssh: connect to host .*: (Permission denied|Operation not permitted|Address family not supported|Protocol not supported|Invalid argument)/m,
        "lasting",
        "the machine that runs pulumi does not allow the connection",
        "check what on the machine that runs pulumi blocks it: a firewall, a sandbox, security software, a kind of address that it does not have",
    ],
];

const DENIAL = /Permission denied \(|Too many authentication failures|No more authentication methods/;

const DENIED =
    "check that the key, ticket, certificate or agent that ssh uses is this account's. By hand: ssh -v -o BatchMode=yes -l USER HOST exit\nBatchMode asks nobody: an encrypted key has to be in an SSH agent";

const UNREACHABLE_SOMEHOW: readonly [RegExp, string, string] = [
    /^/,
    "ssh ended before it was logged in",
    "read what ssh said; by hand: ssh -v -o BatchMode=yes -l USER HOST exit",
];

const UNREACHABLE: readonly (readonly [RegExp, string, string])[] = [
    [
        /Could not resolve hostname/,
        "its name could not be looked up",
        "check the name, and the name servers of the machine that runs pulumi",
    ],
    [/Connection refused/, "nothing listens there", "on the host, check that the SSH server runs (Get-Service sshd) and on which port"],
    [/No route to host/, "there is no route", "check that the host is up, and the network in between"],
    [/timed out/, "nobody answered in time", "check that the host is up and that firewalls let the port through, or raise perDialTimeout"],
    [
        /Connection (closed|reset)|kex_exchange_identification|banner/,
        "the connection was closed before we were logged in",
        "check that an SSH server answers on this port, that it is not too busy (MaxStartups in sshd_config), and its log on the host",
    ],
];

function hostKeyRefused({ connection, trust, expected, unreadable, said }: LoginFailure): WmisecError {
    const shown = shownKey(said);
    const check = `compare the key with what the host's own console shows: ${SHOW_ON_HOST}`;
    const scan = `ssh-keyscan${connection.port === undefined ? "" : ` -p ${connection.port}`} ${connection.host}`;
    if (trust.keys === "pinned")
        return new WmisecError("hostKeyMismatch", "its host key is not the one that we expect", {
            said: shown ?? "a key of another type",
            tried: `expected ${expected.join("\nor ")} (connection.hostKey)`,
            remedy: `either the host was rebuilt or somebody intercepts the connection; nothing was sent to it\n${check}\nif the new key is right, set connection.hostKey to a line of what this prints: ${scan}`,
        });
    const place = trust.keys === "file" ? trust.file : "the known_hosts files that ssh reads";
    if (/REVOKED HOST KEY/.test(said))
        return new WmisecError("hostKeyMismatch", "its host key was revoked", {
            said: printable(said.trim()),
            remedy: "do not use this host until its administrator has given it a new key; somebody else may hold the old one",
        });
    if (/IDENTIFICATION HAS CHANGED/.test(said))
        return new WmisecError("hostKeyMismatch", "its host key is not the one that we expect", {
            said: shown ?? printable(said.trim()),
            tried: `compared it with ${place}`,
            remedy: `either the host was rebuilt or somebody intercepts the connection; nothing was sent to it\n${check}\nif the new key is right, remove the old line and add what this prints: ${scan}`,
        });
    return new WmisecError("hostKeyUnknown", "its host key is not known, so it could be anybody", {
        said: printable(said.trim()),
        tried: [`looked in ${place}`, ...unreadable.map((file) => `${file} is UTF-16, at least in part, which ssh does not read`)].join(
            "\n",
        ),
        remedy: [
            check,
            `if it is right, set connection.hostKey to a line of what this prints, or add it to the known_hosts file: ${scan}`,
            ...(unreadable.length > 0 ? [`save ${unreadable.join(" and ")} as UTF-8; >> in Windows PowerShell writes UTF-16`] : []),
        ].join("\n"),
    });
}

/** The host keys in the Pulumi program are about the host, not about a jump host. */
function jumpKeyRefused(said: string): WmisecError {
    const isKnown = /IDENTIFICATION HAS CHANGED|REVOKED HOST KEY/.test(said);
    return new WmisecError(isKnown ? "hostKeyMismatch" : "hostKeyUnknown", "the host key of a jump host on the way to it was refused", {
        said: printable(said),
        remedy: "nothing was sent through it; compare the key that the jump host's own console shows with the known_hosts file that ssh names or reads for it",
    });
}

/** `ED25519 SHA256:...` */
function shownKey(said: string): string | undefined {
    const [, type, fingerprint] = /for the (\S+) key sent by the remote host is\s+(SHA256:\S+?)\.?\s/.exec(said) ?? [];
    return type === undefined ? undefined : printable(`${type} ${fingerprint}`, 200);
}
