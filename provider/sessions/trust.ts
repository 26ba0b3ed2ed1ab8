import { readFile } from "node:fs/promises";
import type { ServerHostKeyAlgorithm } from "ssh2";
import { DEFAULT_PORT, type Endpoint, INSECURE_ACCEPT_ANY } from "../core/connection";
import { WmisecError } from "../core/errors";
import { exhausted } from "./controllerFault";
import { expandHome } from "./expandHome";
import { findKnownHosts, knownHostsName } from "./knownHosts";
import { decodeKey, fingerprintOf, HOST_KEY_ALGORITHMS, keyTypeOf, typeOfKey } from "./publicKey";

/** A key that we know of, and who told us. */
interface KnownKey {
    readonly fingerprint: string;
    /** Not known where only a fingerprint was given. */
    readonly type: string | undefined;
    /** `connection.hostKey`, or file and line. */
    readonly from: string;
}

/** What we know of a server's keys before it shows one. */
interface Knowledge {
    readonly acceptAny: boolean;
    readonly expected: readonly KnownKey[];
    /** Known for the same name on port 22. Good enough to accept, not to say that the key has changed; as OpenSSH does. */
    readonly ofPort22: readonly KnownKey[];
    readonly revoked: readonly KnownKey[];
    /** One sentence a place that was asked, for the error that says that nobody knows. */
    readonly asked: readonly string[];
}

export interface TrustOptions {
    readonly endpoint: Endpoint;
    /** How the program writes the endpoint: decides what an error tells people to set. */
    readonly field: "connection" | "connection.proxy";
    readonly home: string;
    /** The system's known_hosts files; see `systemKnownHosts`. */
    readonly systemFiles: readonly string[];
}

/** Where OpenSSH keeps the keys that all users of the controller know. */
export const systemKnownHosts = (env: NodeJS.ProcessEnv): string[] => [
    "/etc/ssh/ssh_known_hosts",
    ...(env["ProgramData"] === undefined ? [] : [`${env["ProgramData"]}\\ssh\\ssh_known_hosts`]),
];

/**
 * Decides for one dial whether the key that the server shows is one that we expect.
 * @throws WmisecError `invalidInput` for a key in `hostKey` that is damaged.
 */
export async function readTrust(options: TrustOptions): Promise<Trust> {
    const { hostKey } = options.endpoint;
    const knowledge = hostKey === undefined ? await fromKnownHosts(options) : fromInput([hostKey].flat(), options.field);
    return new Trust(options, knowledge);
}

export class Trust {
    readonly #options: TrustOptions;
    readonly #knowledge: Knowledge;
    readonly #shown = new Map<string, string>();
    #refusal: WmisecError | undefined;

    constructor(options: TrustOptions, knowledge: Knowledge) {
        this.#options = options;
        this.#knowledge = knowledge;
    }

    /** Why the last key that was shown is not good; undefined as long as none was refused. */
    get refusal(): WmisecError | undefined {
        return this.#refusal;
    }

    /**
     * What to ask the server for. Types that we know a key of come first, because a server shows only one of its keys. A
     * fingerprint does not tell a type: after a refusal the types that were shown already are left out. Empty when there
     * is nothing left to ask for.
     */
    algorithms(): ServerHostKeyAlgorithm[] {
        const { expected, ofPort22 } = this.#knowledge;
        const known = [...expected, ...ofPort22];
        if (this.#refusal !== undefined && known.every(({ type }) => type !== undefined)) return [];
        const isKnown = (algorithm: ServerHostKeyAlgorithm) => known.some(({ type }) => type === keyTypeOf(algorithm));
        const left = HOST_KEY_ALGORITHMS.filter((algorithm) => !this.#shown.has(keyTypeOf(algorithm)));
        return [...left.filter(isKnown), ...left.filter((algorithm) => !isKnown(algorithm))];
    }

    /** @param key in SSH's wire format */
    accepts(key: Buffer): boolean {
        const { acceptAny, expected, ofPort22, revoked } = this.#knowledge;
        const fingerprint = fingerprintOf(key);
        const isIt = (known: KnownKey) => known.fingerprint === fingerprint;
        this.#shown.set(typeOfKey(key) ?? "unknown type", fingerprint);
        const withdrawn = revoked.find(isIt);
        if (withdrawn !== undefined) this.#refusal = this.#revokedError(withdrawn);
        // The plain name's keys count only where nothing is known of this port: there may be another machine behind it.
        else if (acceptAny || expected.some(isIt) || (expected.length === 0 && ofPort22.some(isIt))) return true;
        else this.#refusal = expected.length > 0 ? this.#mismatchError() : this.#unknownError();
        return false;
    }

    /** What there is to say aloud when nobody's key was asked for; undefined where keys are checked. */
    get unchecked(): string | undefined {
        return this.#knowledge.acceptAny ? `its host key is not checked ("${INSECURE_ACCEPT_ANY}"); it showed ${this.#said()}` : undefined;
    }

    #said(): string {
        return [...this.#shown].map(([type, fingerprint]) => `${type} ${fingerprint}`).join("\n");
    }

    #revokedError({ from }: KnownKey): WmisecError {
        return new WmisecError("hostKeyMismatch", "its host key was revoked", {
            said: this.#said(),
            tried: `compared it with the keys in ${from}, which marks it @revoked`,
            remedy: "do not use this host until its administrator has given it a new key; somebody else may hold the old one",
        });
    }

    #mismatchError(): WmisecError {
        const expected = this.#knowledge.expected.map(({ type, fingerprint, from }) => `${type ?? "a key"} ${fingerprint} (${from})`);
        return new WmisecError("hostKeyMismatch", "its host key is not the one that we expect", {
            said: this.#said(),
            tried: `expected ${expected.join("\nor ")}`,
            remedy: [
                "either the host was rebuilt or somebody stands in between: nothing was sent to it",
                `compare the key with what the host's own console says: ${SHOW_ON_HOST}`,
                `if the new key is right, ${this.#howToTrust("replace")}`,
            ].join("\n"),
        });
    }

