import { onPwsh } from "../powershell/pwsh";
import { AGENT, said, sharedAgent } from "./pwshAgent";

onPwsh("namespaces under pwsh, over a stand-in for [wmi]", () => {
    const present = (effective: boolean | null, stored: boolean | null) => ({ state: "present", flag: { effective, stored } });
    const failed = (type: string, wmiCode: string | null) => ({ state: "failed", failure: expect.objectContaining({ type, wmiCode }) });

    test("both readings, absence, and trouble that is one namespace's own", async () => {
        const { verb } = await sharedAgent(AGENT);
        const expected = {
            root: present(null, false),
            "root/on": present(true, true),
            "root/off": present(false, false),
            "root/bare": present(null, null),
            "root/empty": present(null, null),
            "root/on/deep": present(true, null),
            "root/missing": { state: "missing" },
            "root/going": { state: "missing" },
            "root/gone/child": { state: "missing" },
            "root/denied": failed("System.Management.ManagementException", "0x80041003"),
            "root/text": failed("pulumi-wmisec.UnexpectedValue", null),
        };
        const paths = Object.keys(expected);
        expect(await verb("namespaces", { paths })).toEqual(Object.entries(expected).map(([path, reading]) => ({ path, ...reading })));
        expect(await verb("openObjects")).toBe(0);
    });

    test.each(["root/x'y", "ROOT/cimv2", "root/cimv2\n", "root\\cimv2", "cimv2", ""])("%j is no path to ask WMI for", async (path) => {
        const { verb } = await sharedAgent(AGENT);
        expect(await said(verb("namespaces", { paths: [path] }))).toMatch(/^protocol: .*pulumi-wmisec\.BadRequest/);
    });
});

onPwsh("registry data under pwsh", () => {
    test("every kind goes there and back", async () => {
        const { verb } = await sharedAgent(AGENT);
        const values = [
            { kind: "REG_SZ", value: "J\u00f6rg" },
            { kind: "REG_SZ", value: "" },
            { kind: "REG_EXPAND_SZ", value: "%windir%" },
            { kind: "REG_DWORD", value: 0 },
            { kind: "REG_DWORD", value: 0xffffffff },
            { kind: "REG_QWORD", value: "18446744073709551615" },
            { kind: "REG_MULTI_SZ", value: [] },
            { kind: "REG_MULTI_SZ", value: ["one"] },
            { kind: "REG_MULTI_SZ", value: ["one", "two"] },
            { kind: "REG_BINARY", value: "" },
            { kind: "REG_BINARY", value: "00ff" },
            { kind: "REG_NONE", value: "01" },
        ];
        expect(await verb("data", { values })).toEqual(values);
    });

    test.each([
        { kind: "REG_LINK", value: "x" },
        { kind: "REG_SZ", value: 1 },
        { kind: "REG_BINARY", value: "0" },
        { kind: "REG_BINARY", value: "AB" },
        { kind: "REG_MULTI_SZ", value: "one" },
    ])("%j is refused", async (value) => {
        const { verb } = await sharedAgent(AGENT);
        expect(await said(verb("data", { values: [value] }))).toMatch(/^protocol: .*pulumi-wmisec\.BadRequest/);
    });
});
