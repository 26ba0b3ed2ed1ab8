import type * as pulumi from "@pulumi/pulumi";
import { type CommonArgs, type RegistryData, type Status, WmisecResource } from "./wmisecResource";

/**
 * What `UnsecAppPolicy` takes.
 * @example
 * connection: { host: "mgmt-01.contoso.test" },
 * checkAccess: true
 */
export interface UnsecAppPolicyArgs extends CommonArgs {
    /**
     * `true`: only the computer account that obtained a sink may call back into it. `false`: anybody may, which is Windows' default.
     * @example
     * checkAccess: true
     */
    checkAccess: pulumi.Input<boolean>;
}

/** What Unsecapp does for a sink. `unknown`: no document says how Unsecapp treats the value that was found. */
export type SinkCheck = "checks" | "does not check" | "unknown";

/** By the flag with which a C++ program made the sink (CreateSinkStub). */
export interface SinkEffects {
    /** WBEM_FLAG_UNSECAPP_DEFAULT_CHECK_ACCESS: the registry value decides. Scripts always have this one. */
    defaultCheckAccess: SinkCheck;
    /** WBEM_FLAG_UNSECAPP_CHECK_ACCESS: always checks. */
    checkAccess: SinkCheck;
    /** WBEM_FLAG_UNSECAPP_DONT_CHECK_ACCESS: never checks. */
    dontCheckAccess: SinkCheck;
}

/**
 * Whether a host's Unsecapp checks who calls back into asynchronous sinks: the registry value
 * `HKLM\SOFTWARE\Microsoft\WBEM\CIMOM\UnsecAppAccessControlDefault`.
 *
 * It protects the machine that makes asynchronous calls (a management station), not the one that is called. Existing sinks keep
 * their setting. Scripts and Visual Basic have no other protection. With `true`, callbacks that WMI can't authenticate fail, for
 * example in a workgroup.
 * @example
 * const connection = { host: "mgmt-01.contoso.test", user: "CONTOSO\\svc-pulumi" };
 * new wmisec.UnsecAppPolicy("mgmt-01", { connection, checkAccess: true });
 * @see the document "Setting Security on an Asynchronous Call" of the Windows SDK
 */
export class UnsecAppPolicy extends WmisecResource {
    /** The input. After a refresh: what the host has. */
    declare readonly checkAccess: pulumi.Output<boolean>;
    /**
     * What the host has: `"absent"`, `"denied"`, or the data with its kind.
     *
     * For example `{ kind: "REG_SZ", value: "1" }`.
     */
    declare readonly observed: pulumi.Output<RegistryData | "absent" | "denied">;
    /** One of the statuses: `"compliant"`, `"drifted"`, `"unreachable"` or `"denied"`, as of the last refresh or update. */
    declare readonly status: pulumi.Output<Status>;
    /**
     * What Unsecapp does for a sink, by the flag with which a C++ program made it: `defaultCheckAccess`, `checkAccess`, `dontCheckAccess`.
     *
     * Sinks of scripts are always of the first kind: `policy.effects.defaultCheckAccess`.
     */
    declare readonly effects: pulumi.Output<SinkEffects>;

    constructor(name: string, args: UnsecAppPolicyArgs, opts?: pulumi.CustomResourceOptions) {
        super("UnsecAppPolicy", name, { observed: undefined, status: undefined, effects: undefined, ...args }, opts);
    }
}
