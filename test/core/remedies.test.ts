import { failureError } from "../../provider/agent/failureError";
import { type Item, UNSEC_APP_ITEM } from "../../provider/core/items/item";
import { readingError } from "../../provider/core/items/readingError";
import { stoppedError } from "../../provider/core/ledger/stoppedError";
import { type Doing, remedyFor } from "../../provider/core/remedies";
import { AGENT_FAILURES, type HostFailure, NOT_SIMULATED, WBEM_ACCESS_DENIED } from "../../provider/core/wire/hostFailure";

const failure = (type: string, wmiCode: string | null = null): HostFailure => ({ type, hresult: "0x80131501", wmiCode, message: "no" });

const value = UNSEC_APP_ITEM;
const definition = { type: "definition", file: "C:\\x.mof" } as unknown as Item;
const step = { do: "setLedger", item: "x", expect: null, text: "{}" } as const;

/** The remedy that an error has for one failure, wherever it meets it. */
const remedies = (what: HostFailure) => [
    failureError(what, "the look").details.remedy,
    readingError(value, what, "declare").details.remedy,
    stoppedError([step], { reason: "failed", step: 0, failure: what }, 0, 1).details.remedy,
];

test.each([
    ["a folder that is not as we make it", AGENT_FAILURES.unsafeFolder, /anew for administrators only/],
    ["a file that others may write", AGENT_FAILURES.unsafeFile, /icacls shows who may/],
    ["a read-only file", AGENT_FAILURES.readOnlyFile, /attrib -r/],
    ["what a simulated host can't do", NOT_SIMULATED, /this host is simulated/],
])("%s has one remedy, whatever was being done", (_what, type, words) => {
    const [first = "", ...others] = remedies(failure(type));
    expect(first).toMatch(words);
    expect(others).toEqual([first, first]);
});

const DENIED = failure("x", WBEM_ACCESS_DENIED);

test.each<[Doing, RegExp]>([
    ["request", /member of the host's Administrators/],
    ["read namespace", /Remote Enable and Read Security/],
    ["read value", /Remote Enable and Read Security/],
    ["read definition", /read the file and its folder/],
    ["compileMof", /administrator of the host with full rights/],
    ["editDefinition", /write to the file.*TrustedInstaller/],
    ["restoreDefinition", /write to the file.*then run again$/],
    ["step", /administrator of the host with full rights/],
])("what to do where we are denied depends on what was being done: %s", (doing, words) => expect(remedyFor(DENIED, doing)).toMatch(words));

test.each<[string, HostFailure, Doing, "api" | "mofcomp" | undefined, RegExp]>([
    ["another run's turn", failure(AGENT_FAILURES.busy), "request", undefined, /the other run of pulumi-wmisec/],
    ["WMI is switched off", failure("x", "0x80070422"), "request", undefined, /Set-Service winmgmt/],
    ["mofcomp hangs", failure(AGENT_FAILURES.programTimeout), "compileMof", "mofcomp", /sc query winmgmt/],
    ["mofcomp may not start", failure("System.ComponentModel.Win32Exception"), "compileMof", "mofcomp", /./],
    ["the compiler's interface hangs", failure(AGENT_FAILURES.programTimeout), "compileMof", "api", /go back to compiler: "mofcomp"/],
    ["no C# compiler", failure("x"), "compileMof", "api", /Add-Type/],
    ["anything else in a step", failure("x"), "compileMof", "mofcomp", /known to the ledger/],
    ["anything else in a look", failure("x"), "read namespace", undefined, /nothing was written/],
    ["anything else in a request", failure(AGENT_FAILURES.otherMachine), "request", undefined, /event logs/],
])("%s", (_what, what, doing, compiler, words) => expect(remedyFor(what, doing, compiler)).toMatch(words));

test("only of a definition that is to be put back it is said how to take leave of it", () => {
    const unsafe = failure(AGENT_FAILURES.unsafeFile);
    expect(readingError(definition, unsafe, "release").details.remedy).toMatch(/icacls.*\. Or, to give the file up as it is/);
    expect(readingError(definition, unsafe, "declare").details.remedy).not.toMatch(/give the file up/);
    expect(readingError(definition, failure(AGENT_FAILURES.fileTooLarge), "release").details.remedy).toMatch(/^to give the file up/);
    expect(readingError(value, unsafe, "release").details.remedy).not.toMatch(/give the file up/);
});
