import { SaxesParser } from "saxes";
import { Malformed } from "./malformed";
import { NS } from "./names";

/** An element of a message, without comments and without the white space between elements. */
export interface SoapElement {
    readonly namespace: string;
    readonly name: string;
    /** By local name. If two namespaces use the same name, the first attribute counts. */
    readonly attributes: ReadonlyMap<string, string>;
    /** Its own text, without its children's. */
    readonly text: string;
    readonly children: readonly SoapElement[];
}

export interface Envelope {
    /** Undefined if there is none. */
    readonly header: SoapElement | undefined;
    readonly body: SoapElement;
}

export const MAX_ENVELOPE = 1_048_576;
const MAX_DEPTH = 32;
const MAX_ELEMENTS = 20_000;

/**
 * Reads one SOAP 1.2 envelope in UTF-8: well-formed, with no document type, no processing instruction, and no entities but XML's own five.
 * @throws Malformed, whose message contains none of the bytes
 */
export function readEnvelope(bytes: Buffer, maxBytes = MAX_ENVELOPE): Envelope {
    if (bytes.length > maxBytes) throw new Malformed(`a message of more than ${maxBytes} bytes`);
    const root = parse(decoded(bytes));
    if (root.namespace !== NS.soap || root.name !== "Envelope") throw new Malformed("XML that is no SOAP 1.2 envelope");
    const [first, second, ...more] = root.children;
    const isSoap = (element: SoapElement | undefined, name: string) => element?.namespace === NS.soap && element.name === name;
    const header = isSoap(first, "Header") ? first : undefined;
    const [body, behind] = header === undefined ? [first, second] : [second, more[0]];
    if (body === undefined || !isSoap(body, "Body") || behind !== undefined || more.length > 1)
        throw new Malformed("an envelope that is not a header and one body");
    return { header, body };
}

/** @throws Malformed if there is none, or more than one */
export function only(parent: SoapElement | undefined, namespace: string, name: string): SoapElement {
    const [found, ...more] = all(parent, namespace, name);
    if (found === undefined) throw new Malformed(`no ${name}`);
    if (more.length > 0) throw new Malformed(`more than one ${name}`);
    return found;
}

/** Undefined if there is none. @throws Malformed if there is more than one */
export const maybe = (parent: SoapElement | undefined, namespace: string, name: string): SoapElement | undefined =>
    all(parent, namespace, name).length === 0 ? undefined : only(parent, namespace, name);

export const all = (parent: SoapElement | undefined, namespace: string, name: string): SoapElement[] =>
    (parent?.children ?? []).filter((child) => child.namespace === namespace && child.name === name);

function decoded(bytes: Buffer): string {
    try {
        return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    } catch (error) {
        throw new Malformed("bytes that are not UTF-8", { cause: error });
    }
}

interface Growing extends SoapElement {
    text: string;
    readonly children: Growing[];
}

function parse(text: string): SoapElement {
    const parser = new SaxesParser({ xmlns: true, position: false });
    const open: Growing[] = [];
    let root: Growing | undefined;
    let elements = 0;
    const refuse = (what: string) => () => {
        throw new Malformed(what);
    };
    // The parser's own messages quote the text.
    parser.on("error", refuse("XML that is not well-formed"));
    parser.on("doctype", refuse("XML with a document type"));
    parser.on("processinginstruction", refuse("XML with a processing instruction"));
    parser.on("xmldecl", ({ encoding = "utf-8" }) => {
        if (encoding.toLowerCase() !== "utf-8") throw new Malformed("XML that says it is not UTF-8");
    });
    parser.on("opentag", ({ uri, local, attributes }) => {
        elements++;
        if (open.length === MAX_DEPTH) throw new Malformed(`XML with more than ${MAX_DEPTH} levels`);
        if (elements > MAX_ELEMENTS) throw new Malformed(`XML with more than ${MAX_ELEMENTS} elements`);
        const element: Growing = { namespace: uri, name: local, attributes: named(Object.values(attributes)), text: "", children: [] };
        open.at(-1)?.children.push(element);
        root ??= element;
        open.push(element);
    });
    const append = (more: string) => {
        const element = open.at(-1);
        if (element !== undefined) element.text += more;
    };
    parser.on("text", append);
    parser.on("cdata", append);
    parser.on("closetag", () => {
        const element = open.pop();
        if (element !== undefined && element.children.length > 0 && element.text.trim() === "") element.text = "";
    });
    parser.write(text).close();
    if (root === undefined) throw new Malformed("no XML");
    return root;
}

function named(attributes: readonly { readonly local: string; readonly value: string }[]): ReadonlyMap<string, string> {
    const byName = new Map<string, string>();
    for (const { local, value } of attributes) if (!byName.has(local)) byName.set(local, value);
    return byName;
}
