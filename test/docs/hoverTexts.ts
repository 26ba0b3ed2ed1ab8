import ts from "typescript";
import { textOf } from "./markdown";

/** A field as a reader meets it by hovering. */
export interface Field {
    readonly name: string;
    /** The doc comment, whole; empty without one. */
    readonly text: string;
    /** What it says before its tags: paragraphs with a blank line between them. */
    readonly words: string;
    /** What `@default` says, up to its first colon. */
    readonly fallback: string | undefined;
    readonly example: string | undefined;
}

type Named = ts.ClassDeclaration | ts.InterfaceDeclaration | ts.TypeAliasDeclaration;

const isNamed = (node: ts.Node): node is Named =>
    ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node);

/** The resource classes with their arguments and outputs. A connection's fields are told of elsewhere. */
const DECLARED: readonly Named[] = [
    "fleetEncryptionPolicy",
    "namespaceEvents",
    "unsecAppPolicy",
    "wmiNamespaceSecurity",
    "wmisecResource",
].flatMap((name) => ts.createSourceFile(`${name}.ts`, textOf(`sdk/${name}.ts`), ts.ScriptTarget.ES2022, true).statements.filter(isNamed));

const declared = (name: string): Named | undefined => DECLARED.find((one) => one.name?.text === name);

export const NAMES: readonly string[] = DECLARED.map((one) => one.name?.text ?? "");

export const textOver = (name: string): string => docOf(declared(name));
export const wordsOver = (name: string): string => wordsOf(declared(name));
export const exampleOf = (name: string): string | undefined => tagOf(declared(name), "example");

/** Of a class or an interface: its own fields and those that it inherits. */
export function fieldsOf(name: string): Field[] {
    const node = declared(name);
    if (node === undefined || ts.isTypeAliasDeclaration(node)) return [];
    const inherited = (node.heritageClauses ?? []).flatMap(({ types }) => types.map(({ expression }) => expression.getText()));
    const own = [...node.members]
        .filter((member) => ts.isPropertyDeclaration(member) || ts.isPropertySignature(member))
        .filter(isOfInstances);
    return [
        ...own.map((member) => ({
            name: member.name.getText(),
            text: docOf(member),
            words: wordsOf(member),
            fallback: tagOf(member, "default")?.split(":")[0],
            example: tagOf(member, "example"),
        })),
        ...inherited.flatMap(fieldsOf),
    ];
}

const isOfInstances = (member: ts.Declaration): boolean => (ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Static) === 0;

const docOf = (node: ts.Node | undefined): string =>
    node === undefined
        ? ""
        : ts
              .getJSDocCommentsAndTags(node)
              .map((doc) => doc.getText())
              .join("\n");

function wordsOf(node: ts.Node | undefined): string {
    const [doc] = node === undefined ? [] : ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
    return (ts.getTextOfJSDocComment(doc?.comment) ?? "")
        .split(/\n\s*\n/)
        .map((paragraph) => paragraph.replace(/\s+/g, " ").trim())
        .join("\n\n");
}

function tagOf(node: ts.Node | undefined, tag: string): string | undefined {
    const found = node === undefined ? undefined : ts.getJSDocTags(node).find(({ tagName }) => tagName.text === tag);
    return found === undefined ? undefined : ts.getTextOfJSDocComment(found.comment)?.trim();
}
