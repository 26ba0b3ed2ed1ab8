import { createHash } from "node:crypto";
import fc from "fast-check";
import type { Node, Parser } from "web-tree-sitter";
import {
    AGENT_PARTS,
    AGENT_SCRIPTS,
    agentText,
    bootstrapText,
    CORE_SCRIPTS,
    LOOP_SCRIPT,
    partsTable,
    partText,
    script,
} from "../../provider/agent/command";
import { VERBS } from "../../provider/agent/protocol";
import { withoutComments } from "../../provider/agent/withoutComments";
import { definitionFile } from "../../provider/core/definitionFile";
import { MAX_FRAME, MAX_REQUEST } from "../../provider/core/limits";
import { AUTORECOVER_LIST, AUTORECOVER_TIME, registrationFileName } from "../../provider/core/mof/autorecover";
import { namespacePath } from "../../provider/core/namespacePath";
import { LEDGER_KEY } from "../../provider/core/registry";
import { definitionReading } from "../../provider/core/wire/definition";
import {
    MAX_EVENT_GROUPS,
    MAX_EVENT_TEXT,
    MAX_EVENTS,
    MAX_SINCE,
    MIN_SINCE,
    WMI_EVENT,
    WMI_EVENT_IDS,
} from "../../provider/core/wire/events";
import { AGENT_FAILURES } from "../../provider/core/wire/hostFailure";
import { WMI_EVENTS } from "../../provider/model/eventLog";
import { fuzzRuns } from "../fuzz";
import { ALLOWED_COMMANDS } from "./allowedCommands";
import { nodes, parsed, powershellGrammar, syntaxErrors } from "./powershellGrammar";

const FILES = ["bootstrap.ps1", ...AGENT_SCRIPTS];

/** The core and every part of it, as they are reviewed. */
const WHOLE = AGENT_SCRIPTS.map(script).join("\n");

/** Set by PowerShell, or in the runspace that runs the functions: by protocol.ps1, and by windows.ps1. */
const GIVEN = ["$_", "$args", "$null", "$true", "$false", "$Matches", "$PSHOME", "$PSVersionTable", "$WmisecRunning", "$WmisecVerbs"];

let parser: Parser;
let agent: Node;

