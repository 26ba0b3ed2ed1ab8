import type { Node, Parser } from "web-tree-sitter";
import { AGENT_SCRIPTS, agentText, script } from "../../provider/agent/command";
import { MAX_REQUEST, VERBS } from "../../provider/agent/protocol";
import { AGENT_FAILURES } from "../../provider/core/hostFailure";
import { LEDGER_KEY } from "../../provider/core/registry";
import {
    MAX_EVENT_GROUPS,
    MAX_EVENT_TEXT,
    MAX_EVENTS,
    MAX_SINCE,
    MIN_SINCE,
    WMI_EVENT,
    WMI_EVENT_IDS,
} from "../../provider/core/wmiEvents";
import { WMI_EVENTS } from "../../provider/model/eventLog";
import { nodes, parsed, powershellGrammar, syntaxErrors } from "./powershellGrammar";

const FILES = ["bootstrap.ps1", ...AGENT_SCRIPTS];

/** All that the agent may call beside its own functions. */
const COMMANDS = ["ConvertFrom-Json", "ConvertTo-Json", "Get-ChildItem", "New-Object", "Start-Sleep"];

/** Set by PowerShell, or by protocol.ps1 in the runspace that runs the functions. */
const GIVEN = ["$_", "$null", "$true", "$false", "$Matches", "$PSVersionTable", "$WmisecRunning"];

let parser: Parser;
let agent: Node;

beforeAll(async () => {
    parser = await powershellGrammar();
    agent = parsed(parser, agentText().text);
});

