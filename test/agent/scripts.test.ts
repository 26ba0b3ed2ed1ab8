import type { Node } from "web-tree-sitter";
import {
    AGENT_PARTS,
    agentText,
    bootstrapText,
    CORE_SCRIPTS,
    LOOP_SCRIPT,
    PART_SCRIPTS,
    partsTable,
    partText,
} from "../../provider/agent/command";
import { script } from "../../provider/agent/scriptText";
import { FILES, nameOf, ofType, Trees, WHOLE } from "./agentTree";
import { nodes, syntaxErrors } from "./powershellGrammar";

/** Set by PowerShell, or in the runspace that runs the functions: by protocol.ps1, windows.ps1 and apply.ps1. */
const GIVEN = [
    "$_",
    "$args",
    "$null",
    "$true",
    "$false",
    "$Matches",
    "$PSHOME",
    "$PSVersionTable",
    "$WmisecRunning",
    "$WmisecVerbs",
    "$WmisecKinds",
    "$WmisecSteps",
];

let trees: Trees;

beforeAll(async () => {
    trees = await Trees.load();
});

const parametersOf = (declaration: Node): string[] =>
    ofType(declaration, "script_parameter").flatMap((parameter) =>
        parameter.children.filter(({ type }) => type === "variable").map(({ text }) => text),
    );

/** `$a = 1` and `[int] $a = 1`; not `$a.b = 1`, which needs an `$a`. */
function assignedIn(root: Node): string[] {
    const assignments = ofType(root, "assignement_operator").flatMap((operator) => operator.parent?.children[0]?.text ?? []);
    const plain = assignments.flatMap((text) => /^(?:\[[^\]]+(?:\[\])?\] )?(\$\w+)$/.exec(text)?.[1] ?? []);
    const loops = ofType(root, "foreach_statement").flatMap(({ children }) => children.find(({ type }) => type === "variable")?.text ?? []);
    return [...plain, ...loops];
}

describe("the scripts", () => {
    test.each(FILES)("%s is PowerShell", (file) => {
        expect(syntaxErrors(trees.of(script(file)))).toEqual([]);
    });

    test("what is sent says what was reviewed, less its comments", () => {
        const tokens = (text: string) =>
            [...nodes(trees.of(text))].filter(({ childCount, type }) => childCount === 0 && type !== "comment").map((node) => node.text);
        const comments = (text: string) => ofType(trees.of(text), "comment").map((node) => node.text);
        const sent = [agentText().text.slice(partsTable().length), ...AGENT_PARTS.map((part) => partText(part).text)];
        const core = CORE_SCRIPTS.map(script).flatMap(tokens);
        const rest = [LOOP_SCRIPT, ...PART_SCRIPTS].map(script).flatMap(tokens);
        expect(sent.flatMap(tokens)).toEqual(["$WmisecCore", "=", "{", ...core, "}", ...rest]);
        expect(sent.flatMap(comments)).toEqual([]);
        expect(tokens(bootstrapText())).toEqual(tokens(script("bootstrap.ps1")));
        expect(comments(bootstrapText())).toEqual([script("bootstrap.ps1").split("\n")[0]]);
    });

    test("the text that is sent is PowerShell, and one piece of it missing is noticed", () => {
        const { text } = agentText();
        expect(syntaxErrors(trees.of(text))).toEqual([]);
        expect(syntaxErrors(trees.of(text.slice(0, -200)))).not.toEqual([]);
        expect(syntaxErrors(trees.of(text.replace("foreach (", "foreach ")))).not.toEqual([]);
    });

    test.each(FILES)("%s is plain ASCII without tabs, in lines that a reviewer can read", (file) => {
        const odd = script(file)
            .split("\n")
            .filter((line) => /[^\x20-\x7e]/.test(line) || line.length > 170 || line !== line.trimEnd());
        expect(odd).toEqual([]);
    });

    test("the bootstrap leaves standard input alone: PowerShell feeds it to a command that mentions its variable", () => {
        for (const file of FILES) expect(script(file)).not.toMatch(/\$\{?(?:\w+:)?input\b/i);
    });
});

describe("the functions of the agent", () => {
    test("has no function that nobody calls, and none twice", () => {
        const own = trees.declarations().map(nameOf);
        expect(own).toEqual([...new Set(own)]);
        const text = WHOLE;
        expect(own.filter((name) => (text.match(new RegExp(`${name}\\b`, "g")) ?? []).length < 2)).toEqual([]);
    });

    test("gives every function of its own as many arguments as it takes", () => {
        const takes = new Map(trees.declarations().map((declaration) => [nameOf(declaration), parametersOf(declaration).length]));
        const wrong = ofType(trees.agent, "command").flatMap((command) => {
            const expected = takes.get(ofType(command, "command_name")[0]?.text ?? "");
            const given = (command.children.find(({ type }) => type === "command_elements")?.children ?? []).filter(
                ({ type }) => type !== "command_argument_sep",
            );
            const splatted = given.some(({ text }) => text.startsWith("@") && !text.startsWith("@{"));
            return expected === undefined || splatted || given.length === expected
                ? []
                : [`${command.text}: ${given.length} for ${expected}`];
        });
        expect(wrong).toEqual([]);
    });

    test("uses no variable that has no value", () => {
        const unset = trees.declarations().flatMap((declaration) => {
            const known = new Set([...GIVEN, ...parametersOf(declaration), ...assignedIn(declaration)].map((name) => name.toLowerCase()));
            const used = ofType(declaration, "variable")
                .filter(({ text }) => !text.startsWith("$env:"))
                .map(({ text }) => text.replace(/^\$\{(\w+)\}$/, "$$$1"));
            return used.filter((name) => !known.has(name.toLowerCase())).map((name) => `${nameOf(declaration)}: ${name}`);
        });
        expect(unset).toEqual([]);
    });

    test("has functions of one kind of name only, which no command of PowerShell has", () => {
        expect(
            trees
                .declarations()
                .map(nameOf)
                .filter((name) => !/^[A-Z][A-Za-z]+-Wmisec[A-Z]\w*$/.test(name)),
        ).toEqual([]);
    });

    test("a look reads the ledger before what its entries are about: an entry that is unchanged vouches for it", () => {
        const [look] = ofType(trees.of(script("windows.ps1")), "function_statement").filter((one) => nameOf(one) === "Read-WmisecLook");
        const reads = ofType(look as NonNullable<typeof look>, "command_name").map(({ text }) => text);
        expect(reads).toEqual(["Read-WmisecLedger"]);
        expect(look?.text.indexOf("Read-WmisecLedger")).toBeLessThan(look?.text.indexOf("& $kind['Read'] $asked") ?? 0);
    });
});
