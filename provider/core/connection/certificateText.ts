/** A certificate as text names it: the SHA-256 of its whole, 64 hexadecimal digits in lower case. */
const HEX = /^(?:[0-9a-f]{2}:?){31}[0-9a-f]{2}$/i;
const BASE64 = /^[A-Za-z0-9+/]{43}=?$/;

/** What shows one on a Windows host. X509Certificate2.GetCertHashString('SHA256') needs .NET Framework 4.8, which Windows Server 2019 does not come with. */
export const SHOW_FINGERPRINT =
    "[BitConverter]::ToString([Security.Cryptography.SHA256]::Create().ComputeHash((Get-Item Cert:\\LocalMachine\\My\\THUMBPRINT).RawData)).Replace('-', ':')";

/** What people copy that is no such fingerprint. */
const OTHERS: readonly (readonly [RegExp, string])[] = [
    [
        /^(sha1 fingerprint=|sha1:)|^(?:[0-9a-f]{2}[: ]?){19}[0-9a-f]{2}$/i,
        `holds a SHA-1 thumbprint, as Windows shows it, which can be forged: take the SHA-256 one (in PowerShell on the host: ${SHOW_FINGERPRINT})`,
    ],
    [
        /^(sha(384|512)|md5)( fingerprint=|:)/i,
        "holds a fingerprint that is not SHA-256: take that one (openssl x509 -noout -fingerprint -sha256)",
    ],
    [/^-----BEGIN/, "holds a certificate: take its SHA-256 fingerprint here, or give the certificate as caCertificates"],
];

const NEITHER = 'is no SHA-256 fingerprint of a certificate ("SHA256:..." in base64, or 64 hexadecimal digits with or without colons)';

/**
 * Reads fingerprints of certificates, one a line: in base64 behind `SHA256:`, or in hexadecimal digits, with or without colons, as
 * openssl, browsers and Windows print them.
 * @returns them as 64 hexadecimal digits; or, as a sentence that goes on behind the field's name, what is wrong with the first bad line
 */
export function fingerprintsIn(text: string): { readonly fingerprints: readonly string[]; readonly problem: string | undefined } {
    const lines = text
        .split(/\r\n?|\n/)
        .map((line) => line.trim())
        .filter((line) => line !== "" && !line.startsWith("#"));
    const read = lines.map((line) => ({ line, fingerprint: fingerprintIn(line) }));
    const bad = read.find(({ fingerprint }) => fingerprint === undefined);
    const [, problem = NEITHER] = (bad && OTHERS.find(([sign]) => sign.test(bad.line))) ?? [];
    return {
        fingerprints: read.flatMap(({ fingerprint }) => fingerprint ?? []),
        problem: bad !== undefined || lines.length === 0 ? problem : undefined,
    };
}

function fingerprintIn(line: string): string | undefined {
    const told = line.replace(/^sha-?256( fingerprint=|:)\s*/i, "");
    if (HEX.test(told)) return told.replaceAll(":", "").toLowerCase();
    return BASE64.test(told) && told !== line ? Buffer.from(told, "base64").toString("hex") : undefined;
}

/** As errors show one, and as it may be written: `SHA256:` and hexadecimal digits with colons, as openssl and browsers show them. */
export const fingerprintText = (hex: string): string => `SHA256:${hex.toUpperCase().replace(/(..)(?!$)/g, "$1:")}`;
