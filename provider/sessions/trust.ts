import { constants } from "node:fs";
import { open } from "node:fs/promises";
import type { ServerHostKeyAlgorithm } from "ssh2";
import { DEFAULT_PORT, type Endpoint, INSECURE_ACCEPT_ANY } from "../core/connection";
import { hostKeysIn, type NamedHostKey } from "../core/connection/hostKeyText";
import { WmisecError } from "../core/errors";
import { exhausted } from "./controllerFault";
import { expandHome } from "./expandHome";
import { findKnownHosts, type KnownHost, knownHostsName } from "./knownHosts";
import { isGarbled, mixedLines } from "./mixedLines";
import { decodeKey, fingerprintOf, HOST_KEY_ALGORITHMS, keyTypeOf, typeOfKey } from "./publicKey";

/** A known key, and its source. */
interface KnownKey {
    readonly fingerprint: string;
    /** Not known if only a fingerprint was given. */
    readonly type: string | undefined;
    /** `connection.hostKey`, or file and line. */
    readonly from: string;
}

/** What we know about a server's keys before it shows one. */
interface Knowledge {
    readonly acceptAny: boolean;
    readonly expected: readonly KnownKey[];
    /** Known for the same name on port 22. Enough to accept a key, not to report a changed key; as in OpenSSH. */
    readonly ofPort22: readonly KnownKey[];
    readonly revoked: readonly KnownKey[];
    /** Sign the host's certificates, which are not supported. */
    readonly authorities: readonly KnownKey[];
    /** One sentence for each file that was read, for the error about an unknown key. */
    readonly asked: readonly string[];
}

export interface TrustOptions {
    readonly endpoint: Endpoint;
    /** The endpoint's field in the program, for remedies. */
    readonly field: "connection" | "connection.proxy";
    readonly home: string;
    /** The system's known_hosts files; see `systemKnownHosts`. */
    readonly systemFiles: readonly string[];
}

