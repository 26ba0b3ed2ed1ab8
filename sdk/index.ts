export type { ConnectionArgs, EndpointArgs, SecretReference } from "./connectionArgs";
export {
    type ExemptionArgs,
    type FleetCounts,
    FleetEncryptionPolicy,
    type FleetEncryptionPolicyArgs,
    type FleetHostArgs,
    type HaltedAt,
    type HostCount,
    type HostError,
    type RingArgs,
} from "./fleetEncryptionPolicy";
export type { EventCount, EvidenceArgs, NamespaceEvents, RebuildEvent, RefusedClients } from "./namespaceEvents";
export { type SinkCheck, type SinkEffects, UnsecAppPolicy, type UnsecAppPolicyArgs } from "./unsecAppPolicy";
export { type NamespacePolicyArgs, WmiNamespaceSecurity, type WmiNamespaceSecurityArgs } from "./wmiNamespaceSecurity";
export type {
    AbandonedHost,
    CommonArgs,
    ItemValue,
    RegistryData,
    Status,
} from "./wmisecResource";
