import { z } from "zod";
import type { Wanted } from "../core/items/kinds";
import { dataIn, UNSEC_APP_ITEM } from "../core/items/registryValue";
import { sinkEffects } from "../core/items/sinkAccess";
import type { RegistryData } from "../core/registry";
import { type CommonInputs, commonInputs, describeShown, type FoundItem, foundOr, type ResourceSpec, type Shown } from "./resource";

interface SinkPolicy {
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
 * `UnsecAppAccessControlDefault`: REG_SZ "1" checks; "0" does not, and neither does absence, which is as good as "0" and is
 * put back on delete. A value of another kind is drift, because nothing says that Unsecapp honours it. It protects the
 * machine that makes asynchronous calls, not the one that is called.
 * @see MicrosoftDocs/win32 desktop-src/WmiSdk/setting-security-on-an-asynchronous-call.md
 */
export const unsecAppPolicy: ResourceSpec<SinkPolicy> = {
    name: "UnsecAppPolicy",
    inputs: z.strictObject({ ...commonInputs, checkAccess: foundOr }) satisfies z.ZodType<CommonInputs & SinkPolicy>,
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
    outputs: (_policy, [found]) => {
        const live = found?.live;
        return {
            observed: live,
            status: found?.status,
            effects: sinkEffects(live === "absent" ? live : (dataIn(live) ?? "unread")),
        };
    },
};