beforeAll(async () => {
    parser = await powershellGrammar();
    agent = parsed(parser, WHOLE);
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

/** Where .NET or PowerShell would ask the culture of whoever runs it what text is the same, comes first, or how a number looks. */
function cultural(text: string): string[] {
    const calls =
        text.match(/[\])\w]\.(?:Last)?IndexOf(?:Any)?\((?!\[char\])[^\n]*|\.(?:StartsWith|EndsWith|CompareTo|ToLower|ToUpper)\([^\n]*/g) ??
        [];
    const compared = text.match(/\[string\]::(?:Compare|Format)\([^\n]*/gi) ?? [];
    const shown = text.match(/\.ToString\(\)/g) ?? [];
    const formats = text.match(/'[^']*' -f\b/g) ?? [];
    const matches = text.match(/ -i?(?:not)?(?:match|like)\b[^\n]*/gi) ?? [];
    return [
        ...calls.filter((call) => !/StringComparison\]::Ordinal|\[System\.Array\]::|^\]\.IndexOf/.test(call)),
        ...compared,
        ...shown,
        ...formats.filter((format) => !/^'[^{]*\{0:x\d\}'/.test(format)),
        // Without capitals and small letters of its own an i is none of Turkish.
        ...matches.filter((match) => !/^ -i?(?:not)?match \(?'[^'iI]*'/.test(match)),
    ];
}

describe("the scripts", () => {
    test.each(FILES)("%s is PowerShell", (file) => {
        expect(syntaxErrors(parsed(parser, script(file)))).toEqual([]);
    });

    test("what is sent says what was reviewed, less its comments", () => {
        const tokens = (text: string) =>
            [...nodes(parsed(parser, text))]
                .filter(({ childCount, type }) => childCount === 0 && type !== "comment")
                .map((node) => node.text);
        const comments = (text: string) => ofType(parsed(parser, text), "comment").map((node) => node.text);
        const sent = [agentText().text.slice(partsTable().length), ...AGENT_PARTS.map((part) => partText(part).text)];
        const core = CORE_SCRIPTS.map(script).flatMap(tokens);
        const rest = [LOOP_SCRIPT, ...AGENT_PARTS.map((part) => `${part}.ps1`)].map(script).flatMap(tokens);
        expect(sent.flatMap(tokens)).toEqual(["$WmisecCore", "=", "{", ...core, "}", ...rest]);
        expect(sent.flatMap(comments)).toEqual([]);
        expect(tokens(bootstrapText())).toEqual(tokens(script("bootstrap.ps1")));
        expect(comments(bootstrapText())).toEqual([script("bootstrap.ps1").split("\n")[0]]);
    });

    test("the text that is sent is PowerShell, and one piece of it missing is noticed", () => {
        const { text } = agentText();
        expect(syntaxErrors(parsed(parser, text))).toEqual([]);
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

    test("text becomes PowerShell in the bootstrap, after the check of its hash, and for parts of the agent, after the check of theirs", () => {
        const bootstrap = script("bootstrap.ps1");
        expect(bootstrap.match(/ScriptBlock/g)).toHaveLength(1);
        expect(bootstrap.indexOf("ScriptBlock")).toBeGreaterThan(bootstrap.indexOf("-cne $expected"));
        expect(WHOLE).not.toMatch(/Invoke-Expression|\biex\b|\.InvokeScript|NewScriptBlock|EncodedCommand/i);
        expect(WHOLE.match(/ScriptBlock\]::.*/gi)).toEqual(
            ["ScriptBlock]::Create($part['Text'])) $Limits['HandshakeMs']"].map((text) => text.replace("ScriptB", "scriptb")),
        );
        expect(WHOLE).toContain("            $part = $running['Part']\n");
        expect(WHOLE.match(/.*\['Part'\] = (?!\$null).*/g)).toEqual([
            "        $WmisecRunning['Part'] = @{ Name = $name; Text = [System.Text.Encoding]::ASCII.GetString($bytes) }",
        ]);
        const load = /^function Import-WmisecPart {[\s\S]*?^}/m.exec(WHOLE)?.[0] ?? "";
        expect(load.indexOf("CompareOrdinal($part.Value, $hash) -ne 0)) { continue }")).toBeGreaterThan(0);
        expect(load.indexOf("CompareOrdinal($part.Value, $hash)")).toBeLessThan(load.indexOf("$WmisecRunning['Part']"));
    });

    test("and what the second runspace is told to do is one of two texts, which say nothing of a request", () => {
        expect(WHOLE.match(/.*AddScript.*/gi)).toEqual(["    $pending = $shell.AddScript($Script).AddArgument($Given).BeginInvoke()"]);
        expect(WHOLE).not.toMatch(/\.AddCommand\(|\.AddStatement\(/);
        const told = ofType(agent, "command").filter(({ text }) => /^Invoke-WmisecWorker\b/.test(text));
        expect(told.map(({ text }) => text)).toEqual([
            "Invoke-WmisecWorker $Worker $adding $given $LimitMs",
            "Invoke-WmisecWorker $worker 'Invoke-WmisecRequest $args[0]' $request $limitMs",
        ]);
        expect(WHOLE.match(/.*\$adding = .*/g)).toEqual([
            "    $adding = '$ErrorActionPreference = ''Stop''; $WmisecRunning = $args[0][''Running'']; . $args[0][''Script''].Ast.GetScriptBlock()'",
        ]);
        const added = ofType(agent, "command").filter(({ text }) => /^Add-WmisecScript\b/.test(text));
        expect(added.map(({ text }) => text)).toEqual([
            "Add-WmisecScript $worker $running $Core $Limits['HandshakeMs']",
            "Add-WmisecScript $worker $running ([scriptblock]::Create($part['Text'])) $Limits['HandshakeMs']",
        ]);
    });

    test("the loop calls no command of PowerShell, and the second runspace has these alone, by their types", () => {
        const loop = parsed(parser, script(LOOP_SCRIPT));
        const own = ofType(loop, "function_statement").map(nameOf);
        const called = ofType(loop, "command_name").map(({ text }) => text);
        expect(called.filter((name) => !own.includes(name))).toEqual([]);
        const commands = ALLOWED_COMMANDS.map((name) => `'${name}'`).join(", ");
        expect(script(LOOP_SCRIPT)).toContain(`foreach ($command in @(${commands})) {`);
        expect(script(LOOP_SCRIPT)).toContain("InitialSessionState]::Create()");
    });

    test("a look reads the ledger before what its entries are about: an entry that is unchanged vouches for it", () => {
        const [look] = ofType(parsed(parser, script("windows.ps1")), "function_statement").filter(
            (one) => nameOf(one) === "Read-WmisecLook",
        );
        const reads = ofType(look as NonNullable<typeof look>, "command_name").map(({ text }) => text);
        expect([reads[0], reads.filter((name) => name === "Read-WmisecLedger").length]).toEqual(["Read-WmisecLedger", 1]);
    });

    test("no command is called before the account's own modules are out of the way, nor any that comes from a place of its own", () => {
        const bootstrap = parsed(parser, script("bootstrap.ps1"));
        expect(ofType(bootstrap, "command_name").map(({ text }) => text)).toEqual([]);
        const path = "$env:PSModulePath = [System.IO.Path]::Combine($PSHOME, 'Modules')";
        expect(script("bootstrap.ps1")).toContain(path.replace("System.", ""));
        // Opening a runspace puts them back.
        expect(WHOLE.match(/\.Open\(\)[\s\S]*?\n}/g)).toEqual([expect.stringContaining(path)]);
        expect(WHOLE.match(/CreateRunspace\(/g)).toHaveLength(1);
        expect(WHOLE).not.toMatch(/Import-Module|AddModule|ImportPSModule|#requires/i);
    });

    test("no text is compared or cut by a culture's rules", () => {
        expect(FILES.flatMap((file) => cultural(withoutComments(script(file))).map((found) => `${file}: ${found}`))).toEqual([]);
    });

    test.each([
        "$Path.LastIndexOf('/')",
        "$Path.IndexOf($Other)",
        "$a.StartsWith('x')",
        "$a.EndsWith($b)",
        "$a.CompareTo($b)",
        "$a.ToLower()",
        "$a.ToUpper()",
        "[string]::Compare($a, $b)",
        "$n.ToString()",
        "$a -match 'conin'",
        "$a -notmatch $Pattern",
        "$a -like '*.MOF'",
        "'{0:n}' -f $n",
    ])("%s would be", (line) => {
        expect(cultural(line)).not.toEqual([]);
    });

    test.each([
        "$Path.LastIndexOf([char] '/')",
        "[System.Array]::IndexOf($a, [byte] 10)",
        "$a.ToLowerInvariant()",
        "[string]::CompareOrdinal($a, $b)",
        "$a.StartsWith('x', [System.StringComparison]::Ordinal)",
        "$n.ToString([System.Globalization.CultureInfo]::InvariantCulture)",
        "$a -cmatch 'conin'",
        "'0x{0:x8}' -f $n",
    ])("%s would not", (line) => {
        expect(cultural(line)).toEqual([]);
    });

    test("text becomes C# in one place, which is given one text that no request is part of", () => {
        const added = ofType(agent, "command").filter((command) => /^Add-Type\b/i.test(command.text));
        expect(added.map(({ text }) => text)).toEqual(["Add-Type -TypeDefinition $source -IgnoreWarnings"]);
        const sources = ofType(agent, "assignment_expression").filter(({ text }) => /^\$source\s*=/i.test(text));
        expect(sources.map(({ text }) => /^\$source = (@'\n[\s\S]*\n'@)$/.test(text))).toEqual([true]);
        expect(script("compilerApi.ps1")).toContain(sources[0]?.text);
    });
});

describe("the agent, read without running it", () => {
    test("calls its own functions and a handful of commands", () => {
        const own = declarations().map(nameOf);
        const called = new Set(ofType(agent, "command_name").map(({ text }) => text));
        expect([...called].filter((name) => !own.includes(name)).sort()).toEqual([...ALLOWED_COMMANDS]);
    });

    test("calls a function by a name in a variable once: the verb's, from its own table", () => {
        const dynamic = ofType(agent, "command_invokation_operator").map((operator) => operator.parent?.text);
        expect(dynamic).toEqual(["& $function $request.args"]);
    });

    test("has no function that nobody calls, and none twice", () => {
        const own = declarations().map(nameOf);
        expect(own).toEqual([...new Set(own)]);
        const text = WHOLE;
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
            const used = ofType(declaration, "variable")
                .filter(({ text }) => !text.startsWith("$env:"))
                .map(({ text }) => text.replace(/^\$\{(\w+)\}$/, "$$$1"));
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
        const literals = ofType(agent, "type_literal").map(({ text }) => text);
        const made = [...WHOLE.matchAll(/New-Object (?:-TypeName )?([\w.]+(?:\[\])?)/g)].map(([, name]) => `new ${name}`);
        expect([...new Set([...literals, ...made])].sort()).toMatchInlineSnapshot(`
[
  "[Console]",
  "[Microsoft.Win32.RegistryHive]",
  "[Microsoft.Win32.RegistryKey]",
  "[Microsoft.Win32.RegistryValueKind]",
  "[Microsoft.Win32.RegistryValueOptions]",
  "[Microsoft.Win32.RegistryView]",
  "[System.Array]",
  "[System.BitConverter]",
  "[System.Buffer]",
  "[System.Collections.Hashtable]",
  "[System.Convert]",
  "[System.DateTime]",
  "[System.Diagnostics.Eventing.Reader.EventLogQuery]",
  "[System.Diagnostics.Eventing.Reader.EventLogReader]",
  "[System.Diagnostics.Eventing.Reader.PathType]",
  "[System.Diagnostics.Process]",
  "[System.Diagnostics.Stopwatch]",
  "[System.Environment]",
  "[System.Globalization.CultureInfo]",
  "[System.Globalization.NumberStyles]",
  "[System.Guid]",
  "[System.IO.Directory]",
  "[System.IO.FileAccess]",
  "[System.IO.FileAttributes]",
  "[System.IO.FileMode]",
  "[System.IO.FileOptions]",
  "[System.IO.FileShare]",
  "[System.IO.FileSystemAclExtensions]",
  "[System.IO.File]",
  "[System.IO.IOException]",
  "[System.IO.Path]",
  "[System.IO.StreamReader]",
  "[System.IO.Stream]",
  "[System.InvalidOperationException]",
  "[System.Management.Automation.PSCustomObject]",
  "[System.Management.Automation.PowerShell]",
  "[System.Management.Automation.Runspaces.InitialSessionState]",
  "[System.Management.Automation.Runspaces.RunspaceFactory]",
  "[System.Management.Automation.Runspaces.SessionStateCmdletEntry]",
  "[System.Math]",
  "[System.Security.AccessControl.AccessControlSections]",
  "[System.Security.AccessControl.FileSystemRights]",
  "[System.Security.Cryptography.SHA256]",
  "[System.Security.Principal.SecurityIdentifier]",
  "[System.Security.Principal.WindowsBuiltInRole]",
  "[System.Security.Principal.WindowsIdentity]",
  "[System.Security.Principal.WindowsPrincipal]",
  "[System.StringComparer]",
  "[System.StringComparison]",
  "[System.Text.Encoding]",
  "[System.Text.RegularExpressions.RegexOptions]",
  "[System.Text.StringBuilder]",
  "[System.Threading.AbandonedMutexException]",
  "[System.Threading.Mutex]",
  "[System.Threading.Tasks.Task[]]",
  "[System.Threading.Tasks.Task]",
  "[System.UnauthorizedAccessException]",
  "[array]",
  "[bool]",
  "[byte[]]",
  "[byte]",
  "[char]",
  "[hashtable]",
  "[int]",
  "[long]",
  "[ref]",
  "[regex]",
  "[scriptblock]",
  "[string[]]",
  "[string]",
  "[type]",
  "[uint32]",
  "[uint64]",
  "[void]",
  "[wmi]",
  "[wmisearcher]",
  "new System.Collections.Generic.HashSet",
  "new System.Diagnostics.ProcessStartInfo",
  "new System.IO.FileInfo",
  "new System.IO.FileStream",
  "new System.IO.IOException",
  "new System.Security.AccessControl.DirectorySecurity",
  "new System.Security.AccessControl.FileSecurity",
  "new System.Security.AccessControl.RawSecurityDescriptor",
  "new System.Security.Cryptography.SHA256CryptoServiceProvider",
  "new System.Text.StringBuilder",
  "new System.UnauthorizedAccessException",
  "new byte[]",
  "new char[]",
  "new string[]",
]
`);
    });

    test("reads and calls these of their static members, each of them in .NET Framework 4.5 and in .NET 6, or behind a look at the version", () => {
        const members = [...WHOLE.matchAll(/\[([A-Za-z]\w*(?:\.\w+)+|Console)\]::(\w+)/g)].map(([, type, name]) => `${type}::${name}`);
        expect([...new Set(members)].sort()).toMatchInlineSnapshot(`
[
  "Console::OpenStandardOutput",
  "Microsoft.Win32.RegistryHive::LocalMachine",
  "Microsoft.Win32.RegistryKey::OpenBaseKey",
  "Microsoft.Win32.RegistryValueKind::MultiString",
  "Microsoft.Win32.RegistryValueKind::String",
  "Microsoft.Win32.RegistryValueOptions::DoNotExpandEnvironmentNames",
  "Microsoft.Win32.RegistryView::Registry64",
  "System.Array::Copy",
  "System.Array::IndexOf",
  "System.BitConverter::GetBytes",
  "System.BitConverter::ToInt32",
  "System.BitConverter::ToInt64",
  "System.BitConverter::ToString",
  "System.BitConverter::ToUInt32",
  "System.BitConverter::ToUInt64",
  "System.Buffer::BlockCopy",
  "System.Collections.Hashtable::new",
  "System.Convert::FromBase64String",
  "System.Convert::ToBase64String",
  "System.Convert::ToByte",
  "System.DateTime::UtcNow",
  "System.Diagnostics.Eventing.Reader.EventLogQuery::new",
  "System.Diagnostics.Eventing.Reader.EventLogReader::new",
  "System.Diagnostics.Eventing.Reader.PathType::LogName",
  "System.Diagnostics.Process::GetCurrentProcess",
  "System.Diagnostics.Process::Start",
  "System.Diagnostics.Stopwatch::StartNew",
  "System.Environment::CurrentDirectory",
  "System.Environment::GetFolderPath",
  "System.Environment::Is64BitOperatingSystem",
  "System.Environment::Is64BitProcess",
  "System.Environment::MachineName",
  "System.Environment::OSVersion",
  "System.Environment::SystemDirectory",
  "System.Globalization.CultureInfo::InvariantCulture",
  "System.Globalization.NumberStyles::None",
  "System.Guid::NewGuid",
  "System.IO.Directory::CreateDirectory",
  "System.IO.Directory::Delete",
  "System.IO.Directory::Exists",
  "System.IO.Directory::GetFiles",
  "System.IO.File::Delete",
  "System.IO.File::Exists",
  "System.IO.File::GetAttributes",
  "System.IO.File::Move",
  "System.IO.File::Open",
  "System.IO.File::Replace",
  "System.IO.FileAccess::Read",
  "System.IO.FileAccess::ReadWrite",
  "System.IO.FileAttributes::Directory",
  "System.IO.FileAttributes::ReadOnly",
  "System.IO.FileAttributes::ReparsePoint",
  "System.IO.FileMode::CreateNew",
  "System.IO.FileMode::Open",
  "System.IO.FileMode::OpenOrCreate",
  "System.IO.FileOptions::DeleteOnClose",
  "System.IO.FileOptions::None",
  "System.IO.FileShare::Inheritable",
  "System.IO.FileShare::None",
  "System.IO.FileShare::Read",
  "System.IO.FileSystemAclExtensions::Create",
  "System.IO.FileSystemAclExtensions::CreateDirectory",
  "System.IO.IOException::new",
  "System.IO.Path::Combine",
  "System.IO.Path::GetDirectoryName",
  "System.IO.Path::GetFileName",
  "System.InvalidOperationException::new",
  "System.Management.Automation.PowerShell::Create",
  "System.Management.Automation.Runspaces.InitialSessionState::Create",
  "System.Management.Automation.Runspaces.RunspaceFactory::CreateRunspace",
  "System.Management.Automation.Runspaces.SessionStateCmdletEntry::new",
  "System.Math::Max",
  "System.Math::Min",
  "System.Security.Cryptography.SHA256::Create",
  "System.Security.Principal.WindowsBuiltInRole::Administrator",
  "System.Security.Principal.WindowsIdentity::GetCurrent",
  "System.Security.Principal.WindowsPrincipal::new",
  "System.StringComparer::OrdinalIgnoreCase",
  "System.StringComparison::Ordinal",
  "System.StringComparison::OrdinalIgnoreCase",
  "System.Text.Encoding::ASCII",
  "System.Text.Encoding::Unicode",
  "System.Text.StringBuilder::new",
  "System.Threading.Mutex::new",
  "System.Threading.Tasks.Task::WaitAny",
]
`);
    });
});

/** Text in single quotes that a line of a script begins with `beginning` and ends in. */
function quoted(file: string, beginning: string): string {
    const line = script(file)
        .split("\n")
        .find((text) => text.trim().startsWith(beginning));
    const [, text] = /'([^']*)'[^']*$/.exec(line ?? "") ?? [];
    if (text === undefined) throw new Error(`${file} has no line that begins with ${beginning}`);
    return text;
}

describe("what both sides must agree on", () => {
    test("the list of files for a rebuild, and our file's name in it", () => {
        const text = WHOLE;
        expect(text).toContain(`return '${AUTORECOVER_LIST.key}'`);
        expect(text).toContain(`return '${AUTORECOVER_LIST.name}'`);
        expect(registrationFileName(namespacePath("root/a/b"))).toBe("root!a!b.mof");
        const long = namespacePath(`root/${"x".repeat(196)}`);
        expect(registrationFileName(long)).toBe(`root!${"x".repeat(95)}!!${createHash("sha256").update(long).digest("hex")}.mof`);
        expect(registrationFileName(namespacePath(long.slice(0, -1)))).toBe(`root!${"x".repeat(195)}.mof`);
        expect(text).toContain("$name = $Path.Replace('/', '!')");
        expect(text).toContain("if ($name.Length -gt 200) { $name = $name.Substring(0, 100) + '!!' + (Get-WmisecHash");
        expect(`${AUTORECOVER_LIST.name} timestamp`).toBe(AUTORECOVER_TIME.name);
        expect(text).toContain("$opened.SetValue($name + ' timestamp', $now,");
    });

    test("how large a file may be", () => {
        const text = WHOLE;
        const [, bytes] = /\$stream\.Length -gt (\d+)\)/.exec(text) ?? [];
        const [, characters] = /\$text\.Length -gt (\d+)\)/.exec(script("definition.ps1")) ?? [];
        const answer = (length: number) =>
            definitionReading.safeParse({
                file: "C:\\a.mof",
                state: "present",
                content: Buffer.alloc(length).toString("base64"),
                backup: null,
            }).success;
        expect([answer(Number(bytes)), answer(Number(bytes) + 3)]).toEqual([true, false]);
        expect(Number(characters)).toBe(4 * Math.ceil(Number(bytes) / 3));
    });

    test("what is a path of a MOF file", () => {
        const name = quoted("definition.ps1", "$name = ");
        const device = new RegExp(quoted("definition.ps1", "if ((-not $good) -or ($lower -cmatch ").replace("\\z", "$"));
        const ending = new RegExp(quoted("definition.ps1", "$good = ").replace("\\z", "$"));
        const shape = new RegExp(`^[A-Za-z]:(\\\\${name})+$`);
        const [, longest] = /\$text\.Length -le (\d+)\)/.exec(script("definition.ps1")) ?? [];
        const taken = (path: string) =>
            path.length <= Number(longest) && shape.test(path) && ending.test(path.toLowerCase()) && !device.test(path.toLowerCase());
        const part = fc.oneof(
            fc.constantFrom(
                "Contoso",
                "con",
                "CON.x",
                "conin$",
                "CONOUT$ .x",
                "conin",
                "com1",
                "lpt9.",
                "nul",
                "console",
                "..",
                ".",
                "",
                " ",
                "a b",
                "a.",
                "a:b",
                "%windir%",
                "\u00fc",
                "a\n",
            ),
            fc.string({ maxLength: 6 }),
            fc.string({ minLength: 190, maxLength: 200, unit: fc.constantFrom("a", "b") }),
        );
        const end = fc.constantFrom(".mof", ".MOF", ".mfl", ".mof ", ".mof\n", ".mof:s", "");
        const path = fc.tuple(
            fc.constantFrom("C:", "c:", "C", "\\\\?\\C:", "\\\\host\\c$", ""),
            fc.array(part, { maxLength: 4 }),
            part,
            end,
        );
        fc.assert(
            fc.property(path, ([drive, folders, file, ending]) => {
                const text = [drive, ...folders, file + ending].join("\\");
                expect([text, taken(text)]).toEqual([text, definitionFile.safeParse(text).success]);
            }),
            fuzzRuns(2000),
        );
        // Spaces between a device's name and its dot: only the host's side knows what Windows makes of them.
        expect(taken("C:\\nul .mof")).toBe(false);
    });

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
        const table = /^\$WmisecVerbs = @\{\n([\s\S]*?)^\}$/m.exec(script("windows.ps1"))?.[1] ?? "";
        const verbs = [...table.matchAll(/(\w+) += '/g)].map(([, name]) => name);
        expect(verbs).toEqual(Object.keys(VERBS));
    });

    test("the ledger's key, the limit of a request, and the names of failures", () => {
        const text = WHOLE;
        expect(script("registry.ps1")).toContain(`return '${LEDGER_KEY}'`);
        expect(script("protocol.ps1")).toContain(`$WmisecMaxRequest = ${MAX_REQUEST}\n`);
        expect(script("protocol.ps1")).toContain(`$WmisecMaxAnswer = ${MAX_FRAME}\n`);
        const faults = [...text.matchAll(/New-WmisecFault '(\w+)'/g)].map(([, word]) => `pulumi-wmisec.${word}`);
        const named = [...text.matchAll(/'(pulumi-wmisec\.[A-Z]\w+)'/g)].map(([, name]) => name ?? "");
        expect([...new Set([...faults, ...named])].sort()).toEqual(Object.values(AGENT_FAILURES).sort());
    });
});
