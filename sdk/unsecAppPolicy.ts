import type * as pulumi from "@pulumi/pulumi";
import { type CommonArgs, type ItemValue, type Status, WmisecResource } from "./wmisecResource";

export interface UnsecAppPolicyArgs extends CommonArgs {
    /** true: only the computer account that obtained a sink may call back into it. false: anybody may, which is Windows' default. */
    checkAccess: pulumi.Input<boolean>;
}

/** `unknown`: no document says what Unsecapp makes of the value that was found. */
export type SinkCheck = "checks" | "does not check" | "unknown";

/**
 * Whether a host's Unsecapp checks who calls back into asynchronous sinks: the registry value
 * `HKLM\SOFTWARE\Microsoft\WBEM\CIMOM\UnsecAppAccessControlDefault`.
 *
 * It protects the machine that makes asynchronous calls (a management station), not the one that is called; sinks that
 * exist already keep what they have. Scripts and Visual Basic have no other protection. Callbacks that WMI can't
 * authenticate, as in a workgroup, fail once it is set.
 * @see the document "Setting Security on an Asynchronous Call" of the Windows SDK
 */
export class UnsecAppPolicy extends WmisecResource {
    declare readonly checkAccess: pulumi.Output<boolean>;
    /** What the host has: `"absent"`, `"denied"`, or the data with its kind. */
    declare readonly observed: pulumi.Output<ItemValue | "denied">;
    declare readonly status: pulumi.Output<Status>;
    /** What Unsecapp does for a sink, by the flag that it was made with (CreateSinkStub), given the value that was found. */
    declare readonly effects: pulumi.Output<{ defaultCheckAccess: SinkCheck; checkAccess: SinkCheck; dontCheckAccess: SinkCheck }>;

    constructor(name: string, args: UnsecAppPolicyArgs, opts?: pulumi.CustomResourceOptions) {
        super("UnsecAppPolicy", name, { observed: undefined, status: undefined, effects: undefined, ...args }, opts);
    }
}
