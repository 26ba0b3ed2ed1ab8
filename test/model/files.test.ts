import { Files } from "../../provider/model/files";
import { NamedMutex } from "../../provider/model/namedMutex";
import { WindowsMachine } from "../../provider/model/windowsMachine";

describe("files", () => {
    test("are compared without case, and keep the spelling that they were made with", () => {
        const files = new Files();
        files.write("C:\\Contoso\\A.mof", Buffer.from("one"));
        files.write("c:\\contoso\\a.MOF", Buffer.from("two"));
        expect([files.list(), files.text("C:\\CONTOSO\\A.MOF")]).toEqual([["C:\\Contoso\\A.mof"], "two"]);
        files.delete("C:\\contoso\\a.mof");
        files.delete("C:\\contoso\\a.mof");
        expect([files.list(), files.get("C:\\Contoso\\A.mof")]).toEqual([[], undefined]);
    });

    test("keep their bytes, whatever becomes of what they were written from", () => {
        const files = new Files();
        const bytes = Buffer.from("one");
        files.write("C:\\a", bytes, new Date(5));
        bytes.fill(0);
        expect([files.text("C:\\a"), files.get("C:\\a")?.modified]).toEqual(["one", new Date(5)]);
    });

    test("a made folder that is left empty is told; it goes only when it is empty", () => {
        const files = new Files();
        files.makeFolder("C:\\Made");
        files.write("C:\\Made\\a", Buffer.from(""));
        files.write("C:\\Made\\Below\\b", Buffer.from(""));
        files.write("C:\\Made too\\c", Buffer.from(""));
        expect(files.namesIn("c:\\made")).toEqual(["a"]);
        files.removeFolderIfEmpty("C:\\MADE");
        files.delete("C:\\made\\a");
        files.delete("C:\\made\\below\\b");
        expect(files.list()).toEqual(["C:\\Made too\\c", "C:\\Made\\"]);
        files.removeFolderIfEmpty("C:\\MADE");
        expect(files.list()).toEqual(["C:\\Made too\\c"]);
    });
});

test("what somebody does to files and to the list is told, and is not ours", () => {
    const { behindOurBack, writes, autorecoverList } = new WindowsMachine();
    behindOurBack.writeFile("C:\\a.mof", "one");
    behindOurBack.register("C:\\a.mof", 1);
    behindOurBack.unregister("c:\\A.mof");
    behindOurBack.deleteFile("C:\\a.mof");
    expect(writes.items).toEqual([]);
    expect(writes.all).toMatchObject([
        { kind: "file", by: "somebody", name: "C:\\a.mof", from: null, to: expect.stringMatching(/^[0-9a-f]{64}$/) },
        { kind: "value", to: { value: [autorecoverList[0], "C:\\a.mof", ...autorecoverList.slice(1)] } },
        { kind: "value", to: { value: autorecoverList } },
        { kind: "file", from: expect.stringMatching(/^[0-9a-f]{64}$/), to: null },
    ]);
});

test("a mutex whose holder died goes to the next in line, once, and the death is counted", async () => {
    const mutex = new NamedMutex();
    const first = await mutex.acquire(0);
    const second = mutex.acquire(1000);
    first?.("abandoned");
    first?.("abandoned");
    (await second)?.();
    expect([mutex.abandoned, (await mutex.acquire(0)) === undefined]).toEqual([1, false]);
});

test.each(["C:/Contoso/a.mof", "Contoso\\a.mof", "C:\\", "C:\\Contoso\\", "C:\\Contoso\\\\a.mof", "%windir%\\a.mof"])(
    "a path that nothing would read again is refused: %s",
    (path) => {
        expect(() => new WindowsMachine().behindOurBack.writeFile(path, "x")).toThrow("is not the path of a file on the machine");
    },
);
