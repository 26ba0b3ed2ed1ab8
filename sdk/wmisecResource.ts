import { createRequire } from "node:module";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import type { ConnectionArgs } from "./connectionArgs";
import { connectionInputs } from "./connectionInputs";

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
     * What a delete does. `"restore"` puts back, item by item, what stood there before anybody's policy was first written, if the host
     * still has what we wrote. `"leave"` leaves all as it is.
     * @default "restore"
     * @example
     * onDelete: "leave"
     */
    onDelete?: pulumi.Input<"restore" | "leave"> | undefined;
    /**
     * What a refresh or an update does when the host does not answer.
     *
     * `"error"`: fails, and with it `preview --refresh`. `"keep"`: keeps the last known state, says so in `status`, and warns. A create
     * always fails.
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
 * An item as it was found or is to be put back: a namespace's flag, what a registered MOF file sets, a registry value with its kind,
 * or a definition file's content by its hash.
 */
export type ItemValue = boolean | "absent" | RegistryData | { readonly sha256: string };

/** A value of the registry with its kind: binary data as hex pairs, 64-bit numbers as decimal text. */
export type RegistryData =
    | { readonly kind: "REG_SZ" | "REG_EXPAND_SZ"; readonly value: string }
    | { readonly kind: "REG_DWORD"; readonly value: number }
    | { readonly kind: "REG_QWORD"; readonly value: string }
    | { readonly kind: "REG_MULTI_SZ"; readonly value: readonly string[] }
    | { readonly kind: "REG_BINARY" | "REG_NONE"; readonly value: string };

/** What the last create or update did about an item. */
export type CarriedOut = CarriedOutItem | ItemLeftAlone;

/** An item that the last create or update made as declared. */
export interface CarriedOutItem {
    /** What the program asked for: what is to stand there. */
    readonly want: ItemValue | { readonly namespace: string; readonly requires: boolean };
    /** Other values that serve as well as `want` does. */
    readonly alsoFine: readonly ItemValue[];
    /** `"skip"`: fine where the host has no such namespace. */
    readonly whenMissing: "error" | "skip";
}

/** An item that was left as it is: `ignoreChanges` had put what a read found into the input. */
export interface ItemLeftAlone {
    /** What a read had found, as the program's input said it. */
    readonly leftAlone: string;
}

/** A host that nobody will ask again. */
export interface AbandonedHost {
    /** The host as the program named it then. */
    readonly host: string;
    /** Identity of the machine that the resource moved away from. */
    readonly machine: string;
    /** What stays there as we made it, by the names in its ledger. */
    readonly items: readonly string[];
}

/** A machine that a killed run began to move to. */
export interface UnfinishedMove {
    /** The host as the program named it then. */
    readonly host: string;
    /** Identity of the machine that was moved to. */
    readonly machine: string;
    /** When the move began (ISO 8601, by the controller's clock). */
    readonly since: string;
}

/**
 * A resource of this provider, spoken to as a dynamic provider: no plugin to install. The package must be installed where the
 * program is, then and at every later refresh and destroy.
 * @example
 * const connection = { host: "web-07.contoso.test", user: "CONTOSO\\svc-pulumi" };
 * const { before, machine } = new wmisec.UnsecAppPolicy("web-07", { connection, checkAccess: true });
 * export const found = { before, machine };
 */
export abstract class WmisecResource extends pulumi.CustomResource {
    /** The connection in use, defaults of the stack's configuration filled in. */
    declare readonly connection: pulumi.Output<object>;
    /**
     * Who wants it so, as the host's ledger names it. `"absent"` after a refresh that found no ledger entry of this resource.
     *
     * For example `acme/urn:pulumi:prod::fleet::pulumi-nodejs:dynamic/wmisec:UnsecAppPolicy::web-07`. `WMISEC_EVICT` takes such a name.
     */
    declare readonly owner: pulumi.Output<string>;
    /**
     * What stood there before anybody's policy was first written, by the item's name in the ledger.
     *
     * For example `{ "namespace:root/cimv2": "absent" }`. It is what a delete puts back.
     */
    declare readonly before: pulumi.Output<Record<string, ItemValue>>;
    /**
     * What the last create or update carried out, by the item's name in the ledger.
     *
     * For example `{ "namespace:root/cimv2": { want: true, alsoFine: [], whenMissing: "error" } }`.
     */
    declare readonly applied: pulumi.Output<Record<string, CarriedOut>>;
    /**
     * Identity of the machine that the last create or update reached.
     *
     * Its MachineGuid and its SMBIOS UUID. A rebuilt host has another.
     */
    declare readonly machine: pulumi.Output<string>;
    /**
     * Since when the host has not answered (ISO 8601). Only while it does not.
     *
     * For example `2026-03-01T04:00:00.000Z`.
     */
    declare readonly unreachableSince: pulumi.Output<string | undefined>;
    /**
     * Hosts that the resource moved away from and could not release: they stay as they were.
     *
     * They did not answer, under `unreachable: "keep"`, or another machine answers by the host's name.
     */
    declare readonly abandoned: pulumi.Output<AbandonedHost[] | undefined>;

