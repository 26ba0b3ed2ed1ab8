import * as pulumi from "@pulumi/pulumi";
import type { ConnectionArgs } from "./connectionArgs";
import { dynamicHead } from "./dynamicHead";
import type { Head } from "./head";

/**
 * What both resources take.
 * @example
 * connection: { host: "web-07.contoso.test", user: "CONTOSO\\svc-pulumi", privateKey: { file: "~/.ssh/fleet" } },
 * onDelete: "restore",
 * unreachable: "keep"
 */
export interface CommonArgs {
    /**
     * How to reach the host.
     *
     * Fields that the program leaves out come from the stack's configuration (`wmisec:user` and so on).
     * @example
     * connection: { host: "web-07.contoso.test", user: "CONTOSO\\svc-pulumi", privateKey: { file: "~/.ssh/fleet" } }
     */
    connection: pulumi.Input<ConnectionArgs>;
    /**
     * What a delete does. `"restore"` restores the original value of each item, if the host still has the value that this provider wrote.
     * `"leave"` leaves everything as it is.
     * @default "restore"
     * @example
     * onDelete: "leave"
     */
    onDelete?: pulumi.Input<"restore" | "leave"> | undefined;
    /**
     * What a refresh or an update does when the host does not answer.
     *
     * `"error"`: it fails, and so does `preview --refresh`. `"keep"`: the resource keeps its last known state, `status` says `unreachable`,
     * and a warning names the host. A create always fails.
     * @default "error"
     * @example
     * unreachable: "keep"
     */
    unreachable?: pulumi.Input<"error" | "keep"> | undefined;
}

/**
 * `compliant`: as declared. `skipped`: the host has no such namespace, which `whenMissing: "skip"` allows; nothing is required there.
 * `drifted`: not as declared. `missing`: no such namespace. `unreachable`, `denied`: not known.
 * @example
 * policy.status.apply((status) => Object.entries(status).filter(([, one]) => one !== "compliant"));
 */
export type Status = "compliant" | "skipped" | "drifted" | "missing" | "unreachable" | "denied";

/**
 * The value of an item: a namespace's flag, the flag that a registered MOF file sets, a registry value with its type, or the hash of a
 * definition file's content.
 */
export type ItemValue = boolean | "absent" | RegistryData | { readonly sha256: string };

/** A registry value with its type. Binary data is hex pairs, a 64-bit number is decimal text. */
export type RegistryData =
    | { readonly kind: "REG_SZ" | "REG_EXPAND_SZ"; readonly value: string }
    | { readonly kind: "REG_DWORD"; readonly value: number }
    | { readonly kind: "REG_QWORD"; readonly value: string }
    | { readonly kind: "REG_MULTI_SZ"; readonly value: readonly string[] }
    | { readonly kind: "REG_BINARY" | "REG_NONE"; readonly value: string };

/** A host that the resource moved away from and could not restore. */
export interface AbandonedHost {
    /** The host as the program named it then. */
    readonly host: string;
    /** Identity of the machine that the resource moved away from. */
    readonly machine: string;
    /** The items that stay there as this provider set them, by their names in its ledger. */
    readonly items: readonly string[];
}

/**
 * A resource for one host. Imported from `pulumi-wmisec` it is a dynamic provider's, so there is no plugin to install. Keep the package
 * installed beside the program: every later refresh and destroy needs it.
 * @example
 * const connection = { host: "web-07.contoso.test", user: "CONTOSO\\svc-pulumi" };
 * const { before, machine } = new wmisec.UnsecAppPolicy("web-07", { connection, checkAccess: true });
 * export const found = { before, machine };
 */
export abstract class WmisecResource extends pulumi.CustomResource {
    /** The connection in use, with defaults from the stack's configuration. */
    declare readonly connection: pulumi.Output<object>;
    /**
     * This resource, as the host's ledger names it. `"absent"` after a refresh that found no ledger entry of this resource.
     *
     * For example `acme/urn:pulumi:prod::fleet::pulumi-nodejs:dynamic/wmisec:UnsecAppPolicy::web-07`. `WMISEC_EVICT` takes such a name.
     */
    declare readonly owner: pulumi.Output<string>;
    /**
     * The original value of each item, from before any policy was written, by the item's name in the ledger.
     *
     * For example `{ "namespace:root/cimv2": "absent" }`. A delete restores these values.
     */
    declare readonly before: pulumi.Output<Record<string, ItemValue>>;
    /**
     * Identity of the machine that the last create or update reached.
     *
     * Its MachineGuid and its SMBIOS UUID. A rebuilt host has a different one.
     */
    declare readonly machine: pulumi.Output<string>;
    /**
     * The time since which the host has not answered (ISO 8601). Absent when it answers.
     *
     * For example `2026-03-01T04:00:00.000Z`.
     */
    declare readonly unreachableSince: pulumi.Output<string | undefined>;
    /**
     * Hosts that the resource moved away from and could not restore: they stay as they are.
     *
     * Either they did not answer under `unreachable: "keep"`, or another machine now answers under the host's name.
     */
    declare readonly abandoned: pulumi.Output<AbandonedHost[] | undefined>;

    /** The way to the engine. The classes of `pulumi-wmisec/native` have another one. */
    protected static readonly head: Head = dynamicHead;

    protected constructor(kind: string, name: string, args: CommonArgs & Record<string, unknown>, opts?: pulumi.CustomResourceOptions) {
        const { connection, ...rest } = args;
        const outputs = {
            owner: undefined,
            before: undefined,
            machine: undefined,
            unreachableSince: undefined,
            abandoned: undefined,
        };
        const { type, inputs, options } = (new.target as typeof WmisecResource).head({ kind, name, connection, opts });
        super(type, name, { ...outputs, ...rest, ...inputs }, options);
    }
}
