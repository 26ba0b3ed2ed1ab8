import fc from "fast-check";
import { z } from "zod";
import { nearest } from "../../provider/core/text/didYouMean";
import { parsed } from "../../provider/core/text/plainWords";
import { check, describeFailure } from "../../provider/handlers/check";
import { specOf } from "../../provider/resources";
import { fuzzRuns } from "../fuzz";

/** How zod itself begins what it says, and the bounds of its own that are no bounds of ours. */
const OF_ZOD = /: (Invalid|Unrecognized|Too (big|small))|, received |9007199254740991/;

/** What we say where nothing better is known: every schema of a program's inputs has something better. */
const SAYS_NOTHING = /of another type|none of the forms|the required form/;

const VALUES = fc.oneof(
    fc.constantFrom(
        null,
        0,
        -1,
        1e9,
        Number.NaN,
        1.5,
        true,
        "",
        "x",
        "x".repeat(70_000),
        [],
        [""],
        {},
        { env: "" },
        { file: 7 },
        { x: 1 },
        [[]],
    ),
    fc.anything({ maxDepth: 2 }),
);
const BASE = {
    connection: { host: "a", user: "me", proxy: { host: "b", user: "me" } },
    owner: "o",
    namespaces: { "root/x": { requiresEncryption: true } },
    checkAccess: true,
};
const FIELDS = [
    "host",
    "port",
    "user",
    "password",
    "privateKey",
    "privateKeyPassword",
    "agentSocketPath",
    "hostKey",
    "knownHostsFile",
    "dialErrorLimit",
    "perDialTimeout",
];
const PATHS = [
    ...["connection", "owner", "onDelete", "unreachable", "namespaces", "autorecover", "compiler", "evidence", "checkAccess", "other"].map(
        (name) => [name],
    ),
    ...[...FIELDS, "transport", "proxy", "other"].map((name) => ["connection", name]),
    ...[...FIELDS, "other"].map((name) => ["connection", "proxy", name]),
    ...["requiresEncryption", "whenMissing", "definitionMof", "other"].map((name) => ["namespaces", "root/x", name]),
    ["namespaces", "root/x"],
    ["namespaces", "Contoso"],
    ["evidence", "since"],
];

function put(at: unknown, [name = "", ...rest]: readonly string[], value: unknown): unknown {
    const inner = typeof at === "object" && at !== null ? Reflect.get(at, name) : undefined;
    return { ...(typeof at === "object" ? at : {}), [name]: rest.length === 0 ? value : put(inner, rest, value) };
}

test.each(["WmiNamespaceSecurity", "UnsecAppPolicy"])("no wrong input of %s is answered in the words of zod", (name) => {
    fc.assert(
        fc.property(fc.constantFrom(...PATHS), VALUES, (path, value) => {
            const { failures } = check(specOf(name), put(BASE, path, value) as object as Record<string, unknown>, () => false);
            for (const said of failures.map(describeFailure)) {
                expect(said).not.toMatch(OF_ZOD);
                expect(said).not.toMatch(SAYS_NOTHING);
            }
        }),
        fuzzRuns(1000),
    );
});

test.each<[string, z.ZodType, unknown, string]>([
    ["another type", z.string(), 7, "must be text"],
    ["a fraction", z.int(), 1.5, "must be a whole number"],
    ["one of some words", z.enum(["a", "b"]), "c", 'must be "a" or "b"'],
    ["a text that is too long", z.string().max(3), "abcd", "has more than 3 characters, and at most 3 are supported"],
    ["a number that is too large", z.int().max(3), 4, "is more than 3"],
    ["a number that is too small", z.int().min(1), 0, "is less than 1"],
    ["a number beyond all numbers that are held exactly", z.int().max(3), 1e300, "is far more than allowed; is more than 3"],
    ["a negative one", z.int().min(1), -1e300, "is far less than allowed; is less than 1"],
    ["an empty text", z.string().min(1), "", "is empty"],
    ["a long list", z.array(z.int()).max(1), [1, 2], "has more than 1 entries, and at most 1 are supported"],
    [
        "a misspelt field",
        z.strictObject({ requiresEncryption: z.boolean().optional() }),
        { requireEncryption: true },
        'there is no input "requireEncryption" here; did you mean "requiresEncryption"?',
    ],
    ["what a schema says itself", z.string({ error: "must be a name" }), 7, "must be a name"],
])("%s", (_title, schema, value, words) => {
    expect(
        parsed(schema, value)
            .error?.issues.map(({ message }) => message)
            .join("; "),
    ).toBe(words);
});

const CONNECTION = [...FIELDS, "proxy", "transport"];
test.each([
    ["username", "user"],
    ["hostname", "host"],
    ["hots", "host"],
    ["Password", "password"],
    ["private_key", "privateKey"],
    ["privateKeyPasword", "privateKeyPassword"],
    ["passphrase", undefined],
    ["tags", undefined],
    ["hostKeys", "hostKey"],
])("%s is taken for %s", (word, meant) => {
    expect(nearest(word, CONNECTION)).toBe(meant);
});

test("a word is never taken for one that is not known, and a known one for itself", () => {
    fc.assert(
        fc.property(fc.string({ maxLength: 30 }), (word) => {
            expect([undefined, ...CONNECTION]).toContain(nearest(word, CONNECTION));
        }),
        fuzzRuns(300),
    );
    for (const one of CONNECTION) expect(nearest(one, CONNECTION)).toBe(one);
});
