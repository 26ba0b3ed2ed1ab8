import { AUTORECOVER_LIST } from "../../provider/core/mof/autorecover";
import { autorecoverMof, encryptionMof } from "../../provider/core/mof/generate";
import { namespacePath } from "../../provider/core/namespacePath";
import { runMofcomp } from "../../provider/model/machineMofcomp";
import { WindowsMachine } from "../../provider/model/windowsMachine";
import { VENDOR_LIST } from "../../provider/model/windowsMofs";

const CONTOSO = namespacePath("root/contoso");
const PRODUCT = "C:\\Contoso\\contoso.mof";
const OURS = "C:\\Program Files\\pulumi-wmisec\\root!contoso.mof";
const product = (qualifier = "") =>
    `#pragma autorecover\r\n#pragma namespace("\\\\\\\\.\\\\root")\r\n${qualifier}instance of __Namespace { Name = "Contoso"; };\r\n`;

/** A machine whose list has these files behind Windows' own, in this order. */
function machineWith(files: Readonly<Record<string, string>>): WindowsMachine {
    const machine = new WindowsMachine({ namespaces: { "root/Contoso": true, "root/Fabrikam": true } });
    for (const [path, text] of Object.entries(files)) {
        machine.behindOurBack.writeFile(path, text);
        machine.behindOurBack.register(path);
    }
    machine.writes.clear();
    return machine;
}
const events = (machine: WindowsMachine) => machine.events.list().map(({ id, inserts }) => [id, ...inserts]);

test("the vendor's flags come back, and what has no registration is lost", () => {
    const machine = machineWith({});
    machine.behindOurBack.setFlag("root/cimv2", true);
    machine.behindOurBack.setFlag("root/MSCluster", false);
    machine.rebuildRepository();
    expect(["root/cimv2", "root/MSCluster", "root/Contoso", "root/Fabrikam"].map((path) => machine.flag(path))).toEqual([
        null,
        true,
        "missing",
        "missing",
    ]);
    expect(machine.namespaces.readings("root/MSCluster")).toEqual({ effective: true, stored: true });
});

test("the listed files are compiled in the order of the list: who comes last wins", () => {
    const [on, off] = ["C:\\on.mof", "C:\\off.mof"];
    const flag = (required: boolean) => encryptionMof(namespacePath("root/cimv2"), required);
    const machine = machineWith({ [on]: flag(true), [off]: flag(false) });
    machine.rebuildRepository();
    expect(machine.flag("root/cimv2")).toBe(false);
    machine.behindOurBack.register(on);
    machine.rebuildRepository();
    expect(machine.flag("root/cimv2")).toBe(true);
    machine.behindOurBack.register(on, 0);
    machine.rebuildRepository();
    expect(machine.flag("root/cimv2")).toBe(false);
});

test("our file in front of the product's finds no namespace yet, and an event says so", () => {
    const machine = machineWith({ [PRODUCT]: product(), [OURS]: autorecoverMof(CONTOSO, true) });
    machine.rebuildRepository();
    expect(machine.flag("root/contoso")).toBe(true);
    machine.events.reset();
    machine.behindOurBack.register(OURS, 0);
    machine.rebuildRepository();
    expect(machine.flag("root/contoso")).toBeNull();
    expect(events(machine)).toContainEqual([4, "0x8004100e", OURS]);
});

test("a file that is gone, or is not MOF, is told in an event, and on it goes", () => {
    const machine = machineWith({
        "C:\\gone.mof": "",
        "C:\\bad.mof": "instance of",
        [PRODUCT]: product(),
        [OURS]: autorecoverMof(CONTOSO, true),
    });
    machine.behindOurBack.deleteFile("C:\\gone.mof");
    machine.rebuildRepository();
    expect(events(machine)).toEqual([
        [5600],
        [5616],
        [4, "0x80041002", "C:\\gone.mof"],
        [4, expect.stringMatching(/^0x800440/), "C:\\bad.mof"],
        [5615],
        [5617],
    ]);
    expect(machine.flag("root/Contoso")).toBe(true);
});

