import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Language, type Node, Parser } from "web-tree-sitter";

/** PowerShell's grammar by tree-sitter; no PowerShell is needed. */
export async function powershellGrammar(): Promise<Parser> {
    await Parser.init();
    const parser = new Parser();
    const grammar = join(require.resolve("tree-sitter-powershell/package.json"), "..", "tree-sitter-powershell.wasm");
    // As bytes: given a path, the loader imports a module, which Jest does not let it do.
    parser.setLanguage(await Language.load(readFileSync(grammar)));
    return parser;
}

export function parsed(parser: Parser, text: string): Node {
    const tree = parser.parse(text);
    if (tree === null) throw new Error("the parser gave up");
    return tree.rootNode;
}

/** Every node below and including this one. */
export function* nodes(root: Node): Generator<Node> {
    yield root;
    for (const child of root.children) yield* nodes(child);
}

/** `LINE: text` of what the grammar does not understand. */
export const syntaxErrors = (root: Node): string[] =>
    [...nodes(root)]
        .filter((node) => node.isError || node.isMissing)
        .map((node) => `${node.startPosition.row + 1}: ${node.isMissing ? "missing " : ""}${node.text.slice(0, 80)}`);
