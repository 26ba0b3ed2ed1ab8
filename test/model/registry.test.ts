import type { RegistryData } from "../../provider/core/registry";
import { Registry } from "../../provider/model/registry";
import { WindowsMachine } from "../../provider/model/windowsMachine";

const CIMOM = "SOFTWARE\\Microsoft\\WBEM\\CIMOM";
const sz = (value: string): RegistryData => ({ kind: "REG_SZ", value });

describe("the two views", () => {
    test("a value of one view is not seen in the other", () => {
        const registry = new Registry();
        registry.set(CIMOM, "UnsecAppAccessControlDefault", sz("1"), 64);
        expect(registry.get(CIMOM, "UnsecAppAccessControlDefault", 32)).toBe("absent");
        registry.set(CIMOM, "UnsecAppAccessControlDefault", sz("0"), 32);
        expect(registry.get(CIMOM, "UnsecAppAccessControlDefault", 64)).toEqual(sz("1"));
    });

    test("the 32-bit view lives in Wow6432Node, under both names", () => {
        const registry = new Registry();
        registry.set(CIMOM, "x", sz("32"), 32);
        expect(registry.get("SOFTWARE\\WOW6432Node\\Microsoft\\WBEM\\CIMOM", "x", 64)).toEqual(sz("32"));
        expect(registry.get("Software\\Wow6432Node\\Microsoft\\WBEM\\CIMOM", "x", 32)).toEqual(sz("32"));
    });

    test.each(["SOFTWARE\\Microsoft\\Ole\\AppCompat", "SOFTWARE\\Policies\\Microsoft", "SYSTEM\\Setup", "SOFTWARE\\Classes\\AppID"])(
        "%s is shared",
        (key) => {
            const registry = new Registry();
            registry.set(key, "x", sz("1"), 32);
            expect(registry.get(key, "x", 64)).toEqual(sz("1"));
        },
    );

    test("below a shared key some are not", () => {
        const registry = new Registry();
        registry.set("SOFTWARE\\Classes\\CLSID\\{1}", "x", sz("1"), 32);
        expect(registry.get("SOFTWARE\\Classes\\CLSID\\{1}", "x", 64)).toBe("absent");
    });
});

test.each<RegistryData>([
    sz(""),
    { kind: "REG_EXPAND_SZ", value: "%windir%\\x" },
    { kind: "REG_DWORD", value: 0xffffffff },
    { kind: "REG_QWORD", value: "18446744073709551615" },
    { kind: "REG_MULTI_SZ", value: ["a", "", "b"] },
    { kind: "REG_BINARY", value: "00ff" },
    { kind: "REG_NONE", value: "" },
])("$kind comes back as it was written", (data) => {
    const registry = new Registry();
    registry.set("SOFTWARE\\X", "v", data);
    expect(registry.get("SOFTWARE\\X", "v")).toEqual(data);
});

test("names are compared without case and keep their first spelling", () => {
    const registry = new Registry();
    registry.set("SOFTWARE\\Contoso", "Value", sz("1"));
    registry.set("software\\CONTOSO", "VALUE", sz("2"));
    expect(registry.valueNames("Software\\contoso")).toEqual(["Value"]);
    expect(registry.get("SOFTWARE\\Contoso", "value")).toEqual(sz("2"));
});

test("a key that lost its last value is empty, one with a key below it is not", () => {
    const registry = new Registry();
    registry.set("SOFTWARE\\A\\B", "v", sz("1"));
    registry.set("SOFTWARE\\A\\B", "v", "absent");
    expect([registry.isEmpty("SOFTWARE\\A"), registry.isEmpty("SOFTWARE\\A\\B"), registry.isEmpty("SOFTWARE\\C")]).toEqual([
        false,
        true,
        false,
    ]);
    registry.deleteKey("SOFTWARE\\A");
    expect(registry.keyExists("SOFTWARE\\A\\B")).toBe(false);
});

test.each([
    "HKLM\\SOFTWARE\\Contoso",
    "hkey_local_machine\\SOFTWARE\\Contoso",
    "HKLM:\\SOFTWARE\\Contoso",
    "\\SOFTWARE\\Contoso",
    "SOFTWARE\\Contoso\\",
    "SOFTWARE\\\\Contoso",
    "SOFTWARE/Contoso",
    "",
])("a key that nothing would read again is refused: %j", (key) => {
    const machine = new WindowsMachine();
    machine.writes.clear();
    const said = "is not a key below HKEY_LOCAL_MACHINE";
    expect(() => machine.behindOurBack.setValue(key, "x", { kind: "REG_SZ", value: "1" })).toThrow(said);
    expect(() => machine.behindOurBack.deleteKey(key)).toThrow(said);
    expect(() => machine.value(key, "x")).toThrow(said);
    expect(machine.writes.all).toEqual([]);
});
