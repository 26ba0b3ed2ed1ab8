import { z } from "zod";
import { printable } from "./errors";

/**
 * The location of a registry value. Always under HKEY_LOCAL_MACHINE and always in the 64-bit view: the two views do not share
 * `SOFTWARE\Microsoft\WBEM` (MicrosoftDocs/win32 desktop-src/WinProg64/shared-registry-keys.md).
 */
export const registryLocation = z.strictObject({
    /** Below HKEY_LOCAL_MACHINE, with single backslashes and no leading one: `SOFTWARE\Microsoft\WBEM\CIMOM`. */
    key: z.string().min(1).max(255),
    name: z.string().min(1).max(255),
});
export type RegistryLocation = z.infer<typeof registryLocation>;

/** The data of a registry value with its type; binary data as hex pairs, 64-bit numbers as decimal text. */
export const registryData = z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.enum(["REG_SZ", "REG_EXPAND_SZ"]), value: z.string().max(65536) }),
    z.strictObject({ kind: z.literal("REG_DWORD"), value: z.int().min(0).max(0xffffffff) }),
    z.strictObject({ kind: z.literal("REG_QWORD"), value: z.string().regex(/^\d{1,20}$/) }),
    z.strictObject({ kind: z.literal("REG_MULTI_SZ"), value: z.array(z.string().max(4096)).max(4096) }),
    z.strictObject({ kind: z.enum(["REG_BINARY", "REG_NONE"]), value: z.string().regex(/^([0-9a-f]{2}){0,65536}$/) }),
]);
export type RegistryData = z.infer<typeof registryData>;

/** `absent` is a value like any other: most hosts have it, and a release may have to restore it. */
export type RegistryValue = RegistryData | "absent";

/** Same type and same data. REG_DWORD 1 and REG_SZ "1" are different values. */
export function sameValue(a: RegistryValue, b: RegistryValue): boolean {
    if (a === "absent" || b === "absent") return a === b;
    return a.kind === b.kind && JSON.stringify(a.value) === JSON.stringify(b.value);
}

/** For people, at most 200 characters: `absent`, `REG_DWORD 1`, `REG_SZ "1"`. */
export function describeValue(value: RegistryValue): string {
    if (value === "absent") return "absent";
    return printable(
        `${value.kind} ${value.kind === "REG_DWORD" || value.kind === "REG_QWORD" ? value.value : JSON.stringify(value.value)}`,
        200,
    );
}

/**
 * Decides whether Unsecapp checks who calls back into sinks. REG_SZ "1" makes it check; "0" or no value does not. The type is not
 * documented; Microsoft's sample writes a string (MicrosoftDocs/win32
 * desktop-src/WmiSdk/setting-security-on-an-asynchronous-call-in-vbscript.md).
 */
export const UNSEC_APP_VALUE: RegistryLocation = { key: "SOFTWARE\\Microsoft\\WBEM\\CIMOM", name: "UnsecAppAccessControlDefault" };

/**
 * The ledger: the host's own record of what was there before our policy, one REG_SZ per item. Only administrators may write below
 * HKLM\SOFTWARE.
 */
export const LEDGER_KEY = "SOFTWARE\\pulumi-wmisec\\v1";