test("files, registry, ledger, list and earlier events stay; nothing of it counts as ours", () => {
    const machine = machineWith({ [PRODUCT]: product(), [OURS]: autorecoverMof(CONTOSO, true) });
    machine.behindOurBack.setLedger("namespace:root/contoso", "{}");
    machine.restartWmi();
    machine.writes.clear();
    machine.rebuildRepository();
    expect(machine.files.list()).toEqual([PRODUCT, OURS].sort());
    expect(machine.autorecoverList).toEqual([...VENDOR_LIST, PRODUCT, OURS]);
    expect(machine.ledger()).toEqual({ "namespace:root/contoso": "{}" });
    expect(
        machine.events
            .list()
            .map(({ id }) => id)
            .slice(0, 2),
    ).toEqual([5615, 5617]);
    expect(machine.writes.items).toEqual([]);
    for (const { by, from, to } of machine.writes.all) expect([by, from === to]).toEqual(["somebody", false]);
    expect(machine.writes.flagHistory("root/contoso")).toEqual([true, "missing", null, true]);
});

test("paths in the list may have variables; a list that is absent, or of another kind, fills nothing", () => {
    const machine = machineWith({ [PRODUCT]: product() });
    machine.behindOurBack.writeFile("C:\\Program Files\\x.mof", encryptionMof(namespacePath("root/cimv2"), true));
    machine.behindOurBack.register("%ProgramFiles%\\x.mof");
    machine.rebuildRepository();
    expect(machine.flag("root/cimv2")).toBe(true);
    for (const value of ["absent", { kind: "REG_SZ", value: PRODUCT }] as const) {
        machine.behindOurBack.setValue(AUTORECOVER_LIST.key, AUTORECOVER_LIST.name, value);
        machine.rebuildRepository();
        expect([machine.flag("root/cimv2"), machine.flag("root/contoso")]).toEqual([null, "missing"]);
    }
});

test("another machine of the same name has no files but Windows' own, and Windows' list", () => {
    const machine = machineWith({ [PRODUCT]: product() });
    machine.rebuild();
    expect([machine.files.list(), machine.autorecoverList]).toEqual([[], VENDOR_LIST]);
});

test("what is filled in is in force at once, also where a change shows only after a start of the service", () => {
    const machine = machineWith({ "C:\\on.mof": encryptionMof(namespacePath("root/cimv2"), true) });
    machine.namespaces.instanceReading = "stale";
    machine.rebuildRepository();
    expect(machine.namespaces.readings("root/cimv2")).toEqual({ effective: true, stored: true });
});

test("a compiler leaves a list of another kind as it is", () => {
    const machine = machineWith({ [PRODUCT]: product() });
    const value = { kind: "REG_SZ", value: "x" } as const;
    machine.behindOurBack.setValue(AUTORECOVER_LIST.key, AUTORECOVER_LIST.name, value);
    expect(runMofcomp(machine, PRODUCT, "compile").exit).toBe(0);
    expect(machine.value(AUTORECOVER_LIST.key, AUTORECOVER_LIST.name)).toEqual(value);
});

test("a file that somebody put among Windows' own takes part, and those that are not there count as Windows' own", () => {
    const file = "C:\\Windows\\System32\\wbem\\contoso.mof";
    const machine = machineWith({ [file]: product("[RequiresEncryption(TRUE)]\r\n") });
    machine.rebuildRepository();
    expect(machine.flag("root/Contoso")).toBe(true);
    machine.behindOurBack.unregister(file);
    machine.behindOurBack.register("%WINDIR%\\system32\\WBEM\\Contoso.mof");
    machine.behindOurBack.removeNamespace("root/Contoso");
    machine.rebuildRepository();
    expect(machine.flag("root/Contoso")).toBe(true);
    machine.events.reset();
    machine.behindOurBack.deleteFile(file);
    machine.rebuildRepository();
    expect(machine.flag("root/Contoso")).toBe("missing");
    expect(events(machine).some(([, ...inserts]) => inserts.some((one) => String(one).toLowerCase().includes("contoso")))).toBe(false);
});
