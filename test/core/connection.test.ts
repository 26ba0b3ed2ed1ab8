import { connectionSchema, describeConnection, INSECURE_ACCEPT_ANY } from "../../provider/core/connection";
import { describeSource } from "../../provider/core/secretRef";

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
