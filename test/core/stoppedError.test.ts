import { isWmisecError, type WmisecError } from "../../provider/core/errors";
import { stoppedError } from "../../provider/core/ledger/stoppedError";
import { namespacePath } from "../../provider/core/namespacePath";
import type { Step, Stopped } from "../../provider/core/wire/step";

const path = namespacePath("root/contoso");
const FILE = "C:\\Contoso\\contoso.mof";
const HASH = "0".repeat(64);

const flag = (compiler: "mofcomp" | "api"): Step => ({
    do: "compileMof",
    path,
    expect: { effective: null, stored: null },
    mof: "x",
    required: true,
    compiler,
});
const register: Step = { do: "registerMof", path, expect: { registered: false, file: null }, mof: "x", compiler: "api" };
const edit: Step = { do: "editDefinition", file: FILE, expect: HASH, content: "", compiler: "mofcomp" };
const ledger: Step = { do: "setLedger", item: "namespace:root/contoso", expect: null, text: "{}" };

/** What stopped the second of two steps. */
const error = (step: Step, stopped: Record<string, unknown>): WmisecError =>
    stoppedError([ledger, step], { step: 1, ...stopped } as unknown as Stopped, 1, 10);

const api = (phase: number, more: object = {}) => ({
    reason: "compilerApi",
    during: "compile",
    phase,
    hresult: "0x80041002",
    object: 0,
    firstLine: 0,
    lastLine: 0,
    ...more,
});
const failed = (type: string, hresult: string) => ({ reason: "failed", failure: { type, hresult, wmiCode: null, message: "no" } });

test.each<[string, Step, Record<string, unknown>, string, RegExp, RegExp, RegExp]>([
    [
        "our own MOF does not compile",
        flag("mofcomp"),
        { reason: "mofcomp", during: "compile", exit: 3, output: "" },
        "mofSyntax",
        /^mofcomp refused root\/contoso: MOF syntax error \(exit 3\)$/,
        /short MOF file/,
        /WMISEC_KEEP_MOF=1/,
    ],
    [
        "the edited file does not pass the check",
        edit,
        { reason: "mofcomp", during: "check", exit: 3, output: "C:\\x.mof (3): error SYNTAX 0X80044000: no" },
        "mofSyntax",
        /^mofcomp refused C:\\Contoso\\contoso\.mof: MOF syntax error \(exit 3, 0x80044000\)$/,
        /the file was not touched/,
        /mofcomp -check C:\\Contoso\\contoso\.mof/,
    ],
    [
        "the edited file does not compile",
        edit,
        { reason: "mofcomp", during: "compile", exit: 1, output: "Number: 0x80041003" },
        "mofRejected",
        /exit 1, 0x80041003/,
        /the file was restored/,
        /Edit Security/,
    ],
    [
        "the API can't read it",
        edit,
        api(1, { firstLine: 7, lastLine: 7 }),
        "mofSyntax",
        /^IMofCompiler refused C:.*: MOF syntax error \(0x80041002, lines 7 to 7\)$/,
        /restored/,
        /-check/,
    ],
    [
        "the API does not like the arguments",
        flag("api"),
        api(2),
        "mofRejected",
        /the arguments are wrong \(0x80041002\)$/,
        /IMofCompiler on/,
        /bug/,
    ],
    [
        "the API can't store it",
        register,
        api(3, { hresult: "0x80041003", object: 1, firstLine: 2, lastLine: 4 }),
        "mofRejected",
        /^IMofCompiler refused root\/contoso: the repository would not store it \(0x80041003, object 1, lines 2 to 4\)$/,
        /IMofCompiler on/,
        /^set compiler: "mofcomp": .*Edit Security/,
    ],
    ["a phase that is documented nowhere", flag("api"), api(9), "mofRejected", /failed in phase 9/, /IMofCompiler on/, /winmgmt/],
    [
        "a policy blocks mofcomp.exe",
        flag("mofcomp"),
        failed("System.ComponentModel.Win32Exception", "0x800704ec"),
        "mofcompFailed",
        /^compiling the MOF for root\/contoso failed$/,
        /step 2 of 2; 1 done before it/,
        /^a policy of the host \(AppLocker.*set compiler: "api"/,
    ],
    [
        "mofcomp.exe does not end",
        flag("mofcomp"),
        failed("pulumi-wmisec.ProgramTimeout", "0x80131509"),
        "mofcompFailed",
        /^compiling the MOF for root\/contoso failed$/,
        /step 2 of 2/,
        /^make sure that the service winmgmt runs(?!.*AppLocker)/,
    ],
    [
        "the host is simulated, and the file beyond that",
        edit,
        failed("pulumi-wmisec.NotSimulated", "0x80131509"),
        "notSimulated",
        /^editing C:/,
        /step 2 of 2/,
        /^this host is simulated(?!.*winmgmt)/,
    ],
    [
        "mofcomp.exe may not be started",
        edit,
        failed("System.ComponentModel.Win32Exception", "0x80070005"),
        "mofcompFailed",
        /^editing C:/,
        /step 2 of 2/,
        /set compiler: "api"/,
    ],
    [
        "the file is marked read-only",
        edit,
        failed("pulumi-wmisec.ReadOnlyFile", "0x80131509"),
        "fileReadOnly",
        /^editing C:/,
        /step 2 of 2/,
        /attrib -r/,
    ],
    [
        "administrators may not write to the file",
        edit,
        failed("System.UnauthorizedAccessException", "0x80070005"),
        "denied",
        /^editing C:/,
        /step 2 of 2/,
        /^let Administrators write to the file and its folder \(icacls .*TrustedInstaller.*use autorecover$/,
    ],
    [
        "administrators may not write to the file any more",
        { do: "restoreDefinition", file: FILE, expect: HASH, backup: HASH },
        failed("System.UnauthorizedAccessException", "0x80070005"),
        "denied",
        /^restoring C:/,
        /step 2 of 2/,
        /^let Administrators write to the file and its folder .*run again$/,
    ],
    [
        "others may change the file by now",
        edit,
        failed("pulumi-wmisec.UnsafeFile", "0x80131509"),
        "definitionUnsafe",
        /^editing C:/,
        /step 2 of 2/,
        /icacls/,
    ],
    [
        "somebody else was quicker, each time",
        edit,
        { reason: "unexpected", found: "file missing" },
        "changedMeanwhile",
        /somebody else/,
        /planned 10 times/,
        /find out what else writes/,
    ],
    [
        "the end of a compiler for a step that compiles nothing",
        { do: "restoreDefinition", file: FILE, expect: HASH, backup: HASH },
        { reason: "mofcomp", during: "compile", exit: 1, output: "" },
        "protocol",
        /compiles nothing/,
        /restoring C:/,
        /session/,
    ],
])("%s", (_title, step, stopped, code, summary, tried, remedy) => {
    const found = error(step, stopped);
    expect(isWmisecError(found)).toBe(true);
    expect(found.code).toBe(code);
    expect(found.summary).toMatch(summary);
    expect(found.details.tried).toMatch(tried);
    expect(found.details.remedy).toMatch(remedy);
});
