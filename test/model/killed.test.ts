import { autorecoverMof, encryptionMof } from "../../provider/core/mof/generate";
import { namespacePath } from "../../provider/core/namespacePath";
import { LEDGER_ONLY } from "../../provider/core/wire/observation";
import type { Step } from "../../provider/core/wire/step";
import { sha256 } from "../../provider/model/fileAccess";
import { registeredFile } from "../../provider/model/registrations";
import { apply } from "../../provider/model/verbs";
import { WindowsMachine } from "../../provider/model/windowsMachine";

const PATH = namespacePath("root/cimv2");
const FILE = "C:\\Contoso\\contoso.mof";
const BACKUP = `${FILE}.pulumi-wmisec-backup`;
const BEFORE = '#pragma namespace("\\\\\\\\.\\\\root")\r\ninstance of __Namespace { Name = "Contoso"; };\r\n';
const AFTER = `${BEFORE}// edited\r\n`;
const OURS = autorecoverMof(PATH, true);
const hash = (text: string) => sha256(Buffer.from(text));

const compileMof: Step = {
    do: "compileMof",
    path: PATH,
    expect: { effective: null, stored: null },
    mof: encryptionMof(PATH, true),
    required: true,
    compiler: "mofcomp",
};
const register: Step = { do: "registerMof", path: PATH, expect: { registered: false, file: null }, mof: OURS, compiler: "mofcomp" };
const unregister: Step = { do: "unregisterMof", path: PATH, expect: { registered: true, file: hash(OURS) } };
const edit: Step = { do: "editDefinition", file: FILE, expect: hash(BEFORE), content: btoa(AFTER), compiler: "mofcomp" };
const restore: Step = { do: "restoreDefinition", file: FILE, expect: hash(AFTER), backup: hash(BEFORE) };

class Killed extends Error {}

/** Carries out the first steps, and dies halfway through the one after them. */
async function killedAfter(machine: WindowsMachine, done: number, ...steps: Step[]): Promise<void> {
    const pace = {
        beforeStep: async () => undefined,
        halfway: (index: number) => {
            if (index === done) throw new Killed();
        },
    };
    await expect(apply(machine, { steps, observe: LEDGER_ONLY, mutexTimeoutMs: 0, pace })).rejects.toBeInstanceOf(Killed);
}

const again = (machine: WindowsMachine, ...steps: Step[]) => apply(machine, { steps, observe: LEDGER_ONLY, mutexTimeoutMs: 0 });
const isListed = (machine: WindowsMachine) => machine.autorecoverList.includes(registeredFile(PATH));
const besides = (machine: WindowsMachine) => machine.files.list().filter((file) => /\.mof\.[0-9a-f]{32}\.pulumi-wmisec-old$/.test(file));

test("compiling: the file is there, nothing is stored, and the next writer takes it away", async () => {
    const machine = new WindowsMachine();
    await killedAfter(machine, 0, compileMof);
    expect([machine.flag(PATH), machine.files.list().map((file) => machine.files.text(file))]).toEqual([null, [encryptionMof(PATH, true)]]);
    expect([(await again(machine, compileMof)).stopped, machine.flag(PATH), machine.files.list()]).toEqual([null, true, []]);
});

test("compiling by the API: there is no file", async () => {
    const machine = new WindowsMachine();
    await killedAfter(machine, 0, { ...compileMof, compiler: "api" });
    expect([machine.flag(PATH), machine.files.list(), machine.mutex.abandoned]).toEqual([null, [], 1]);
});

test("a ledger entry, a value: not written", async () => {
    const machine = new WindowsMachine();
    await killedAfter(machine, 0, { do: "setLedger", item: "x", expect: null, text: "y" });
    await killedAfter(machine, 0, { do: "setValue", key: "SOFTWARE", name: "x", expect: null, data: { kind: "REG_SZ", value: "1" } });
    expect(machine.writes.all).toEqual([]);
});

test("registering: the file is there, and neither flag nor entry", async () => {
    const machine = new WindowsMachine();
    await killedAfter(machine, 0, register);
    expect([machine.files.list(), machine.flag(PATH), isListed(machine)]).toEqual([[registeredFile(PATH)], null, false]);
    const next = { ...register, expect: { registered: false, file: hash(OURS) } };
    expect([(await again(machine, next)).stopped, machine.flag(PATH), isListed(machine)]).toEqual([null, true, true]);
});

test("unregistering: the entry is gone, the file is still there", async () => {
    const machine = new WindowsMachine();
    await killedAfter(machine, 1, register, unregister);
    expect([machine.files.list(), isListed(machine)]).toEqual([[registeredFile(PATH)], false]);
    const next = { ...unregister, expect: { registered: false, file: hash(OURS) } };
    expect([(await again(machine, next)).stopped, machine.files.list()]).toEqual([null, []]);
});

test("editing a definition: the new text and the backup are there, nothing is compiled, and the old file lies beside them", async () => {
    const machine = new WindowsMachine();
    machine.behindOurBack.writeFile(FILE, BEFORE);
    await killedAfter(machine, 0, edit);
    expect([machine.files.text(FILE), machine.files.text(BACKUP), machine.flag("root/contoso")]).toEqual([AFTER, BEFORE, "missing"]);
    expect(besides(machine).map((file) => machine.files.text(file))).toEqual([BEFORE]);
    expect((await again(machine, restore)).stopped).toBeNull();
    expect([machine.files.list(), machine.files.text(FILE)]).toEqual([[FILE], BEFORE]);
});

test("restoring a definition: the file is as it was and the backup gone; only the edited text still lies beside it", async () => {
    const machine = new WindowsMachine();
    machine.behindOurBack.writeFile(FILE, BEFORE);
    await killedAfter(machine, 1, edit, restore);
    expect([machine.files.text(FILE), machine.files.text(BACKUP)]).toEqual([BEFORE, undefined]);
    expect(besides(machine).map((file) => machine.files.text(file))).toEqual([AFTER]);
    await again(machine, edit, restore);
    expect(machine.files.list()).toEqual([FILE]);
});