    /**
     * What the ledger says that this resource wants, and the program does not declare: a run was killed. The next `up` puts it right.
     *
     * By the item's name in the ledger.
     */
    declare readonly undeclared: pulumi.Output<Record<string, string> | undefined>;
    /** Machines that a killed run began to move to: what it wrote there may still stand. */
    declare readonly unfinishedMoves: pulumi.Output<UnfinishedMove[] | undefined>;

    protected constructor(kind: string, name: string, args: CommonArgs & Record<string, unknown>, opts?: pulumi.CustomResourceOptions) {
        if (!isMocked()) requireInstalled();
        refuseImport(kind, name, opts);
        const type = `pulumi-nodejs:dynamic/wmisec:${kind}`;
        const { connection, ...rest } = args;
        const outputs = {
            before: undefined,
            applied: undefined,
            machine: undefined,
            unreachableSince: undefined,
            abandoned: undefined,
            undeclared: undefined,
            unfinishedMoves: undefined,
        };
        super(
            type,
            name,
            {
                ...outputs,
                ...rest,
                connection: connectionInputs(connection),
                owner: ownerOf(type, name, opts?.parent),
                __provider: providerText(kind),
            },
            opts,
        );
    }
}

/**
 * All that the state keeps of the provider's code. Frozen: a change would be an update of every resource of every user.
 */
export const providerText = (kind: string): string => `exports.handler=()=>require("pulumi-wmisec/provider").handler("${kind}")`;

/** Unique in an organization: a stack has one resource of a URN. */
function ownerOf(type: string, name: string, parent: pulumi.Resource | undefined): pulumi.Output<string> {
    const organization = isMocked() ? mockedOrganization() : pulumi.getOrganization();
    // By way of a promise: as an output it would make the resource depend on its own parent.
    const parentUrn = parent === undefined ? undefined : new Promise<string>((resolve) => parent.urn.apply(resolve));
    return pulumi.interpolate`${organization}/${pulumi.createUrn(name, type, parentUrn)}`;
}

/** A unit test: the mocks are the engine, and no plugin will be started. */
const isMocked = (): boolean => pulumi.runtime.getMonitor() instanceof MockMonitor;

/** `setMocks` need not be given one. */
function mockedOrganization(): string {
    try {
        return pulumi.getOrganization();
    } catch {
        // That is how the SDK says that there is none.
        return "organization";
    }
}

/**
 * The engine would start our code for a resource that it has nothing of yet, not even its `__provider`, and print a stack.
 * @throws RunError, which the CLI prints without one.
 */
function refuseImport(kind: string, name: string, opts: pulumi.CustomResourceOptions | undefined): void {
    if (opts?.import === undefined) return;
    throw new pulumi.RunError(
        `${kind} ${name}: the option import is not supported, because dynamic providers can't import. Take it out: ` +
            "pulumi up adopts what a host has already, and writes nothing where that is as declared",
    );
}

/**
 * Fails at once, not in the plugin's process at the first create.
 * @throws Error when the program's folder has no pulumi-wmisec.
 */
function requireInstalled(): void {
    try {
        createRequire(join(process.cwd(), "program.js")).resolve("pulumi-wmisec/provider");
    } catch {
        throw new Error(
            `pulumi-wmisec can't be resolved from ${process.cwd()}, where the engine will look for it: add pulumi-wmisec to your project (npm install pulumi-wmisec)`,
        );
    }
}
