import type { RegistryValue } from "../registry";

/** Whether Unsecapp checks who calls back into a sink; `unknown` if no document says how it treats the value. */
export type SinkCheck = "checks" | "does not check" | "unknown";

/**
 * What Unsecapp does for a sink created with each flag of `IWbemUnsecuredApartment::CreateSinkStub`, named as in WBEM_UNSECAPP_FLAG_TYPE.
 * `checks`: only the computer account that obtained the sink may call back.
 */
export interface SinkEffects {
    /** WBEM_FLAG_UNSECAPP_DEFAULT_CHECK_ACCESS: the registry value decides. Scripts and Visual Basic always use this one. */
    readonly defaultCheckAccess: SinkCheck;
    /** WBEM_FLAG_UNSECAPP_CHECK_ACCESS: always, whatever the value. */
    readonly checkAccess: SinkCheck;
    /** WBEM_FLAG_UNSECAPP_DONT_CHECK_ACCESS: never, whatever the value. */
    readonly dontCheckAccess: SinkCheck;
}

/**
 * @param value `UnsecAppAccessControlDefault` on the machine whose Unsecapp.exe hosts the sink: the client that makes the asynchronous
 *     call, not its target. `unread` if it could not be read.
 * @see MicrosoftDocs/win32 desktop-src/WmiSdk/setting-security-on-an-asynchronous-call.md
 */
export function sinkEffects(value: RegistryValue | "unread"): SinkEffects {
    return { defaultCheckAccess: byValue(value), checkAccess: "checks", dontCheckAccess: "does not check" };
}

/** Zero is the documented default of a fresh install. The documents show only the string form of the value. */
function byValue(value: RegistryValue | "unread"): SinkCheck {
    if (value === "unread") return "unknown";
    if (value === "absent") return "does not check";
    if (value.kind !== "REG_SZ") return "unknown";
    return value.value === "1" ? "checks" : value.value === "0" ? "does not check" : "unknown";
}