    #unknownError(): WmisecError {
        return new WmisecError("hostKeyUnknown", "its host key is not known, so that it could be anybody", {
            said: this.#said(),
            tried: this.#knowledge.asked.join("\n"),
            remedy: `compare the key with what the host's own console says: ${SHOW_ON_HOST}\nif it is right, ${this.#howToTrust("add")}`,
        });
    }

    #howToTrust(verb: "add" | "replace"): string {
        const { endpoint, field } = this.#options;
        const [fingerprint] = [...this.#shown.values()].slice(-1);
        const set = `set ${field}.hostKey to "${fingerprint}"`;
        if (endpoint.hostKey !== undefined) return set;
        const port = endpoint.port ?? DEFAULT_PORT;
        const old = verb === "replace" ? "remove the old line and " : "";
        return `${set}, or ${old}add what this prints to the known_hosts file: ssh-keyscan -p ${port} ${endpoint.host}`;
    }
}

/** For remedies. Where an OpenSSH server on Windows keeps its keys: MicrosoftDocs/windowsserverdocs openssh-server-configuration.md. */
export const SHOW_ON_HOST = "ssh-keygen -lf C:\\ProgramData\\ssh\\ssh_host_ed25519_key.pub (or _ecdsa_, _rsa_)";

function fromInput(entries: readonly string[], field: TrustOptions["field"]): Knowledge {
    const expected = entries
        .filter((entry) => entry !== INSECURE_ACCEPT_ANY)
        .map((entry): KnownKey => {
            const from = `${field}.hostKey`;
            const text = entry.trim();
            if (text.startsWith("SHA256:")) return { fingerprint: text.replace(/=$/, ""), type: undefined, from };
            const { type, key } = keyOfLine(text, from);
            return { fingerprint: fingerprintOf(key), type, from };
        });
    return { acceptAny: expected.length < entries.length, expected, ofPort22: [], revoked: [], asked: [] };
}

/**
 * The key in a line such as `hostKey` takes: `NAME TYPE BASE64 COMMENT`, name and comment optional.
 * @param from who gave the line: `connection.hostKey`
 * @throws WmisecError `invalidInput` for a key that is damaged.
 */
export function keyOfLine(line: string, from: string): { readonly type: string; readonly key: Buffer } {
    const words = line.trim().split(/ +/);
    for (const [at, type] of words.entries()) {
        const key = decodeKey(type, words[at + 1] ?? "");
        if (key !== undefined) return { type, key };
    }
    throw new WmisecError("invalidInput", `${from} holds a public key that is damaged: ${line.slice(0, 60)}`, {
        remedy: "copy the whole line again; it is one line, for example what ssh-keyscan prints",
    });
}

async function fromKnownHosts({ endpoint, home, systemFiles }: TrustOptions): Promise<Knowledge> {
    const files = endpoint.knownHostsFile === undefined ? ["~/.ssh/known_hosts", ...systemFiles] : [endpoint.knownHostsFile];
    const port = endpoint.port ?? DEFAULT_PORT;
    const name = knownHostsName(endpoint.host, port);
    const places = await Promise.all(files.map((file) => askFile(file, home, name)));
    const keys = (marker: string) => places.flatMap(({ found }) => found).filter((entry) => entry.marker === marker);
    const lenient =
        port === DEFAULT_PORT ? [] : await Promise.all(files.map((file) => askFile(file, home, knownHostsName(endpoint.host, 22))));
    const sameName = lenient.flatMap(({ found }) => found);
    return {
        acceptAny: false,
        expected: keys("none"),
        ofPort22: sameName.filter(({ marker }) => marker === "none"),
        revoked: [...keys("revoked"), ...sameName.filter(({ marker }) => marker === "revoked")],
        asked: places.map(({ sentence }) => sentence),
    };
}

async function askFile(file: string, home: string, name: string): Promise<{ found: (KnownKey & { marker: string })[]; sentence: string }> {
    let text: string;
    try {
        text = await readFile(expandHome(file, home), "utf8");
    } catch (error) {
        const code = (error as NodeJS.ErrnoException).code;
        const fault = exhausted(code, `read ${file}`, error);
        if (fault !== undefined) throw fault;
        return { found: [], sentence: `${file} ${code === "ENOENT" ? "does not exist" : `could not be read (${code})`}` };
    }
    const found = findKnownHosts(text, name).map(({ line, marker, type, key }) => ({
        fingerprint: fingerprintOf(key),
        type,
        marker,
        from: `${file} line ${line}`,
    }));
    const authorities = found.filter(({ marker }) => marker === "cert-authority");
    const about = authorities.length === 0 ? "" : `; host certificates are not supported, so ${authorities[0]?.from} does not count`;
    return { found, sentence: `${file} has no key for ${name}${about}` };
}
