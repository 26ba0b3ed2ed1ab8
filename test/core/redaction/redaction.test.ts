import fc from "fast-check";
import { Redaction, SHORTEST_IN_NAME } from "../../../provider/core/redaction";
import { fuzzRuns } from "../../fuzz";

function knowing(...secrets: string[]): Redaction {
    const redaction = new Redaction();
    for (const secret of secrets) redaction.add(secret);
    return redaction;
}

const hex = (bytes: Buffer, between = "") => bytes.toString("hex").replace(/(..)(?!$)/g, `$1${between}`);
const utf16 = (text: string) => Buffer.from(text, "utf16le");
const asciiJson = (text: string) =>
    JSON.stringify(text)
        .slice(1, -1)
        .replace(/[^\x20-\x7e]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`);
const entities = (text: string) => [...text].map((one) => `&#${one.codePointAt(0)};`).join("");
const markup = (text: string) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/"/g, "&quot;");
const clixml = (text: string) => markup(text).replace(/_(?=x)/g, "_x005F_");

/** Ways in which a host, or a program on it, may write what it was told. */
const FORMS: readonly (readonly [string, (secret: string) => string])[] = [
    ["as it is", (secret) => secret],
    ["in lower case", (secret) => secret.toLowerCase()],
    ["in upper case", (secret) => secret.toUpperCase()],
    ["JSON", asciiJson],
    ["JSON in JSON", (secret) => asciiJson(asciiJson(secret))],
    ["JSON in JSON in JSON", (secret) => asciiJson(asciiJson(asciiJson(secret)))],
    ["JSON of Windows PowerShell", (secret) => asciiJson(secret).replace(/[<>&']/g, (one) => `\\u00${one.charCodeAt(0).toString(16)}`)],
    ["a URL", encodeURIComponent],
    ["a form's field", (secret) => encodeURIComponent(secret).replace(/%20/g, "+")],
    ["a URL, all of it escaped", (secret) => hex(Buffer.from(secret), "%").replace(/^/, "%")],
    ["HTML", markup],
    ["HTML's numbers", entities],
    ["CLIXML", clixml],
    ["hex", (secret) => hex(Buffer.from(secret))],
    ["hex pairs", (secret) => hex(Buffer.from(secret), "-").toUpperCase()],
    ["hex with 0x", (secret) => `0x${hex(Buffer.from(secret), ", 0x")}`],
    ["hex of UTF-16", (secret) => hex(utf16(secret), " ")],
    ["base64", (secret) => Buffer.from(secret).toString("base64")],
    ["base64 within base64's text", (secret) => Buffer.from(`ab${secret}c`).toString("base64")],
    ["base64 of UTF-16", (secret) => utf16(`-p ${secret} `).toString("base64")],
    ["base64 for URLs", (secret) => Buffer.from(`x${secret}`).toString("base64url")],
    [
        "base64 on several lines",
        (secret) =>
            Buffer.from(secret.repeat(3))
                .toString("base64")
                .replace(/(.{20})/g, "$1\r\n"),
    ],
    ["bytes of UTF-8", (secret) => Buffer.from(secret).toString("latin1")],
    ["bytes of UTF-16", (secret) => utf16(secret).toString("latin1")],
    ["bytes of UTF-16, big-endian", (secret) => utf16(secret).swap16().toString("latin1")],
    ["with accents taken apart", (secret) => secret.normalize("NFD")],
    ["bytes of UTF-8 of that", (secret) => Buffer.from(secret.normalize("NFD")).toString("latin1")],
    ["wrapped by a console", (secret) => secret.replace(/(.{3})/gu, "$1\r\n")],
];

/** Nothing of a secret that is longer than this may be left. */
const REST = 3;
const partsOf = (text: string) => Array.from({ length: Math.max(text.length - REST, 0) }, (_, at) => text.slice(at, at + REST + 1));

const SECRETS = [
    "CANARY-Pa55-word-hunter2",
    "CANARY\"Pa55\\word'&<x>",
    "Pässwört-CANARY-ß9",
    "пароль-CANARY",
    "密码-Sécret 7%41+_x",
    "hunter2x",
];

/** What `FORMS` puts around a secret may stay. */
const isContext = (part: string, what: string) => [...(CONTEXT[what] ?? [])].some((text) => text.includes(part));
const CONTEXT: Readonly<Record<string, readonly string[]>> = {
    "base64 within base64's text": ["YWI", "Yw=="],
    "base64 of UTF-16": [utf16("-p ").toString("base64"), "AIAA=", "gAA==", "AgAA=="],
};

describe.each(FORMS)("%s", (what, form) => {
    test.each(SECRETS)("of %j is taken out, wherever it stands", (secret) => {
        const said = form(secret);
        for (const [before, after] of [
            ["", ""],
            ["** ", " **"],
            ["\u001b[31m", "."],
            ["(", ")"],
        ]) {
            const told = knowing(secret).text(`${before}${said}${after}`);
            expect(told).toContain("[secret]");
            const left = told.replaceAll("[secret]", "").replace(/(\W?00)+(?=\W*$)/, "");
            expect(partsOf(said).filter((part) => left.includes(part) && !isContext(part, what))).toEqual([]);
            expect(knowing(secret).text(told)).toBe(told);
        }
    });
});

test("any secret is taken out in any of these forms, and what stands around it stays", () => {
    const secret = fc
        .string({ unit: "binary-ascii", minLength: 6, maxLength: 40 })
        .filter((text) => text.replace(/\p{Cc}/gu, "").trim().length >= 6);
    fc.assert(
        fc.property(fc.array(secret, { minLength: 1, maxLength: 4 }), fc.constantFrom(...FORMS), fc.nat(), (secrets, [, form], pick) => {
            const said = form(secrets[pick % secrets.length] ?? "");
            const told = knowing(...secrets).text(`see <\n${said}\n> there`);
            expect(told).toContain("[secret]");
            expect(told.startsWith("see <")).toBe(true);
            expect(told.endsWith("> there")).toBe(true);
            if (said.trim().length > 5) expect(told).not.toContain(said);
        }),
        fuzzRuns(400),
    );
});

test("a code page of a console hides no secret, nor do wrong or missing letters", () => {
    const redaction = knowing("Pässwört-CANARY-ß9", "пароль", "äöüßÄÖÜ");
    const pages: Record<string, string> = {
        "437 and 850": "P\x84ssw\x94rt-CANARY-\xe19",
        1252: "P\xe4ssw\xf6rt-CANARY-\xdf9",
        "UTF-8 taken for 850 and written as UTF-8": Buffer.from("P├ñssw├Ârt-CANARY-├ƒ9").toString("latin1"),
        "UTF-8 taken for 1252": "PÃ¤sswÃ¶rt-CANARY-ÃŸ9",
        "question marks": "P?ssw?rt-CANARY-?9",
        "replacement characters": "P\ufffd\ufffdssw\ufffd\ufffdrt-CANARY-\ufffd\ufffd9",
        "letters without their accents": "Passwort-CANARY-ss9",
        866: "\xaf\xa0\xe0\xae\xab\xec",
        1251: "\xef\xe0\xf0\xee\xeb\xfc",
        "850, letters alone": "\x84\x94\x81\xe1\x8e\x99\x9a",
    };
    for (const [page, said] of Object.entries(pages)) expect([page, redaction.text(`it is ${said}.`)]).toEqual([page, "it is [secret]."]);
});

test("takes out what it knows, everywhere, the longest first", () => {
    expect(knowing("hunter", "hunter2-long").text("it was hunter2-long, not hunter; hunter2-long")).toBe(
        "it was [secret], not [secret]; [secret]",
    );
});

test("takes out single lines of a key, and leaves what is too short to be told from words", () => {
    const redaction = knowing("-----BEGIN KEY-----\nAAAAB3NzaC1yc2EAAAADAQABAAABgQ\nabc\n-----END KEY-----", "abc");
    expect(redaction.text("abc: AAAAB3NzaC1yc2EAAAADAQABAAABgQ! of a -----BEGIN KEY-----")).toBe("abc: [secret]! of a -----BEGIN KEY-----");
});

test("a key is taken out whole with its line breaks escaped", () => {
    const key = `-----BEGIN KEY-----\n${"AAAAB3NzaC1yc2EAAAADAQABAAABgQ\n".repeat(3)}-----END KEY-----\n`;
    expect(knowing(key).text(`{"key":${JSON.stringify(key)}}`)).toMatch(/^\{"key":"\[secret\](\\n)?"\}$/);
});

test("text without a secret stays as it is", () => {
    const redaction = knowing("CANARY-Pa55-word", "Pässwört-CANARY");
    fc.assert(
        fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
            expect(redaction.text(text)).toBe(text);
        }),
        fuzzRuns(),
    );
});

test("where a host cut its text, no beginning of a secret stays; what is not told takes no half of one with it", () => {
    const secret = "CANARY-Pa55-word-hunter2";
    const redaction = knowing(secret);
    for (let length = 4; length <= secret.length; length++) {
        const told = redaction.text("x".repeat(300) + secret.slice(0, length));
        expect(told).toBe(`${"x".repeat(300)}[secret]`);
    }
    for (let from = 0; from <= 30; from++) {
        const told = redaction.text(`12${secret}34`, from);
        expect(told).toBe(from <= 2 ? `${"12".slice(from)}[secret]34` : from < 26 ? "[secret]34" : "34".slice(from - 26));
    }
});

test("in names only longer secrets count: parts of honest ones are no secrets", () => {
    const redaction = knowing("root", "4544", "contoso", "Contoso-2024");
    for (const name of ["root/cimv2", "4c4c4544-0042-3510-8056-b4c04f564d31", "root/contoso"]) expect(redaction.name(name)).toBe(name);
    expect(redaction.name("root/contoso-2024/x")).toBe("root/[secret]/x");
    expect(redaction.isIn("4c4c4544", SHORTEST_IN_NAME)).toBe(false);
    expect(redaction.isIn("4c4c4544")).toBe(true);
});

test("megabytes that all but hold one of many secrets are read once", () => {
    const redaction = knowing(...Array.from({ length: 500 }, (_, index) => `${"a".repeat(30)}${index}-secret`));
    const text = `${"a".repeat(2 << 20)}.`;
    expect(redaction.text(text)).toBe(text);
    expect(redaction.text(`${text}${"a".repeat(30)}7-secret`)).toBe(`${text}[secret]`);
});
