import { z } from "zod";
import type { Wanted } from "../core/items/kinds";
import { dataIn, UNSEC_APP_ITEM } from "../core/items/registryValue";
import { sinkEffects } from "../core/items/sinkAccess";
import { type RegistryData, registryData } from "../core/registry";
import { commonOutputs } from "./commonOutputs";
import { type CommonInputs, commonInputs, describeShown, type FoundItem, foundOr, type HostResource, type Shown, status } from "./resource";

/** The input of policy for sinks. */
export const sinkInputs = {
    checkAccess: foundOr.meta({
        description:
            "`true`: only the computer account that obtained a sink may call back into it. `false`: anybody may, which is Windows' default.",
        asOutput: "The input. After a refresh: what the host has.",
    }),
};
const inputs = z.strictObject({ ...commonInputs, ...sinkInputs });

const sinkCheck = z.enum(["checks", "does not check", "unknown"]).meta({
    id: "SinkCheck",
    description: "What Unsecapp does for a sink. `unknown`: no document says how Unsecapp treats the value that was found.",
});

const outputs = z.strictObject({
    ...commonOutputs,
    observed: z.union([z.enum(["absent", "denied"]), registryData]).meta({
        description:
            'What the host has: `"absent"`, `"denied"`, or the data with its kind.\n\nFor example `{ kind: "REG_SZ", value: "1" }`.',
    }),
    status: status.meta({
        description: 'One of the statuses: `"compliant"`, `"drifted"`, `"unreachable"` or `"denied"`, as of the last refresh or update.',
    }),
    effects: z
        .strictObject({
            defaultCheckAccess: sinkCheck.meta({
                description: "WBEM_FLAG_UNSECAPP_DEFAULT_CHECK_ACCESS: the registry value decides. Scripts always have this one.",
            }),
            checkAccess: sinkCheck.meta({ description: "WBEM_FLAG_UNSECAPP_CHECK_ACCESS: always checks." }),
            dontCheckAccess: sinkCheck.meta({ description: "WBEM_FLAG_UNSECAPP_DONT_CHECK_ACCESS: never checks." }),
        })
        .meta({ id: "SinkEffects", description: "By the flag with which a C++ program made the sink (CreateSinkStub)." })
        .meta({
            description:
                "What Unsecapp does for a sink, by the flag with which a C++ program made it: `defaultCheckAccess`, `checkAccess`, `dontCheckAccess`.\n\nSinks of scripts are always of the first kind: `policy.effects.defaultCheckAccess`.",
        }),
});

type Own = Omit<z.infer<typeof outputs>, keyof typeof commonOutputs>;

export interface SinkPolicy {
    readonly checkAccess: boolean | string;
}

const isOne = (value: Shown | Wanted): boolean => dataIn(value)?.value === "1";

function asInput(found: FoundItem): boolean | string {
    const data = dataIn(found.live);
    return data?.kind === "REG_SZ" && (data.value === "0" || data.value === "1") ? isOne(data) : describeShown(found);
}

/** REG_SZ, as Microsoft's sample writes it; no document states the type. */
const dataFor = (checkAccess: boolean): RegistryData => ({ kind: "REG_SZ", value: checkAccess ? "1" : "0" });

/**
 * Whether the host's Unsecapp checks who calls back into asynchronous sinks. Owns one registry value,
 * `UnsecAppAccessControlDefault`: REG_SZ "1" checks, "0" does not. An absent value counts as "0"; a delete restores absence.
 * A value of another type is drift, because no document says that Unsecapp honours it. It protects the machine that makes
 * asynchronous calls, not the one that is called.
 * @see MicrosoftDocs/win32 desktop-src/WmiSdk/setting-security-on-an-asynchronous-call.md
 */
export const unsecAppPolicy: HostResource<SinkPolicy, Own> = {
    name: "UnsecAppPolicy",
    description: [
        "Whether a host's Unsecapp checks who calls back into asynchronous sinks: the registry value `HKLM\\SOFTWARE\\Microsoft\\WBEM\\CIMOM\\UnsecAppAccessControlDefault`.",
        "It protects the machine that makes asynchronous calls (a management station), not the one that is called. Existing sinks keep their setting. Scripts and Visual Basic have no other protection. With `true`, callbacks that WMI can't authenticate fail, for example in a workgroup.",
    ].join("\n\n"),
    inputs: inputs satisfies z.ZodType<CommonInputs & SinkPolicy>,
    outputs,
    declared: ({ checkAccess }) => [
        {
            label: "checkAccess",
            item: UNSEC_APP_ITEM,
            declaration:
                typeof checkAccess === "string"
                    ? checkAccess
                    : { item: UNSEC_APP_ITEM, want: dataFor(checkAccess), alsoFine: checkAccess ? [] : ["absent"], whenMissing: "error" },
        },
    ],
    fromLive: (policy, [found]) => ({
        checkAccess:
            found === undefined ? policy.checkAccess : found.satisfied === undefined ? asInput(found) : isOne(found.satisfied.want),
    }),
    imported: (names) => (names.length === 0 ? { checkAccess: false } : "it is the host's name alone"),
    toOutputs: (_policy, [found]): Own => {
        if (found === undefined) throw new TypeError("the only item was not read");
        const data = found.live === "absent" ? found.live : dataIn(found.live);
        return { observed: data ?? "denied", status: found.status, effects: sinkEffects(data ?? "unread") };
    },
};
