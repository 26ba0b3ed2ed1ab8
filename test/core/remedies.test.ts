import { failureError } from "../../provider/agent/failureError";
import type { WmisecError } from "../../provider/core/errors";
import { definitionItem } from "../../provider/core/items/definition";
import { stateOf } from "../../provider/core/items/itemState";
import type { Item, Purpose } from "../../provider/core/items/kind";
import { kindOf } from "../../provider/core/items/kinds";
import { namespaceItem } from "../../provider/core/items/namespaceFlag";
import { UNSEC_APP_ITEM } from "../../provider/core/items/registryValue";
import { stoppedError } from "../../provider/core/ledger/stoppedError";
import { namespacePath } from "../../provider/core/namespacePath";
import { AGENT_FAILURES, type HostFailure, NOT_SIMULATED, WBEM_ACCESS_DENIED } from "../../provider/core/wire/hostFailure";
import type { Observation } from "../../provider/core/wire/observation";
import type { Step } from "../../provider/core/wire/step";
import { NOTHING_SEEN } from "../nothingSeen";

const failure = (type: string, wmiCode: string | null = null): HostFailure => ({ type, hresult: "0x80131501", wmiCode, message: "no" });

const value = UNSEC_APP_ITEM;
const definition = definitionItem("C:\\x.mof");
const step: Step = { do: "setLedger", item: "x", expect: null, text: "{}" };

/** The error of an item that could not be read. */
function readingError(item: Item, what: HostFailure, purpose: Purpose): WmisecError {
    const { list, requestFor: asked } = kindOf(item);
    const about = asked(item);
    const key = { namespaces: "path", registrations: "path", definitions: "file", values: "" }[list];
    const reading = { ...(typeof about === "object" ? about : { [key]: about }), state: "failed", failure: what };
    try {
        stateOf(item, { ...NOTHING_SEEN, [list]: [reading] } as Observation, purpose);
    } catch (error) {
        return error as WmisecError;
    }
    throw new Error("it could be read");
}

/** The error of a step that failed. */
const stepError = (one: Step, what: HostFailure): WmisecError => stoppedError([one], { reason: "failed", step: 0, failure: what }, 0, 1);

/** The remedy that an error has for one failure, wherever it meets it. */
const remedies = (what: HostFailure) => [
    failureError(what, "the look").details.remedy,
    readingError(value, what, "declare").details.remedy,
    stepError(step, what).details.remedy,
];

test.each([
    ["a folder that is not as we make it", AGENT_FAILURES.unsafeFolder, /again for administrators only/],
    ["a file that others may write", AGENT_FAILURES.unsafeFile, /icacls shows who may/],
    ["a read-only file", AGENT_FAILURES.readOnlyFile, /attrib -r/],
    ["what a simulated host can't do", NOT_SIMULATED, /this host is simulated/],
])("%s has one remedy, whatever was being done", (_what, type, words) => {
    const [first = "", ...others] = remedies(failure(type));
    expect(first).toMatch(words);
    expect(others).toEqual([first, first]);
});

const DENIED = failure("x", WBEM_ACCESS_DENIED);

const compile = (compiler: "api" | "mofcomp") =>
    ({ do: "compileMof", path: namespacePath("root/x"), mof: "", required: true, compiler }) as Step;
const edit = { do: "editDefinition", file: "C:\\x.mof" } as Step;
const restore = { do: "restoreDefinition", file: "C:\\x.mof" } as Step;

test.each<[string, WmisecError, RegExp]>([
    ["a request", failureError(DENIED, "the look"), /member of the host's Administrators/],
    ["a namespace", readingError(namespaceItem(namespacePath("root/x")), DENIED, "declare"), /Remote Enable and Read Security/],
    ["a value", readingError(value, DENIED, "declare"), /Remote Enable and Read Security/],
    ["a definition", readingError(definition, DENIED, "declare"), /read the file and its folder/],
    ["a compile", stepError(compile("mofcomp"), DENIED), /administrator of the host with full rights/],
    ["an edit", stepError(edit, DENIED), /write to the file.*TrustedInstaller/],
    ["putting a file back", stepError(restore, DENIED), /write to the file.*then run again$/],
    ["any other step", stepError(step, DENIED), /administrator of the host with full rights/],
])("what to do where we are denied depends on what was being done: %s", (_what, error, words) =>
    expect(error.details.remedy).toMatch(words),
);

test.each<[string, WmisecError, RegExp]>([
    ["another run's turn", failureError(failure(AGENT_FAILURES.busy), "the write"), /the other run of pulumi-wmisec/],
    ["WMI is switched off", failureError(failure("x", "0x80070422"), "the look"), /Set-Service winmgmt/],
    ["mofcomp hangs", stepError(compile("mofcomp"), failure(AGENT_FAILURES.programTimeout)), /sc query winmgmt/],
    ["mofcomp may not start", stepError(compile("mofcomp"), failure("System.ComponentModel.Win32Exception")), /AppLocker/],
    ["the compiler's interface hangs", stepError(compile("api"), failure(AGENT_FAILURES.programTimeout)), /go back to compiler: "mofcomp"/],
    ["no C# compiler", stepError(compile("api"), failure("x")), /Add-Type/],
    ["anything else in a step", stepError(compile("mofcomp"), failure("x")), /the ledger knows what was written/],
    ["anything else in a look", readingError(value, failure("x"), "declare"), /nothing was written/],
    ["anything else in a request", failureError(failure(AGENT_FAILURES.otherMachine), "the write"), /event logs/],
])("%s", (_what, error, words) => expect(error.details.remedy).toMatch(words));

test("only of a definition that is to be put back it is said how to take leave of it", () => {
    const unsafe = failure(AGENT_FAILURES.unsafeFile);
    expect(readingError(definition, unsafe, "release").details.remedy).toMatch(/icacls.*\. Or, to leave the file as it is/);
    expect(readingError(definition, unsafe, "declare").details.remedy).not.toMatch(/leave the file as it is/);
    expect(readingError(definition, failure(AGENT_FAILURES.fileTooLarge), "release").details.remedy).toMatch(/^to leave the file as it is/);
    expect(readingError(value, unsafe, "release").details.remedy).not.toMatch(/leave the file as it is/);
});