const ofType = (root: Node, type: string): Node[] => [...nodes(root)].filter((node) => node.type === type);
const nameOf = (declaration: Node): string => ofType(declaration, "function_name")[0]?.text ?? "";
const declarations = (): Node[] => ofType(agent, "function_statement");
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
        expect(syntaxErrors(parsed(parser, script(file)))).toEqual([]);
    });

    test("the text that is sent is PowerShell, and one piece of it missing is noticed", () => {
        const { text } = agentText();
        expect(syntaxErrors(agent)).toEqual([]);
        expect(syntaxErrors(parsed(parser, text.slice(0, -200)))).not.toEqual([]);
        expect(syntaxErrors(parsed(parser, text.replace("foreach (", "foreach ")))).not.toEqual([]);
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

    test("the bootstrap looks at the language mode before it does anything that needs another one", () => {
        const [first] = ofType(parsed(parser, script("bootstrap.ps1")), "statement_list")[0]?.children ?? [];
        expect(first?.text).toMatch(/^if \("\$\(\$ExecutionContext\.SessionState\.LanguageMode\)" -ne 'FullLanguage'\)/);
        expect(first?.text).not.toMatch(/\[\w/);
        expect(first?.text).toMatch(/exit 64/);
    });

    test("text becomes code in one place: the bootstrap, after the check of its hash", () => {
        const bootstrap = script("bootstrap.ps1");
        expect(bootstrap.match(/ScriptBlock/g)).toHaveLength(1);
        expect(bootstrap.indexOf("ScriptBlock")).toBeGreaterThan(bootstrap.indexOf("-cne $expected"));
        expect(agentText().text).not.toMatch(
            /ScriptBlock|AddScript|Invoke-Expression|\biex\b|Add-Type|\.InvokeScript|NewScriptBlock|EncodedCommand/i,
        );
    });
});

describe("the agent, read without running it", () => {
    test("calls its own functions and a handful of commands", () => {
        const own = declarations().map(nameOf);
        const called = new Set(ofType(agent, "command_name").map(({ text }) => text));
        expect([...called].filter((name) => !own.includes(name)).sort()).toEqual(COMMANDS);
    });

    test("calls a function by a name in a variable once: the verb's, from its own table", () => {
        const dynamic = ofType(agent, "command_invokation_operator").map((operator) => operator.parent?.text);
        expect(dynamic).toEqual(["& $Function $Arguments"]);
    });

    test("has no function that nobody calls, and none twice", () => {
        const own = declarations().map(nameOf);
        expect(own).toEqual([...new Set(own)]);
        const { text } = agentText();
        expect(own.filter((name) => (text.match(new RegExp(`${name}\\b`, "g")) ?? []).length < 2)).toEqual([]);
    });

    test("gives every function of its own as many arguments as it takes", () => {
        const takes = new Map(declarations().map((declaration) => [nameOf(declaration), parametersOf(declaration).length]));
        const wrong = ofType(agent, "command").flatMap((command) => {
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
        const unset = declarations().flatMap((declaration) => {
            const known = new Set([...GIVEN, ...parametersOf(declaration), ...assignedIn(declaration)].map((name) => name.toLowerCase()));
            const used = ofType(declaration, "variable").map(({ text }) => text.replace(/^\$\{(\w+)\}$/, "$$$1"));
            return used.filter((name) => !known.has(name.toLowerCase())).map((name) => `${nameOf(declaration)}: ${name}`);
        });
        expect(unset).toEqual([]);
    });

    test("copies every function into the second runspace: all bear the mark it looks for", () => {
        expect(
            declarations()
                .map(nameOf)
                .filter((name) => !/^[A-Z][A-Za-z]+-Wmisec[A-Z]\w*$/.test(name)),
        ).toEqual([]);
    });

    test("touches these types of .NET and Windows, and no others", () => {
        const types = new Set(ofType(agent, "type_literal").map(({ text }) => text));
        expect([...types].sort()).toMatchInlineSnapshot(`
[
  "[Console]",
  "[Microsoft.Win32.RegistryHive]",
  "[Microsoft.Win32.RegistryKey]",
  "[Microsoft.Win32.RegistryValueKind]",
  "[Microsoft.Win32.RegistryValueOptions]",
  "[Microsoft.Win32.RegistryView]",
  "[System.Array]",
  "[System.BitConverter]",
  "[System.Convert]",
  "[System.DateTime]",
  "[System.Diagnostics.Eventing.Reader.PathType]",
  "[System.Diagnostics.Process]",
  "[System.Environment]",
  "[System.Globalization.CultureInfo]",
  "[System.Guid]",
  "[System.IO.Directory]",
  "[System.IO.FileAccess]",
  "[System.IO.FileAttributes]",
  "[System.IO.FileMode]",
  "[System.IO.FileShare]",
  "[System.IO.FileSystemAclExtensions]",
  "[System.IO.File]",
  "[System.IO.IOException]",
  "[System.IO.Path]",
  "[System.IO.Stream]",
  "[System.Management.Automation.PowerShell]",
  "[System.Management.Automation.Runspaces.InitialSessionState]",
  "[System.Management.Automation.Runspaces.RunspaceFactory]",
  "[System.Math]",
  "[System.Security.AccessControl.AccessControlSections]",
  "[System.Security.AccessControl.AccessControlType]",
  "[System.Security.Principal.SecurityIdentifier]",
  "[System.Security.Principal.WindowsBuiltInRole]",
  "[System.Security.Principal.WindowsIdentity]",
  "[System.Text.Encoding]",
  "[System.Threading.AbandonedMutexException]",
  "[System.Threading.Mutex]",
  "[System.UnauthorizedAccessException]",
  "[array]",
  "[bool]",
  "[byte[]]",
  "[byte]",
  "[hashtable]",
  "[int]",
  "[long]",
  "[string[]]",
  "[string]",
  "[uint32]",
  "[uint64]",
  "[void]",
  "[wmi]",
  "[wmisearcher]",
]
`);
    });
});

describe("what both sides must agree on", () => {
    test("which events are counted, how far back, and how many are too many", () => {
        const text = script("events.ps1");
        const asked = [...text.matchAll(/EventID=(\d+)/g)].map(([, id]) => Number(id));
        expect(asked.sort((a, b) => a - b)).toEqual([...WMI_EVENT_IDS].sort((a, b) => a - b));
        expect(text).toContain(`Provider[@Name='${WMI_EVENTS}']`);
        expect(text).toContain(`($Value -lt ${MIN_SINCE}) -or ($Value -gt ${MAX_SINCE})`);
        expect(text).toContain(`if ($read -ge ${MAX_EVENTS}) {`);
        expect(text).toContain(`if ($Found.Count -ge ${MAX_EVENT_GROUPS}) {`);
        expect(text).toContain(`[System.Math]::Min($text.Length, ${MAX_EVENT_TEXT})`);
        const { mofNotLoaded, refused, callbackRefused } = WMI_EVENT;
        expect(text).toContain(`@(${mofNotLoaded}, ${refused}, ${callbackRefused}) -notcontains $Record.Id`);
    });

    test("the agent's verbs", () => {
        const table = /^\$WmisecVerbs = @\{ (.*) \}$/m.exec(script("windows.ps1"))?.[1] ?? "";
        const verbs = [...table.matchAll(/(\w+) = '/g)].map(([, name]) => name);
        expect([...verbs, "bye"]).toEqual(Object.keys(VERBS));
    });

    test("the ledger's key, the limit of a request, and the names of failures", () => {
        const { text } = agentText();
        expect(script("registry.ps1")).toContain(`return '${LEDGER_KEY}'`);
        expect(script("protocol.ps1")).toContain(`$WmisecMaxRequest = ${MAX_REQUEST}\n`);
        const faults = [...text.matchAll(/New-WmisecFault '(\w+)'/g)].map(([, word]) => `pulumi-wmisec.${word}`);
        const named = [...text.matchAll(/'(pulumi-wmisec\.[A-Z]\w+)'/g)].map(([, name]) => name ?? "");
        expect([...new Set([...faults, ...named])].sort()).toEqual(Object.values(AGENT_FAILURES).sort());
    });
});
