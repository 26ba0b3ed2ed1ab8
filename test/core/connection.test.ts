import { connectionSchema, describeConnection, INSECURE_ACCEPT_ANY } from "../../provider/core/connection";
import { describeSource } from "../../provider/core/connection/secretRef";

const base = { host: "web-07.contoso.test", user: "CONTOSO\\svc" };
const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIlS9ycNlqzz4bhEcU7z1ClpNmFoOlM5bK3PrZJN7lWA";
const FINGERPRINT = "SHA256:nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8";

test.each([
    ["the least", {}],
    ["a key line", { hostKey: KEY }],
    ["a key line with a comment", { hostKey: `${KEY} web-07` }],
    ["a known_hosts line", { hostKey: `web-07 ${KEY}` }],
    ["a fingerprint", { hostKey: FINGERPRINT }],
    ["several", { hostKey: [KEY, FINGERPRINT] }],
    ["what ssh-keyscan prints", { hostKey: `# web-07:22 SSH-2.0-OpenSSH_for_Windows_9.5\r\nweb-07 ${KEY}\r\nweb-07 ${KEY}\r\n` }],
    ["a name with a port", { hostKey: `[10.0.0.7]:2222 ${KEY}` }],
    ["a list of names", { hostKey: `web-07,[web-07.contoso.test]:2222,10.0.0.7 ${KEY}` }],
    ["an IPv6 address", { hostKey: `fe80::1%eth0 ${KEY}` }],
    ["a hashed name", { hostKey: `|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg= ${KEY}` }],
    [
        "what ssh-keygen -lf prints",
        { hostKey: `256 ${FINGERPRINT} root@web-07 and more (ED25519)\n3072 ${FINGERPRINT} no comment (RSA)\n` },
    ],
    ["a fingerprint as our own errors show it", { hostKey: `ssh-ed25519 ${FINGERPRINT}` }],
    ["a fingerprint as ssh asks about it", { hostKey: `ED25519 key fingerprint is ${FINGERPRINT}.` }],
    ["tabs, and spaces at both ends", { hostKey: `  web-07\t${KEY.replace(" ", "\t")}  ` }],
    ["several, each as it was printed", { hostKey: [`web-07 ${KEY}\nweb-08 ${KEY}`, `256 ${FINGERPRINT} x (ED25519)`] }],
    ["the loud way out", { hostKey: INSECURE_ACCEPT_ANY }],
    ["IPv6", { host: "[fe80::1%eth0]" }],
    ["references", { password: { env: "P" }, privateKey: { file: "~/.ssh/id" }, privateKeyPassword: { command: ["vault", "read"] } }],
    ["patience", { dialErrorLimit: -1, perDialTimeout: 0 }],
    ["a jump host", { proxy: { host: "jump", user: "me", hostKey: KEY } }],
])("accepted: %s", (_title, more) => {
    expect(connectionSchema.safeParse({ ...base, ...more }).error).toBeUndefined();
});

test.each([
    ["no user", { user: undefined }, "user"],
    ["a URL for a host", { host: "https://web-07" }, "host"],
    ["an option for a host", { host: "web 07 -oProxyCommand=x" }, "host"],
    ["a port that is none", { port: 70_000 }, "port"],
    ["a host key that is none", { hostKey: "AAAA" }, "hostKey"],
    ["the loud way out among keys", { hostKey: [KEY, INSECURE_ACCEPT_ANY] }, "hostKey"],
    ["no host key among several", { hostKey: [] }, "hostKey"],
    ["a transport that is none", { transport: "telnet" }, "transport"],
    ["two places of a secret", { password: { env: "P", file: "f" } }, "password"],
    ["a variable's name that is none", { password: { env: "A=B" } }, "password"],
    ["an empty command", { password: { command: [] } }, "password"],
    ["a jump host behind a jump host", { proxy: { ...base, proxy: base } }, "proxy"],
    ["a misspelt field", { hostkey: KEY }, ""],
])("refused: %s", (_title, more, path) => {
    const { error } = connectionSchema.safeParse({ ...base, ...more });
    expect(error?.issues.map((issue) => String(issue.path[0] ?? ""))).toEqual([path]);
});

