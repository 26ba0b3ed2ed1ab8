/** A key of a host as text names it: itself, or its fingerprint. */
export type NamedHostKey =
    | { readonly kind: "key"; readonly type: string; readonly base64: string; readonly line: string }
    /** `fingerprint`: `SHA256:` and 43 characters. `type`: undefined where the text does not tell it. */
    | { readonly kind: "fingerprint"; readonly fingerprint: string; readonly type: string | undefined };

/** Of one line: a key, nothing (a comment), or what is wrong with it. */
type Line = NamedHostKey | { readonly kind: "comment" } | { readonly kind: "problem"; readonly problem: string };

const KEY_TYPE = /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-ssh-ed25519@openssh\.com|sk-ecdsa-sha2-nistp256@openssh\.com)$/;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const FINGERPRINT = /^(SHA256:[A-Za-z0-9+/]{43})=?\.?$/;

/** As `ssh-keygen -l` calls the types, with the bits where those tell the curve. */
const TYPES: Readonly<Record<string, string>> = {
    ED25519: "ssh-ed25519",
    RSA: "ssh-rsa",
    "ECDSA 256": "ecdsa-sha2-nistp256",
    "ECDSA 384": "ecdsa-sha2-nistp384",
    "ECDSA 521": "ecdsa-sha2-nistp521",
};

/** What people copy that names no key to trust, by a word among the first three of its line. */
const OTHERS: readonly (readonly [RegExp, string])[] = [
    [/^(MD5:)?([0-9a-f]{2}:){15}[0-9a-f]{2}$/i, `holds an MD5 fingerprint, which can be forged: take the SHA256 one (ssh-keygen -lf FILE)`],
    [/^SHA(1|384|512):/i, "holds a fingerprint that is not SHA256: take that one (ssh-keygen -lf FILE)"],
    [/^SHA256:/i, "holds a SHA256 fingerprint that is cut short or damaged: 43 characters follow SHA256:"],
    [
        /-cert-v0[01]@openssh\.com$/,
        'holds a host certificate: take the plain key (ssh-keyscan without -c), or use known_hosts and transport "openssh"',
    ],
    [/^SSHFP$/, "holds a record for DNS: take what ssh-keyscan prints without -D"],
    [/^ssh-dss$/, "holds a DSA key, which is not supported: take the host's key of another type"],
    [/^(-----BEGIN|----)$/, "holds a block of a key file: take the one line that ssh-keyscan prints"],
];

const NEITHER = 'is neither a public key line ("ssh-ed25519 AAAA..."), nor a fingerprint ("SHA256:...")';

/**
 * Reads what `ssh-keyscan` and `ssh-keygen -l` print, one key a line: `NAMES TYPE BASE64 COMMENT`, where names (a list,
 * `[host]:port`, hashed) and comment are optional, `BITS SHA256:... COMMENT (TYPE)`, or a fingerprint alone. Blank lines and comments (`#`) are passed over.
 * Names do not count: who names a key means the host of the connection.
 * @returns the keys; or, as a sentence that goes on behind the field's name, what is wrong with the first bad line
 */
export function hostKeysIn(text: string): { readonly keys: readonly NamedHostKey[]; readonly problem: string | undefined } {
    const lines = text.split(/\r\n?|\n/).map(readLine);
    const problem = lines.find((line) => line.kind === "problem")?.problem;
    const keys = lines.filter((line) => line.kind === "key" || line.kind === "fingerprint");
    return {
        keys,
        problem: problem ?? (keys.length === 0 ? "holds no key: ssh-keyscan prints none for a host that does not answer" : undefined),
    };
}

function readLine(text: string): Line {
    const line = text.replace(/^\ufeff/, "").trim();
    if (line === "" || line.startsWith("#")) return { kind: "comment" };
    const words = line.split(/\s+/);
    const [first = "", second = "", third = ""] = words;
    if (first.startsWith("@"))
        return { kind: "problem", problem: "holds a line with a marker (@revoked, @cert-authority): those belong into known_hosts" };
    for (const [type, base64] of [
        [first, second],
        [second, third],
    ] as const) {
        if (!KEY_TYPE.test(type)) continue;
        if (BASE64.test(base64)) return { kind: "key", type, base64, line };
        if (!FINGERPRINT.test(base64))
            return { kind: "problem", problem: `holds a public key that is cut short: behind ${type} its base64 follows` };
    }
    const at = words.findIndex((word) => FINGERPRINT.test(word));
    // `ED25519 key fingerprint is SHA256:...`, as ssh asks.
    if (at >= 0 && (at < 2 || /^\S+ key fingerprint is /.test(line))) {
        const [, fingerprint = ""] = FINGERPRINT.exec(words[at] ?? "") ?? [];
        return { kind: "fingerprint", fingerprint, type: typeBeside(words) };
    }
    const [, problem] = OTHERS.find(([sign]) => [first, second, third].some((word) => sign.test(word))) ?? [undefined, NEITHER];
    return { kind: "problem", problem };
}

/** The type that a line with a fingerprint tells: at its end in brackets, or in front. */
function typeBeside(words: readonly string[]): string | undefined {
    const [first = ""] = words;
    if (KEY_TYPE.test(first)) return first;
    const [, last] = /^\(([A-Z0-9]+)\)$/.exec(words.at(-1) ?? "") ?? [];
    const name = last ?? first;
    return TYPES[name] ?? TYPES[`${name} ${first}`];
}
