/** A host key as a text names it: the key itself, or its fingerprint. */
export type NamedHostKey =
    | { readonly kind: "key"; readonly type: string; readonly base64: string; readonly line: string }
    /** `fingerprint`: `SHA256:` and 43 characters. `type`: undefined if the text does not name it. */
    | { readonly kind: "fingerprint"; readonly fingerprint: string; readonly type: string | undefined };

/** One line: a key, nothing (a comment), or what is wrong with it. */
type Line = NamedHostKey | { readonly kind: "comment" } | { readonly kind: "problem"; readonly problem: string };

const KEY_TYPE = /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-ssh-ed25519@openssh\.com|sk-ecdsa-sha2-nistp256@openssh\.com)$/;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const FINGERPRINT = /^(SHA256:[A-Za-z0-9+/]{43})=?\.?$/;

/** The names that `ssh-keygen -l` uses, with the bits if those determine the curve. */
const TYPES: ReadonlyMap<string, string> = new Map([
    ["ED25519", "ssh-ed25519"],
    ["RSA", "ssh-rsa"],
    ["ECDSA 256", "ecdsa-sha2-nistp256"],
    ["ECDSA 384", "ecdsa-sha2-nistp384"],
    ["ECDSA 521", "ecdsa-sha2-nistp521"],
]);

/** Texts that people copy although they name no key to trust, recognized by one of the first three words of the line. */
const NOT_KEYS: readonly (readonly [RegExp, string])[] = [
    [/^(MD5:)?([0-9a-f]{2}:){15}[0-9a-f]{2}$/i, `has an MD5 fingerprint, which can be forged: use the SHA256 one (ssh-keygen -lf FILE)`],
    [/^SHA(1|384|512):/i, "has a fingerprint that is not SHA256: use the SHA256 one (ssh-keygen -lf FILE)"],
    [/^SHA256:/i, "has a SHA256 fingerprint that is cut short or damaged: 43 characters must follow SHA256:"],
    [
        /-cert-v0[01]@openssh\.com$/,
        'has a host certificate: use the plain key (ssh-keyscan without -c), or known_hosts and transport "openssh"',
    ],
    [/^SSHFP$/, "has a DNS record: use what ssh-keyscan prints without -D"],
    [/^ssh-dss$/, "has a DSA key, which is not supported: use a host key of another type"],
    [/^(-----BEGIN|----)$/, "has part of a key file: use the one line that ssh-keyscan prints"],
];

const NEITHER = 'is neither a public key line ("ssh-ed25519 AAAA..."), nor a fingerprint ("SHA256:...")';

/**
 * Reads the output of `ssh-keyscan` and `ssh-keygen -l`, one key per line: `NAMES TYPE BASE64 COMMENT`, in which names (a list,
 * `[host]:port`, hashed) and comment are optional; `BITS SHA256:... COMMENT (TYPE)`; or a fingerprint alone. Blank lines and comments (`#`)
 * are skipped. Names are ignored: a key always applies to the connection's host.
 * @returns the keys; or what is wrong with the first bad line, as a sentence that continues after the field's name
 */
export function hostKeysIn(text: string): { readonly keys: readonly NamedHostKey[]; readonly problem: string | undefined } {
    const lines = text.split(/\r\n?|\n/).map(readLine);
    const problem = lines.find((line) => line.kind === "problem")?.problem;
    const keys = lines.filter((line) => line.kind === "key" || line.kind === "fingerprint");
    return {
        keys,
        problem: problem ?? (keys.length === 0 ? "has no key: ssh-keyscan prints none for a host that does not answer" : undefined),
    };
}

function readLine(text: string): Line {
    const line = text.replace(/^\ufeff/, "").trim();
    if (line === "" || line.startsWith("#")) return { kind: "comment" };
    const words = line.split(/\s+/);
    const [first = "", second = "", third = ""] = words;
    if (first.startsWith("@"))
        return { kind: "problem", problem: "has a line with a marker (@revoked, @cert-authority): those belong in known_hosts" };
    for (const [type, base64] of [
        [first, second],
        [second, third],
    ] as const) {
        if (!KEY_TYPE.test(type)) continue;
        if (BASE64.test(base64)) return { kind: "key", type, base64, line };
        if (!FINGERPRINT.test(base64))
            return { kind: "problem", problem: `has a public key that is cut short: its base64 must follow ${type}` };
    }
    const at = words.findIndex((word) => FINGERPRINT.test(word));
    // `ED25519 key fingerprint is SHA256:...`, as in ssh's question.
    if (at >= 0 && (at < 2 || /^\S+ key fingerprint is /.test(line))) {
        const [, fingerprint = ""] = FINGERPRINT.exec(words[at] ?? "") ?? [];
        return { kind: "fingerprint", fingerprint, type: typeBeside(words) };
    }
    const [, problem] = NOT_KEYS.find(([sign]) => [first, second, third].some((word) => sign.test(word))) ?? [undefined, NEITHER];
    return { kind: "problem", problem };
}

/** The type that a line names beside a fingerprint: in parentheses at its end, or in front. */
function typeBeside(words: readonly string[]): string | undefined {
    const [first = ""] = words;
    if (KEY_TYPE.test(first)) return first;
    const [, last] = /^\(([A-Z0-9]+)\)$/.exec(words.at(-1) ?? "") ?? [];
    const name = last ?? first;
    return TYPES.get(name) ?? TYPES.get(`${name} ${first}`);
}
