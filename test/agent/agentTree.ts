import type { Node, Parser } from "web-tree-sitter";
import { AGENT_SCRIPTS } from "../../provider/agent/command";
import { script } from "../../provider/agent/scriptText";
import { nodes, parsed, powershellGrammar } from "./powershellGrammar";

/** The agent's scripts as they are reviewed, and as trees. */

export const FILES: readonly string[] = ["bootstrap.ps1", ...AGENT_SCRIPTS];

/** The core and every part of it. */
export const WHOLE = AGENT_SCRIPTS.map(script).join("\n");

/** What can be asked of PowerShell's text once its grammar is there. */
export class Trees {
    static async load(): Promise<Trees> {
        return new Trees(await powershellGrammar());
    }

    readonly agent: Node;

    private constructor(private readonly parser: Parser) {
        this.agent = this.of(WHOLE);
    }

    of(text: string): Node {
        return parsed(this.parser, text);
    }

    declarations(): Node[] {
        return ofType(this.agent, "function_statement");
    }
}

export const ofType = (root: Node, type: string): Node[] => [...nodes(root)].filter((node) => node.type === type);

/** Of a function. */
export const nameOf = (declaration: Node): string => ofType(declaration, "function_name")[0]?.text ?? "";