/** OpenSSH's files with host keys for all users of the controller. */
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

    /** Why the last key was refused; undefined while none was. */
    get refusal(): WmisecError | undefined {
        return this.#refusal;
    }

    /**
     * The algorithms to offer the server. It shows one key: the first of our types that it has. So the types that `accepts` may
     * accept come first. The others follow, so that a server without those shows another key, which the refusal can name.
     * A fingerprint has no type: after a refusal, the types that were already shown are left out. Empty if none is left.
     */
    algorithms(): ServerHostKeyAlgorithm[] {
        const known = this.#acceptable;
        if (this.#refusal !== undefined && known.every(({ type }) => type !== undefined)) return [];
        const isKnown = (algorithm: ServerHostKeyAlgorithm) => known.some(({ type }) => type === keyTypeOf(algorithm));
        const left = HOST_KEY_ALGORITHMS.filter((algorithm) => !this.#shown.has(keyTypeOf(algorithm)));
        return [...left.filter(isKnown), ...left.filter((algorithm) => !isKnown(algorithm))];
    }

    /** @param key in SSH's wire format */
    accepts(key: Buffer): boolean {
        const { acceptAny, expected, revoked } = this.#knowledge;
        const fingerprint = fingerprintOf(key);
        const isIt = (known: KnownKey) => known.fingerprint === fingerprint;
        this.#shown.set(typeOfKey(key) ?? "unknown type", fingerprint);
        const withdrawn = revoked.find(isIt);
        if (withdrawn !== undefined) this.#refusal = this.#revokedError(withdrawn);
        else if (acceptAny || this.#acceptable.some(isIt)) return true;
        else this.#refusal = expected.length > 0 ? this.#mismatchError() : this.#unknownError();
        return false;
    }

    /** The warning if keys are not checked; otherwise undefined. */
    get unchecked(): string | undefined {
        return this.#knowledge.acceptAny ? `its host key is not checked ("${INSECURE_ACCEPT_ANY}"); it showed ${this.#said()}` : undefined;
    }

    /** The keys of port 22 count only if no key is known for this port: another machine may be behind it. */
    get #acceptable(): readonly KnownKey[] {
        const { expected, ofPort22 } = this.#knowledge;
        return expected.length > 0 ? expected : ofPort22;
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
        const { expected } = this.#knowledge;
        const list = expected.map(({ type, fingerprint, from }) => `${type ?? "a key"} ${fingerprint} (${from})`);
        // We offered the expected types first.
        const otherType = expected.every(({ type }) => type !== undefined && !this.#shown.has(type));
        return new WmisecError("hostKeyMismatch", "its host key is not the one that we expect", {
            said: `${this.#said()}${otherType ? "\nit has no key of a type that we expect" : ""}`,
            tried: [`expected ${list.join("\nor ")}`, ...this.#aboutCertificates()].join("\n"),
            remedy: [
                "either the host was rebuilt or somebody intercepts the connection; nothing was sent to it",
                `compare the key with what the host's own console shows: ${SHOW_ON_HOST}`,
                `if the new key is right, ${this.#howToTrust("replace")}`,
            ].join("\n"),
        });
    }

    #unknownError(): WmisecError {
        return new WmisecError("hostKeyUnknown", "its host key is not known, so it could be anybody", {
            said: this.#said(),
            tried: [...this.#knowledge.asked, ...this.#aboutCertificates()].join("\n"),
            remedy: `compare the key with what the host's own console shows: ${SHOW_ON_HOST}\nif it is right, ${this.#howToTrust("add")}`,
        });
    }

    #aboutCertificates(): string[] {
        const [first] = this.#knowledge.authorities;
        if (first === undefined) return [];
        return [`${first.from} names a certificate authority; only transport "openssh" reads host certificates`];
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

/** For remedies. The keys' folder of an OpenSSH server on Windows: MicrosoftDocs/windowsserverdocs openssh-server-configuration.md. */
export const SHOW_ON_HOST = "ssh-keygen -lf C:\\ProgramData\\ssh\\ssh_host_ed25519_key.pub (or _ecdsa_, _rsa_)";

function fromInput(texts: readonly string[], field: TrustOptions["field"]): Knowledge {
    const from = `${field}.hostKey`;
    const expected = texts
        .filter((text) => text !== INSECURE_ACCEPT_ANY)
        .flatMap((text) => hostKeysIn(text).keys)
        .map((named): KnownKey => {
            if (named.kind === "fingerprint") return { fingerprint: named.fingerprint, type: named.type, from };
            return { fingerprint: fingerprintOf(keyOf(named, from)), type: named.type, from };
        });
    return {
        acceptAny: texts.includes(INSECURE_ACCEPT_ANY),
        ...{ expected, ofPort22: [], revoked: [], authorities: [], asked: [] },
    };
}

/**
 * @param from the key's source: `connection.hostKey`
 * @returns the key in SSH's wire format
 * @throws WmisecError `invalidInput` for a key that is damaged.
 */
export function keyOf({ type, base64, line }: Extract<NamedHostKey, { kind: "key" }>, from: string): Buffer {
    const key = decodeKey(type, base64);
    if (key !== undefined) return key;
    throw new WmisecError("invalidInput", `${from} holds a public key that is damaged: ${line.slice(0, 60)}`, {
        remedy: "copy the whole line again; it is one line, for example what ssh-keyscan prints",
    });
}

async function fromKnownHosts({ endpoint, home, systemFiles }: TrustOptions): Promise<Knowledge> {
    const files = endpoint.knownHostsFile === undefined ? ["~/.ssh/known_hosts", ...systemFiles] : [endpoint.knownHostsFile];
    const port = endpoint.port ?? DEFAULT_PORT;
    const name = knownHostsName(endpoint.host, port);
    const places = await Promise.all(files.map((file) => askFile(file, home, name)));
    const lenient =
        port === DEFAULT_PORT ? [] : await Promise.all(files.map((file) => askFile(file, home, knownHostsName(endpoint.host, 22))));
    const own = places.flatMap(({ found }) => found);
    const ofPort22 = lenient.flatMap(({ found }) => found);
    const withMarker = (keys: readonly MarkedKey[], wanted: MarkedKey["marker"]) => keys.filter(({ marker }) => marker === wanted);
    const revoked = withMarker([...own, ...ofPort22], "revoked");
    const good = (keys: readonly MarkedKey[]) =>
        withMarker(keys, "none").filter(({ fingerprint }) => !revoked.some((key) => key.fingerprint === fingerprint));
    return {
        acceptAny: false,
        expected: good(own),
        ofPort22: good(ofPort22),
        revoked,
        authorities: withMarker([...own, ...ofPort22], "cert-authority"),
        asked: places.map(({ sentence }) => sentence),
    };
}

type MarkedKey = KnownKey & Pick<KnownHost, "marker">;

async function askFile(file: string, home: string, name: string): Promise<{ found: MarkedKey[]; sentence: string }> {
    let lines: string[];
    try {
        lines = mixedLines(await readOrdinary(expandHome(file, home)));
    } catch (error) {
        if (error === NOT_A_FILE) return { found: [], sentence: `${file} is not a file but a folder, a pipe or a device` };
        const code = (error as NodeJS.ErrnoException).code;
        const fault = exhausted(code, `read ${file}`, error);
        if (fault !== undefined) throw fault;
        return { found: [], sentence: `${file} ${code === "ENOENT" ? "does not exist" : `could not be read (${code})`}` };
    }
    const found = findKnownHosts(lines, name).map(({ line, marker, type, key }) => ({
        fingerprint: fingerprintOf(key),
        type,
        marker,
        from: `${file} line ${line}`,
    }));
    const garbled = lines.findIndex(isGarbled);
    const about = garbled < 0 ? "" : `; its line ${garbled + 1} mixes UTF-8 and UTF-16 and can't be read: write that line again as UTF-8`;
    return { found, sentence: `${file} has no key for ${name}${about}` };
}

const NOT_A_FILE = new Error("not an ordinary file");

/** Opens a pipe without waiting for its writer: the wait would block a thread that also looks up host names. */
async function readOrdinary(path: string): Promise<Buffer> {
    const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
        if (!(await file.stat()).isFile()) throw NOT_A_FILE;
        return await file.readFile();
    } finally {
        await file.close();
    }
}
