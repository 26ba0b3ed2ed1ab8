import { createHmac, randomBytes } from "node:crypto";
import fc from "fast-check";
import { findKnownHosts, knownHostsName, matchesHost } from "../../provider/sessions/knownHosts";
import { decodeKey } from "../../provider/sessions/publicKey";
import { fuzzRuns } from "../fuzz";
import { newKey } from "./sshServer";

const key = newKey();
const [type = "", base64 = ""] = key.line.split(" ");
const hashed = (name: string, salt = randomBytes(20)) =>
    `|1|${salt.toString("base64")}|${createHmac("sha1", salt).update(name).digest("base64")}`;

const label = fc.stringMatching(/^[a-z][a-z0-9-]{0,10}$/);
const hostName = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join("."));
const port = fc.integer({ min: 1, max: 65535 });
const anyCase = (text: string) => fc.mixedCase(fc.constant(text));

test("a host is found by its name and port in any case, plain or hashed, alone or in a list", () => {
    fc.assert(
        fc.property(
            hostName.chain((name) => fc.tuple(fc.constant(name), anyCase(name))),
            port,
            fc.array(hostName, { maxLength: 3 }),
            fc.boolean(),
            ([name, typed], at, others, isHashed) => {
                const entry = at === 22 ? name : `[${name}]:${at}`;
                const hosts = isHashed ? hashed(entry) : [...others, entry].join(",");
                const found = findKnownHosts([`${hosts} ${key.line} somebody@somewhere`], knownHostsName(typed, at));
                expect(found).toEqual([{ line: 1, marker: "none", type, key: key.parsed.getPublicSSH() }]);
            },
        ),
        fuzzRuns(),
    );
});

test("a host is not found by another name or port", () => {
    fc.assert(
        fc.property(hostName, hostName, port, port, fc.boolean(), (name, other, at, otherPort, isHashed) => {
            fc.pre(name !== other || at !== otherPort);
            const entry = knownHostsName(name, at);
            expect(findKnownHosts([`${isHashed ? hashed(entry) : entry} ${key.line}`], knownHostsName(other, otherPort))).toEqual([]);
        }),
        fuzzRuns(),
    );
});

test("a name's pattern matches it whatever letters are replaced by wildcards, and a negated one never does", () => {
    fc.assert(
        fc.property(hostName, fc.infiniteStream(fc.constantFrom("", "", "?", "*")), (name, wildcards) => {
            const pattern = [...name].map((letter) => wildcards.next().value || letter).join("");
            expect(matchesHost(pattern, name)).toBe(true);
            expect(matchesHost(`*,!${pattern}`, name)).toBe(false);
        }),
        fuzzRuns(),
    );
});

test("no text makes the parser fail, and what it finds is a key of the type it says", () => {
    const word = fc.oneof(
        fc.string(),
        fc.constantFrom("web-07", "*", "@revoked", "@cert-authority", type, base64, "ssh-rsa", "#", "|1|", "!"),
    );
    const text = fc.array(fc.array(word).map((words) => words.join(" ")));
    fc.assert(
        fc.property(text, (content) => {
            for (const found of findKnownHosts(content, "web-07"))
                expect(decodeKey(found.type, found.key.toString("base64"))).toEqual(found.key);
        }),
        fuzzRuns(),
    );
});

test("a key that was cut short anywhere, or carries another type's name, is no key", () => {
    fc.assert(
        fc.property(fc.integer({ min: 0, max: base64.length - 1 }), (length) => {
            expect(decodeKey(type, base64.slice(0, length))).toBeUndefined();
        }),
        fuzzRuns(),
    );
    expect(decodeKey("ecdsa-sha2-nistp256", base64)).toBeUndefined();
});

test("comments, blank and broken lines are skipped and counted; markers are told", () => {
    const file = [
        "# web-07 is the old one",
        "",
        "web-07",
        "web-07 ssh-ed25519",
        "web-07 ssh-ed25519 not!base64",
        "web-07 2048 65537 123456789",
        `@unknown web-07 ${key.line}`,
        `  web-07\t${key.line.replace(" ", "\t")}\r`,
        `@revoked web-* ${key.line}`,
        `@cert-authority *.contoso.test,web-07 ${key.line} ca`,
    ];
    expect(findKnownHosts(file, "web-07").map(({ line, marker }) => [line, marker])).toEqual([
        [8, "none"],
        [9, "revoked"],
        [10, "cert-authority"],
    ]);
});

test.each([
    ["*.contoso.test", "web-07.contoso.test", true],
    ["*.contoso.test", "contoso.test", false],
    ["web-0?", "web-07", true],
    ["web-0?", "web-071", false],
    ["web.07", "webx07", false],
    ["!web-07,web-*", "web-07", false],
    ["!web-08,web-*", "web-07", true],
    ["!web-08", "web-07", false],
    ["10.0.0.*", "10.0.0.7", true],
    ["[web-07]:*", "[web-07]:2222", true],
    ["fe80::1%eth0", "fe80::1%eth0", true],
    ["|1|broken", "web-07", false],
    ["|2|aaaa|bbbb", "web-07", false],
    ["*a*b*", "xxaxxbxx", true],
    ["*a*b", "xxaxxbxx", false],
    ["web*7*", "web-07", true],
    ["**", "web-07", true],
    ["", "web-07", false],
    ["web-07*", "web-07", true],
    ["web-07?", "web-07", false],
])("%s for %s: %s", (pattern, name, expected) => expect(matchesHost(pattern, name)).toBe(expected));

test("a pattern's stars, however many, are matched without a search that grows with each of them", () => {
    const name = `${"a".repeat(250)}b`;
    expect(matchesHost(`${"*a".repeat(2000)}`, name)).toBe(false);
    expect(matchesHost(`${"*a".repeat(100)}*c`, name)).toBe(false);
    expect(matchesHost(`!${"*a".repeat(100)}*c,${"*a".repeat(100)}*b`, name)).toBe(true);
});

test("a pattern matches exactly what a regular expression of the same meaning does", () => {
    const sign = fc.constantFrom("a", "b", ".", "*", "?");
    const pattern = fc.array(sign, { minLength: 1, maxLength: 8 }).map((signs) => signs.join(""));
    const name = fc.array(fc.constantFrom("a", "b", "."), { minLength: 1, maxLength: 8 }).map((signs) => signs.join(""));
    fc.assert(
        fc.property(pattern, name, (pattern, name) => {
            const body = pattern.replaceAll(".", "\\.").replaceAll("?", ".").replaceAll("*", ".*");
            expect(matchesHost(pattern, name)).toBe(new RegExp(`^${body}$`).test(name));
        }),
        fuzzRuns(),
    );
});

test("IPv6 addresses stand bare, or in brackets with a port", () => {
    expect(knownHostsName("[::1]", 22)).toBe("::1");
    expect(knownHostsName("[::1]", 2222)).toBe("[::1]:2222");
    expect(knownHostsName("::1", 2222)).toBe("[::1]:2222");
});
