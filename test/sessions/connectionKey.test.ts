import type { Connection } from "../../provider/core/connection";
import { type ConnectionField, connectionFields } from "../../provider/core/connection/fields";
import { connectionKey } from "../../provider/sessions/connectionKey";

const base: Connection = { host: "web-07", user: "svc", password: "CANARY" };
const proxy = { host: "jump", user: "svc", password: "CANARY" };

test.each([
    ["the default port written out", { port: 22 }],
    ["the default transport written out", { transport: "ssh" }],
    ["another case of the name", { host: "WEB-07" }],
    ["another patience", { dialErrorLimit: 9, perDialTimeout: 99 }],
] as [string, Partial<Connection>][])("%s is the same session", (_name, more) =>
    expect(connectionKey({ ...base, ...more })).toBe(connectionKey(base)),
);

test.each([
    ["host", { host: "web-08" }],
    ["port", { port: 2222 }],
    ["user", { user: "other" }],
    ["password", { password: "other" }],
    ["place of the password", { password: { env: "PW" } }],
    ["another place of the password", { password: { env: "PW2" } }],
    ["private key", { privateKey: "key" }],
    ["private key's password", { privateKeyPassword: "key" }],
    ["agent", { agentSocketPath: "/agent" }],
    ["trust", { hostKey: "insecure-accept-any" }],
    ["known_hosts file", { knownHostsFile: "insecure-accept-any" }],
    ["jump host", { proxy }],
    ["jump host's password", { proxy: { ...proxy, password: "other" } }],
] as [string, Partial<Connection>][])("another %s is another session", (_name, more) => {
    const keys = [base, { ...base, proxy: { ...proxy, password: "x" } }].map(connectionKey);
    expect(keys).not.toContain(connectionKey({ ...base, ...more }));
});

/** A new field does not compile without its line here. */
const ANOTHER: { readonly [F in ConnectionField]: NonNullable<Connection[F]> } = {
    host: "web-08",
    port: 2222,
    user: "other",
    password: "other",
    privateKey: "key",
    privateKeyPassword: "key",
    agentSocketPath: "/agent",
    hostKey: "insecure-accept-any",
    knownHostsFile: "/known",
    dialErrorLimit: 9,
    perDialTimeout: 99,
    transport: "openssh",
    proxy,
    scheme: "http",
    authentication: "ntlm",
    serverCertificate: "insecure-accept-any",
    caCertificates: "-----BEGIN CERTIFICATE-----",
    caFile: "/ca",
    serverName: "web-08",
    clientCertificate: "certificate",
    servicePrincipal: "HTTP/web-08",
    path: "other",
};

test.each(connectionFields)("%s makes another session, unless it only sets a timeout or a number of tries", (field, facts) => {
    const isSame = connectionKey({ ...base, [field]: ANOTHER[field] }) === connectionKey(base);
    expect(isSame).toBe(facts.class === "patience");
});

test("a known_hosts file does not count if a host key is given", () => {
    const pinned = { ...base, hostKey: "SHA256:x" };
    expect(connectionKey({ ...pinned, knownHostsFile: "/known" })).toBe(connectionKey(pinned));
});

test("to the system's ssh the default port is its configuration's, and not 22", () => {
    const { password: _, ...openssh }: Connection = { ...base, transport: "openssh" };
    expect(connectionKey({ ...openssh, port: 22 })).not.toBe(connectionKey(openssh));
    expect(connectionKey({ ...openssh, perDialTimeout: 1 })).toBe(connectionKey(openssh));
    expect(connectionKey(openssh)).not.toBe(connectionKey({ ...openssh, transport: "ssh" }));
});

test("over WinRM the default port follows the scheme, and a fingerprint is the same in any notation", () => {
    const winrm: Connection = { ...base, transport: "winrm" };
    expect(connectionKey({ ...winrm, port: 5986, scheme: "https", authentication: "negotiate", path: "/wsman" })).toBe(
        connectionKey(winrm),
    );
    expect(connectionKey({ ...winrm, scheme: "http", port: 5985 })).toBe(connectionKey({ ...winrm, scheme: "http" }));
    expect(connectionKey({ ...winrm, port: 5985 })).not.toBe(connectionKey(winrm));
    const hex = "ab".repeat(32);
    const base64 = `SHA256:${Buffer.from(hex, "hex").toString("base64").replace("=", "")}`;
    expect(connectionKey({ ...winrm, serverCertificate: hex })).toBe(connectionKey({ ...winrm, serverCertificate: [base64] }));
});

test("brackets around an IPv6 address make no difference", () =>
    expect(connectionKey({ ...base, host: "[::1]" })).toBe(connectionKey({ ...base, host: "::1" })));

test("a key shows nothing", () => {
    expect(connectionKey({ ...base, proxy })).toMatch(/^[0-9a-f]{64}$/);
});
