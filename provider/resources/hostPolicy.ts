import { z } from "zod";
import { UNSEC_APP_ITEM } from "../core/items/registryValue";
import { commonOutputs } from "./commonOutputs";
import { namespaceEvents } from "./namespaceEvents";
import { type NamespaceMap, pathsByKey, recordable, type WmiPolicy } from "./namespaceMap";
import { type CommonInputs, commonInputs, type ReportedItem, type ResourceSpec, type Status, status } from "./resource";
import { sinceMs } from "./since";
import { type SinkPolicy, sinkInputs, unsecAppPolicy } from "./unsecAppPolicy";
import { events, namespaceInputs, wmiNamespaceSecurity } from "./wmiNamespaceSecurity";

/** The whole policy of one host of a fleet: what the resources for one host declare, each part only where it is given. */
export type HostPolicy = { readonly [Input in keyof (WmiPolicy & SinkPolicy)]?: (WmiPolicy & SinkPolicy)[Input] | undefined };

const { namespaces, ...others } = namespaceInputs;

const inputs = z
    .strictObject({ ...commonInputs, ...others, namespaces: namespaces.optional(), checkAccess: sinkInputs.checkAccess.optional() })
    .check((context) => {
        const { value, issues } = context;
        if (value.namespaces !== undefined) recordable({ value: { ...value, namespaces: value.namespaces }, issues });
    });

const outputs = z.strictObject({
    ...commonOutputs,
    events,
    status: z.record(z.string(), status).meta({ description: "By the map's keys, and for `checkAccess`, one of the statuses." }),
});
type Own = Omit<z.infer<typeof outputs>, keyof typeof commonOutputs>;

const withNamespaces = (policy: HostPolicy): WmiPolicy => ({ ...policy, namespaces: policy.namespaces ?? NONE });
const NONE: NamespaceMap = {};

const isSink = ({ item }: Pick<ReportedItem, "item">): boolean => item.type === UNSEC_APP_ITEM.type;

/**
 * What a fleet's handler runs for each host: `WmiNamespaceSecurity` and `UnsecAppPolicy` in one session. No program declares it, and no
 * state holds it as it is.
 */
export const hostPolicy: ResourceSpec<HostPolicy, Own> = {
    name: "FleetEncryptionPolicy",
    inputs: inputs satisfies z.ZodType<CommonInputs & HostPolicy>,
    outputs,
    declared: (policy) => [
        ...wmiNamespaceSecurity.declared(withNamespaces(policy)),
        ...(policy.checkAccess === undefined ? [] : unsecAppPolicy.declared({ checkAccess: policy.checkAccess })),
    ],
    fromLive: (policy, found) => {
        const { namespaces: live, ...rest } = wmiNamespaceSecurity.fromLive(
            withNamespaces(policy),
            found.filter((one) => !isSink(one)),
        );
        return {
            ...rest,
            ...(policy.namespaces !== undefined && { namespaces: live }),
            ...(policy.checkAccess !== undefined && unsecAppPolicy.fromLive({ checkAccess: policy.checkAccess }, found.filter(isSink))),
        };
    },
    toOutputs: (policy, found): Own => {
        const ofNamespaces = wmiNamespaceSecurity.toOutputs(
            withNamespaces(policy),
            found.filter((one) => !isSink(one)),
        ).status as Record<string, Status>;
        const ofSink = found.filter(isSink).map(({ label, status }) => [label, status]);
        return { status: { ...ofNamespaces, ...Object.fromEntries(ofSink) } };
    },
    evidence: {
        output: "events",
        sinceMs: ({ evidence }) => (evidence === undefined ? undefined : sinceMs(evidence.since)),
        tell: ({ namespaces = NONE }, reading) => namespaceEvents(pathsByKey(namespaces), reading),
    },
};
