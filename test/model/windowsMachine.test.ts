import { encryptionMof } from "../../provider/core/mof/generate";
import { namespacePath } from "../../provider/core/namespacePath";
import { runMofcomp } from "../../provider/model/machineMofcomp";
import type { MofcompRun } from "../../provider/model/mofCompiler";
import { WindowsMachine } from "../../provider/model/windowsMachine";

const CIMV2 = namespacePath("root/cimv2");

function set(machine: WindowsMachine, required: boolean, path = CIMV2): MofcompRun {
    machine.files.write("C:\\x.mof", Buffer.from(encryptionMof(path, required)));
    return runMofcomp(machine, "C:\\x.mof", "compile");
}

test("a fresh machine has Windows' namespaces, of which two require encryption", () => {
    const { namespaces } = new WindowsMachine();
    expect(namespaces.list().filter((path) => namespaces.stored(path) === true)).toEqual(["root/MSCluster", "root/cimv2/TerminalServices"]);
    for (const path of ["root", "ROOT\\Default", "root/subscription", "root/securitycenter2", "root\\\\cimv2"])
        expect(namespaces.has(path)).toBe(true);
});

describe("how a change shows on the parent's __Namespace instance", () => {
    test("at once, by default", () => {
        const machine = new WindowsMachine();
        set(machine, true);
        expect(machine.namespaces.readings(CIMV2)).toEqual({ effective: true, stored: true });
    });

    test("never, where Windows does not fill it in", () => {
        const machine = new WindowsMachine({ instanceReading: "empty" });
        set(machine, true);
        expect(machine.namespaces.readings(CIMV2)).toEqual({ effective: null, stored: true });
    });

    test("after the WMI service has started again, where it is stale", () => {
        const machine = new WindowsMachine({ instanceReading: "stale", namespaces: { "root/x": null } });
        set(machine, true);
        machine.restartWmi();
        set(machine, false);
        expect(machine.namespaces.readings(CIMV2)).toEqual({ effective: true, stored: false });
        machine.restartWmi();
        expect(machine.namespaces.readings(CIMV2)).toEqual({ effective: false, stored: false });
        expect(machine.events.list().map(({ id }) => id)).toEqual([5615, 5617, 5615, 5617]);
    });

    test("root has no parent", () => {
        const machine = new WindowsMachine();
        machine.behindOurBack.setFlag("root", true);
        expect(machine.namespaces.readings("root")).toEqual({ effective: null, stored: true });
    });
});

describe("the write log", () => {
    test("tells every state of a flag in order, whoever wrote it, and counts only ours", () => {
        const machine = new WindowsMachine();
        set(machine, true);
        machine.behindOurBack.setFlag("ROOT\\cimv2", false);
        set(machine, true);
        expect(machine.writes.flagHistory("root\\CIMV2")).toEqual([null, true, false, true]);
        expect(machine.writes.items).toHaveLength(2);
        expect(machine.writes.all.map(({ order, by }) => [order, by])).toEqual([
            [1, "agent"],
            [2, "somebody"],
            [3, "agent"],
        ]);
    });

    test("a write that changes nothing is a write", () => {
        const machine = new WindowsMachine();
        set(machine, true);
        set(machine, true);
        expect(machine.writes.items.map(({ from, to }) => [from, to])).toEqual([
            [null, true],
            [true, true],
        ]);
    });

    test("once cleared it goes on counting", () => {
        const machine = new WindowsMachine();
        set(machine, true);
        machine.writes.clear();
        set(machine, false);
        expect(machine.writes.all.map(({ order }) => order)).toEqual([2]);
    });
});

describe("rebuild", () => {
    test("makes another machine with Windows' defaults and no ledger", () => {
        const machine = new WindowsMachine({ namespaces: { "root/Contoso": true } });
        machine.behindOurBack.setLedger("namespace:root/cimv2", "{}");
        set(machine, true);
        const before = machine.facts();
        machine.rebuild();
        const after = machine.facts();
        expect(after.machineGuid).not.toBe(before.machineGuid);
        expect(after.smbiosUuid).not.toBe(before.smbiosUuid);
        expect({ ...after, machineGuid: "", smbiosUuid: "" }).toEqual({ ...before, machineGuid: "", smbiosUuid: "" });
        expect(machine.value("SOFTWARE\\Microsoft\\Cryptography", "MachineGuid")).toEqual({ kind: "REG_SZ", value: after.machineGuid });
        expect([machine.flag("root/cimv2"), machine.flag("root/Contoso"), machine.ledger()]).toEqual([null, "missing", {}]);
    });

    test("an image may bring flags and an identity along", () => {
        const machine = new WindowsMachine();
        const { machineGuid } = machine.facts();
        machine.rebuild({ namespaces: { "root/cimv2": true }, machineGuid });
        expect(machine.namespaces.readings(CIMV2)).toEqual({ effective: true, stored: true });
        expect(machine.facts().machineGuid).toBe(machineGuid);
    });
});

test("two machines are two machines", () => {
    const [a, b] = [new WindowsMachine().facts(), new WindowsMachine().facts()];
    expect([a.machineGuid === b.machineGuid, a.smbiosUuid === b.smbiosUuid]).toEqual([false, false]);
});

test("a fault that bites a number of times goes out by itself, and does not count where it is not about", () => {
    const machine = new WindowsMachine({ namespaces: { "root/a": null } });
    machine.faults.on("mofcompExit", { exit: -2147217407 }, 1);
    expect(set(machine, true)).toMatchObject({ exit: -2147217407, output: expect.stringContaining("0x80041001") });
    expect(set(machine, true).exit).toBe(0);
    machine.faults.on("namespaceDenied", { paths: ["root/a"] }, 1);
    expect(set(machine, true).exit).toBe(0);
    expect(set(machine, true, namespacePath("root/a")).exit).toBe(1);
});

test("mofcomp that stores nothing says that all went well", () => {
    const machine = new WindowsMachine();
    machine.faults.on("mofcompStoresNothing", {});
    expect(set(machine, true)).toMatchObject({ exit: 0, output: expect.stringContaining("Done!") });
    expect(machine.flag(CIMV2)).toBeNull();
});
