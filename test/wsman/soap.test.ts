import fc from "fast-check";
import { escapeXml } from "../../provider/wsman/escape";
import { Malformed } from "../../provider/wsman/malformed";
import { NS } from "../../provider/wsman/names";
import { all, MAX_ENVELOPE, maybe, only, readEnvelope } from "../../provider/wsman/soap";
import { fuzzRuns } from "../fuzz";

const envelope = (body: string, more = "") =>
    `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="${NS.soap}" xmlns:w="${NS.wsman}"><s:Header/><s:Body>${body}</s:Body>${more}</s:Envelope>`;
const read = (text: string) => readEnvelope(Buffer.from(text));

test("reads header, body, attributes and text", () => {
    const { header, body } = read(envelope(`<!-- one --><w:A x="1" w:x="2">a&lt;<![CDATA[b<]]></w:A>\n  <B>\n <C/> </B>`));
    expect(header).toMatchObject({ name: "Header", children: [] });
    const a = only(body, NS.wsman, "A");
    expect([a.text, a.attributes.get("x")]).toEqual(["a<b<", "1"]);
    expect(only(body, "", "B")).toMatchObject({ text: "", children: [{ name: "C" }] });
});

test("finds one element or none, and refuses several", () => {
    const { body } = read(envelope("<A/><A/><w:A/>"));
    expect(maybe(body, "", "B")).toBeUndefined();
    expect(() => only(body, "", "B")).toThrow("no B");
    expect(() => only(body, "", "A")).toThrow("more than one A");
    expect(() => maybe(body, "", "A")).toThrow("more than one A");
    expect(all(body, "", "A")).toHaveLength(2);
});

const nested = (levels: number) => "<a>".repeat(levels) + "</a>".repeat(levels);

test.each<[string, string, string]>([
    ["nothing", "", "not well-formed"],
    ["a page", "<!DOCTYPE html><html></html>", "document type"],
    ["a document type", `<!DOCTYPE x [<!ENTITY a "b">]>${envelope("").replace(/^<\?.*?\?>/, "")}`, "document type"],
    ["an entity", envelope("&nbsp;"), "not well-formed"],
    ["a processing instruction", envelope("<?php x ?>"), "processing instruction"],
    ["another encoding", envelope("").replace("utf-8", "utf-16"), "not UTF-8"],
    ["an element that does not end", envelope("<a>"), "not well-formed"],
    ["something behind the end", `${envelope("")}<a/>`, "not well-formed"],
    ["a prefix of nobody", envelope("<x:a/>"), "not well-formed"],
    ["33 levels", envelope(nested(31)), "more than 32 levels"],
    ["too many elements", envelope("<a/>".repeat(20_000)), "more than 20000 elements"],
    ["two bodies", envelope("", "<s:Body/>"), "a header and one body"],
    ["something behind the body", envelope("", "<a/>"), "a header and one body"],
    ["SOAP 1.1", envelope("").replace(NS.soap, "http://schemas.xmlsoap.org/soap/envelope/"), "no SOAP 1.2 envelope"],
    ["another root", "<a/>", "no SOAP 1.2 envelope"],
])("refuses %s", (_what, text, said) => {
    expect(() => read(text)).toThrow(said);
});

test("30 levels below the body are fine", () => {
    expect(read(envelope(nested(30))).body.children).toHaveLength(1);
});

test("refuses what is too large before it reads it, and what is not UTF-8", () => {
    expect(() => readEnvelope(Buffer.alloc(MAX_ENVELOPE + 1, "<"))).toThrow(`more than ${MAX_ENVELOPE} bytes`);
    expect(() => readEnvelope(Buffer.from([0xff, 0xfe]))).toThrow("not UTF-8");
});

test("an error holds nothing of the text", () => {
    for (const text of ["canary-4711", "<canary-4711", "<a canary-4711=>", envelope("<canary-4711></b>")])
        expect(() => read(text)).toThrow(expect.not.objectContaining({ message: expect.stringContaining("canary") }));
});

test("any text survives, in an element and in an attribute", () => {
    const sign = fc.oneof(
        fc.constantFrom("&", "<", ">", '"', "'", "\t", "\n", "\r", "]]>", "&lt;", "\u0085", "\u2028"),
        fc.string({ unit: "binary", maxLength: 1 }),
    );
    const text = fc.array(sign, { maxLength: 30 }).map((signs) => signs.join(""));
    fc.assert(
        fc.property(text, (value) => {
            let escaped: string;
            try {
                escaped = escapeXml(value);
            } catch (error) {
                expect(error).toBeInstanceOf(Malformed);
                expect(value).toMatch(/\p{Cc}|\p{Cs}|\ufffe|\uffff/u);
                return;
            }
            const a = only(read(envelope(`<a b="${escaped}">${escaped}</a>`)).body, "", "a");
            expect([a.text, a.attributes.get("b")]).toEqual([value, value]);
        }),
        fuzzRuns(300),
    );
});

test("any cut or change of an envelope is an envelope or Malformed", () => {
    const good = Buffer.from(envelope(`<w:A x="1">text &amp; more</w:A>`));
    const changed = fc.tuple(fc.nat(good.length - 1), fc.nat(255)).map(([at, value]) => Buffer.from(good).fill(value, at, at + 1));
    const cut = fc.nat(good.length - 1).map((length) => good.subarray(0, length));
    fc.assert(
        fc.property(fc.oneof(changed, cut), (bytes) => {
            try {
                readEnvelope(bytes);
            } catch (error) {
                expect(error).toBeInstanceOf(Malformed);
            }
        }),
        fuzzRuns(500),
    );
});
