import { LOOP_SCRIPT } from "../../provider/agent/command";
import { script } from "../../provider/agent/scriptText";
import { nameOf, ofType, Trees, WHOLE } from "./agentTree";
import { ALLOWED_COMMANDS } from "./allowedCommands";

let trees: Trees;

beforeAll(async () => {
    trees = await Trees.load();
});

describe("what becomes code", () => {
    test("the bootstrap looks at the language mode before it does anything that needs another one", () => {
        const [first] = ofType(trees.of(script("bootstrap.ps1")), "statement_list")[0]?.children ?? [];
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
        const told = ofType(trees.agent, "command").filter(({ text }) => /^Invoke-WmisecWorker\b/.test(text));
        expect(told.map(({ text }) => text)).toEqual([
            "Invoke-WmisecWorker $Worker $adding $given $LimitMs",
            "Invoke-WmisecWorker $worker 'Invoke-WmisecRequest $args[0]' $request $limitMs",
        ]);
        expect(WHOLE.match(/.*\$adding = .*/g)).toEqual([
            "    $adding = '$ErrorActionPreference = ''Stop''; $WmisecRunning = $args[0][''Running'']; . $args[0][''Script''].Ast.GetScriptBlock()'",
        ]);
        const added = ofType(trees.agent, "command").filter(({ text }) => /^Add-WmisecScript\b/.test(text));
        expect(added.map(({ text }) => text)).toEqual([
            "Add-WmisecScript $worker $running $Core $Limits['HandshakeMs']",
            "Add-WmisecScript $worker $running ([scriptblock]::Create($part['Text'])) $Limits['HandshakeMs']",
        ]);
    });

    test("the loop calls no command of PowerShell, and the second runspace has these alone, by their types", () => {
        const loop = trees.of(script(LOOP_SCRIPT));
        const own = ofType(loop, "function_statement").map(nameOf);
        const called = ofType(loop, "command_name").map(({ text }) => text);
        expect(called.filter((name) => !own.includes(name))).toEqual([]);
        const commands = ALLOWED_COMMANDS.map((name) => `'${name}'`).join(", ");
        expect(script(LOOP_SCRIPT)).toContain(`foreach ($command in @(${commands})) {`);
        expect(script(LOOP_SCRIPT)).toContain("InitialSessionState]::Create()");
    });

    test("no command is called before the account's own modules are out of the way, nor any that comes from a place of its own", () => {
        const bootstrap = trees.of(script("bootstrap.ps1"));
        expect(ofType(bootstrap, "command_name").map(({ text }) => text)).toEqual([]);
        const path = "$env:PSModulePath = [System.IO.Path]::Combine($PSHOME, 'Modules')";
        expect(script("bootstrap.ps1")).toContain(path.replace("System.", ""));
        // Opening a runspace puts them back.
        expect(WHOLE.match(/\.Open\(\)[\s\S]*?\n}/g)).toEqual([expect.stringContaining(path)]);
        expect(WHOLE.match(/CreateRunspace\(/g)).toHaveLength(1);
        expect(WHOLE).not.toMatch(/Import-Module|AddModule|ImportPSModule|#requires/i);
    });

    test("text becomes C# in one place, which is given one text that no request is part of", () => {
        const added = ofType(trees.agent, "command").filter((command) => /^Add-Type\b/i.test(command.text));
        expect(added.map(({ text }) => text)).toEqual(["Add-Type -TypeDefinition $source -IgnoreWarnings"]);
        const sources = ofType(trees.agent, "assignment_expression").filter(({ text }) => /^\$source\s*=/i.test(text));
        expect(sources.map(({ text }) => /^\$source = (@'\n[\s\S]*\n'@)$/.test(text))).toEqual([true]);
        expect(script("compilerApi.ps1")).toContain(sources[0]?.text);
    });
});

describe("what the agent can call", () => {
    test("calls its own functions and a handful of commands", () => {
        const own = trees.declarations().map(nameOf);
        const called = new Set(ofType(trees.agent, "command_name").map(({ text }) => text));
        expect([...called].filter((name) => !own.includes(name)).sort()).toEqual([...ALLOWED_COMMANDS]);
    });

    test("calls a function by a name in a variable where a table of its own has the name: of verbs, kinds and steps", () => {
        const dynamic = ofType(trees.agent, "command_invokation_operator").map((operator) => operator.parent?.text);
        expect(dynamic.sort()).toEqual([
            "& $function $request.args",
            "& $kind['Check'] $Step",
            "& $kind['Check'] $one",
            "& $kind['Do'] $step $Arguments",
            "& $kind['Read'] $asked",
            "& $kind['Tidy'] $one",
        ]);
        const from = [...WHOLE.matchAll(/\$(?:function|kind) (?:=|in) (?!\[).*/g)].map(([text]) => text);
        expect([...new Set(from)].sort()).toEqual([
            "$function = Get-WmisecVerbFunction $request $Asked['TimeoutMs'] $WmisecVerbs",
            "$kind = Get-WmisecStepKind $Step",
            "$kind = Get-WmisecStepKind $step",
            "$kind in $WmisecKinds) {",
            "$kind in $WmisecKinds) { $kind['List'] })",
        ]);
        const own = trees.declarations().map(nameOf);
        for (const table of ["Verbs", "Kinds", "Steps"]) {
            const made = [...WHOLE.matchAll(new RegExp(`^\\$Wmisec${table} = @[{(]\\n([\\s\\S]*?)^[})]$`, "gm"))];
            expect([table, made.length, WHOLE.match(new RegExp(`\\$Wmisec${table}(?: =|\\[[^\\]]*\\] =| \\+=)`, "g"))?.length]).toEqual([
                table,
                1,
                1,
            ]);
            const names = [...(made[0]?.[1] ?? "").matchAll(/'([A-Z]\w+-\w+)'/g)].map(([, name]) => name ?? "");
            expect(names.filter((name) => !own.includes(name))).toEqual([]);
            expect(names.length).toBeGreaterThan(3);
        }
    });

    test("touches these types of .NET and Windows, and no others", () => {
        const literals = ofType(trees.agent, "type_literal").map(({ text }) => text);
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