test.each([
    [
        "an MD5 fingerprint",
        "256 MD5:16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48 web-07 (ED25519)",
        /MD5 fingerprint.*use the SHA256 one/,
    ],
    ["one as old versions print it", "2048 16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48 web-07 (RSA)", /MD5 fingerprint/],
    ["a SHA512 fingerprint", "256 SHA512:AAAA web-07 (ED25519)", /not SHA256/],
    ["a fingerprint that is cut short", FINGERPRINT.slice(0, -3), /cut short or damaged/],
    ["a line of known_hosts that revokes", `@revoked * ${KEY}`, /marker \(@revoked, @cert-authority\)/],
    ["a certificate authority", `@cert-authority *.contoso.test ${KEY}`, /marker/],
    ["a marker without a name", `@revoked ${KEY}`, /marker/],
    ["a host certificate", "web-07 ssh-ed25519-cert-v01@openssh.com AAAA", /host certificate.*transport "openssh"/],
    ["a record for DNS", "web-07 IN SSHFP 4 2 0123456789abcdef", /DNS record/],
    ["a DSA key", "web-07 ssh-dss AAAA", /DSA/],
    ["a type without its key", "web-07 ssh-ed25519", /cut short/],
    ["comments alone", "# web-07:22 SSH-2.0-OpenSSH_9.5\n", /has no key/],
    ["a private key", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----", /part of a key file/],
    ["one bad line among good ones", `${KEY}\nnonsense`, /^is neither/],
    ["the loud way out on a line", `${KEY}\n${INSECURE_ACCEPT_ANY}`, /can't combine/],
])("a hostKey that is %s is named as that, and not shown", (_title, hostKey, words) => {
    for (const given of [hostKey, [KEY, hostKey]]) {
        const { error } = connectionSchema.safeParse({ ...base, hostKey: given });
        expect(error?.issues).toHaveLength(1);
        expect(error?.issues[0]?.message).toMatch(words);
        expect(error?.issues[0]?.message).not.toContain("AAAAC3NzaC1lZDI1NTE5");
    }
});

describe("what the program ssh can't be told", () => {
    const openssh = { ...base, transport: "openssh" };

    test.each([
        ["the least", {}],
        ["a key's file", { privateKey: { file: "~/.ssh/fleet key" } }],
        ["a key's file on Windows", { privateKey: { file: "C:\\keys\\fleet" } }],
        ["an agent", { agentSocketPath: "/run/user/1000/agent" }],
        ["key lines", { hostKey: [KEY, `web-07 ${KEY} comment`] }],
        ["the loud way out", { hostKey: INSECURE_ACCEPT_ANY }],
        ["a computer's account", { user: "CONTOSO\\web-01$" }],
        ["a user at a domain", { user: "J\u00f6rg Svc@contoso.test" }],
        ["IPv6", { host: "[fe80::1%eth0]" }],
    ])("accepted: %s", (_title, more) => {
        expect(connectionSchema.safeParse({ ...openssh, ...more }).error).toBeUndefined();
    });

    const PATH = /means something else to ssh/;
    test.each<[string, object, string, RegExp]>([
        ["a password", { password: "canary" }, "password", /a key, an SSH agent or Kerberos/],
        ["a key's text", { privateKey: "canary" }, "privateKey", /\{ file: PATH \}/],
        ["a key in the environment", { privateKey: { env: "canary" } }, "privateKey", /\{ file: PATH \}/],
        ["a key from a program", { privateKey: { command: ["canary"] } }, "privateKey", /\{ file: PATH \}/],
        ["a key's password", { privateKey: { file: "x" }, privateKeyPassword: "canary" }, "privateKeyPassword", /ssh-add/],
        ["a fingerprint", { hostKey: FINGERPRINT }, "hostKey", /public key's line/],
        ["a fingerprint among keys", { hostKey: [KEY, FINGERPRINT] }, "hostKey", /public key's line/],
        ["what ssh-keygen -lf prints", { hostKey: `256 ${FINGERPRINT} web-07 (ED25519)` }, "hostKey", /public key's line/],
        ["a jump host", { proxy: { host: "canary", user: "me" } }, "proxy", /ProxyJump for this host in ~\/.ssh\/config/],
        ["an option for a host", { host: "-canary" }, "host", /takes? it for an option/],
        ["an option in brackets for a host", { host: "[-canary]" }, "host", /takes? it for an option/],
        ["an option behind a user", { user: "me -oProxyCommand=canary" }, "user", /does not accept in a user name/],
        ["an option for a user", { user: "-canary" }, "user", /does not accept in a user name/],
        ["a command for a user", { user: "$(canary)" }, "user", /does not accept in a user name/],
        ["a user with an end that escapes", { user: "canary\\" }, "user", /does not accept in a user name/],
        ["a path with a quote", { privateKey: { file: 'canary"' } }, "privateKey", PATH],
        ["a path with a variable", { agentSocketPath: `/${"$"}{canary}` }, "agentSocketPath", PATH],
        ["a path that is a variable", { agentSocketPath: "$canary" }, "agentSocketPath", PATH],
        ["a path with a token", { knownHostsFile: "/canary%d" }, "knownHostsFile", PATH],
    ])("refused, with what to write instead: %s", (_title, more, path, text) => {
        const { error } = connectionSchema.safeParse({ ...openssh, ...more });
        expect(error?.issues.map((issue) => issue.path.join("."))).toEqual([path]);
        expect(error?.issues[0]?.message).toMatch(text);
        expect(error?.issues[0]?.message).not.toContain("canary");
        if (path !== "host") expect(connectionSchema.safeParse({ ...base, ...more }).error).toBeUndefined();
    });
});

describe("what WinRM can't be told", () => {
    const winrm = { host: "web-07", user: "CONTOSO\\svc", transport: "winrm" };
    const ntlm = { ...winrm, password: "canary" };
    const certificate = { authentication: "certificate", clientCertificate: { file: "me.pem" }, privateKey: { file: "me.key" } };
    const PEM = "-----BEGIN CERTIFICATE-----\ncanary\n-----END CERTIFICATE-----";
    const HEX = "AB".repeat(32);

    test.each<[string, object]>([
        ["the least: a ticket", winrm],
        ["a password", ntlm],
        ["a password over HTTP, which NTLM seals", { ...ntlm, scheme: "http" }],
        ["a ticket over HTTP, which Kerberos seals", { ...winrm, scheme: "http", authentication: "kerberos" }],
        ["basic", { ...ntlm, authentication: "basic" }],
        ["a certificate", { ...winrm, ...certificate, privateKeyPassword: { env: "PW" } }],
        ["a fingerprint", { ...ntlm, serverCertificate: HEX }],
        [
            "fingerprints with colons, in base64, as openssl prints it",
            {
                ...ntlm,
                serverCertificate: [
                    HEX.replace(/(..)(?!$)/g, "$1:"),
                    `SHA256:${"A".repeat(43)}=`,
                    `sha256 Fingerprint=${HEX.replace(/(..)(?!$)/g, "$1:")}`,
                ],
            },
        ],
        ["the loud way out", { ...ntlm, serverCertificate: INSECURE_ACCEPT_ANY }],
        ["an authority", { ...ntlm, caCertificates: PEM, serverName: "web-07.contoso.test" }],
        ["an authority's file", { ...ntlm, caFile: "~/ca.pem" }],
        ["a service", { ...winrm, host: "10.0.0.7", servicePrincipal: "WSMAN/web-07.contoso.test@CONTOSO.TEST" }],
        ["an address with NTLM", { ...ntlm, host: "10.0.0.7" }],
        ["users", { ...ntlm, user: "svc@contoso.test" }],
        ["another path", { ...ntlm, path: "/a/wsman" }],
    ])("accepted: %s", (_title, given) => {
        expect(connectionSchema.safeParse(given).error).toBeUndefined();
    });

    test.each<[string, object, string, RegExp]>([
        ["a jump host", { ...ntlm, proxy: { host: "canary", user: "me" } }, "proxy", /takes jump hosts/],
        ["an SSH key of the host", { ...ntlm, hostKey: FINGERPRINT }, "hostKey", /serverCertificate/],
        ["a known_hosts file", { ...ntlm, knownHostsFile: "canary" }, "knownHostsFile", /serverCertificate/],
        ["an SSH agent", { ...ntlm, agentSocketPath: "canary" }, "agentSocketPath", /no SSH agent/],
        ["basic over HTTP", { ...ntlm, authentication: "basic", scheme: "http" }, "scheme", /needs HTTPS/],
        ["a certificate over HTTP", { ...winrm, ...certificate, scheme: "http" }, "scheme", /needs HTTPS/],
        ["a pin over HTTP", { ...ntlm, scheme: "http", serverCertificate: HEX }, "serverCertificate", /for HTTPS/],
        ["an authority over HTTP", { ...ntlm, scheme: "http", caCertificates: PEM }, "caCertificates", /for HTTPS/],
        ["an authority's file over HTTP", { ...ntlm, scheme: "http", caFile: "canary" }, "caFile", /for HTTPS/],
        ["a certificate's name over HTTP", { ...ntlm, scheme: "http", serverName: "canary" }, "serverName", /for HTTPS/],
        ["NTLM without a password", { ...winrm, authentication: "ntlm" }, "authentication", /needs a password/],
        ["basic without a password", { ...winrm, authentication: "basic" }, "authentication", /needs a password/],
        ["Kerberos with a password", { ...ntlm, authentication: "kerberos" }, "password", /leave password out/],
        ["a certificate with a password", { ...ntlm, ...certificate }, "password", /leave it out/],
        [
            "a certificate without a key",
            { ...winrm, ...certificate, privateKey: undefined },
            "authentication",
            /clientCertificate and privateKey/,
        ],
        [
            "a key without a certificate",
            { ...winrm, ...certificate, clientCertificate: undefined },
            "authentication",
            /clientCertificate and privateKey/,
        ],
        ["a key for NTLM", { ...ntlm, privateKey: "canary" }, "privateKey", /"certificate"/],
        ["a certificate for NTLM", { ...ntlm, clientCertificate: "canary" }, "clientCertificate", /"certificate"/],
        ["a key's password for NTLM", { ...ntlm, privateKeyPassword: "canary" }, "privateKeyPassword", /"certificate"/],
        [
            "a service for basic",
            { ...ntlm, authentication: "basic", servicePrincipal: "HTTP/canary" },
            "servicePrincipal",
            /names no service/,
        ],
        ["an address for a ticket", { ...winrm, host: "[::1]" }, "host", /knows hosts by name/],
        ["a domain without a user", { ...ntlm, user: "canary\\" }, "user", /has no name/],
        ["a user that is only a domain", { ...ntlm, user: "@canary" }, "user", /has no name/],
        ["a SHA-1 thumbprint", { ...ntlm, serverCertificate: "CA".repeat(20) }, "serverCertificate", /SHA-1 thumbprint/],
        ["a certificate for a fingerprint", { ...ntlm, serverCertificate: PEM }, "serverCertificate", /caCertificates/],
        ["base64 without a word", { ...ntlm, serverCertificate: "A".repeat(43) }, "serverCertificate", /no SHA-256 fingerprint/],
        ["nothing for a fingerprint", { ...ntlm, serverCertificate: " " }, "serverCertificate", /no SHA-256 fingerprint/],
        [
            "the loud way out beside a fingerprint",
            { ...ntlm, serverCertificate: [HEX, INSECURE_ACCEPT_ANY] },
            "serverCertificate",
            /stands alone/,
        ],
        ["a path for an authority", { ...ntlm, caCertificates: "/canary.pem" }, "caCertificates", /caFile/],
        ["a service that is a name", { ...winrm, servicePrincipal: "canary" }, "servicePrincipal", /HTTP\/NAME/],
        ["a path with a query", { ...ntlm, path: "wsman?canary" }, "path", /no path/],
        ["another scheme", { ...ntlm, scheme: "canary" }, "scheme", /https/],
        ["CredSSP", { ...ntlm, authentication: "credssp" }, "authentication", /negotiate/],
    ])("refused, with what to write instead: %s", (_title, given, path, text) => {
        const { error } = connectionSchema.safeParse(given);
        expect(error?.issues.map((issue) => issue.path.join("."))).toEqual([path]);
        expect(error?.issues[0]?.message).toMatch(text);
        expect(error?.issues[0]?.message).not.toContain("canary");
    });

    test.each([
        "scheme",
        "authentication",
        "serverCertificate",
        "caCertificates",
        "caFile",
        "serverName",
        "clientCertificate",
        "servicePrincipal",
        "path",
    ])("SSH takes no %s", (field) => {
        const given = { scheme: "https", authentication: "ntlm", serverCertificate: HEX, caCertificates: PEM, servicePrincipal: "HTTP/x" };
        for (const transport of ["ssh", "openssh"]) {
            const { error } = connectionSchema.safeParse({ ...base, transport, [field]: Reflect.get(given, field) ?? "x" });
            expect(error?.issues.map((issue) => [issue.path.join("."), issue.message])).toEqual([[field, 'is for transport "winrm"']]);
        }
    });

    test("describes a connection over WinRM", () => {
        expect(describeConnection({ ...ntlm, transport: "winrm" })).toBe("as CONTOSO\\svc over WinRM (https, negotiate) to web-07:5986");
        expect(describeConnection({ ...ntlm, transport: "winrm", scheme: "http", authentication: "ntlm", port: 80 })).toBe(
            "as CONTOSO\\svc over WinRM (http, ntlm) to web-07:80",
        );
    });
});

test.each(["[]", "[-F", "[web-07", "web-07]", "[[::1]]", "a[b]"])(
    "%s is no host: brackets stand around an address, both or none",
    (host) => {
        for (const transport of ["ssh", "openssh"])
            expect(connectionSchema.safeParse({ ...base, host, transport }).error?.issues.map(({ path }) => path)).toEqual([["host"]]);
    },
);

test("a program's argument with a NUL in it, which no program can be given, is refused without being shown", () => {
    const { error } = connectionSchema.safeParse({ ...base, password: { command: ["vault", "canary\0"] } });
    expect(error?.issues.map(({ path }) => path[0])).toEqual(["password"]);
    expect(JSON.stringify(error?.issues)).not.toContain("canary");
});

test("no refusal holds the value that it refuses", () => {
    const { error } = connectionSchema.safeParse({
        ...base,
        hostKey: "canary",
        password: 7,
        privateKey: { env: "canary=" },
        port: "canary",
    });
    expect(error?.issues).toHaveLength(4);
    expect(JSON.stringify(error?.issues.map(({ message }) => message))).not.toContain("canary");
});

test("descriptions name places and servers, never secrets", () => {
    expect(describeConnection({ ...base, password: "canary", proxy: { host: "jump", user: "me", port: 2222 } })).toBe(
        "as CONTOSO\\svc over ssh to web-07.contoso.test:22 by way of jump:2222",
    );
    expect(describeSource("canary")).toBe("a value given inline");
    expect(describeSource({ command: ["vault", "read", "canary"] })).toBe("output of vault");
});
