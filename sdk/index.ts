export type { ConnectionArgs, EndpointArgs, SecretReference } from "./connectionArgs";
export type { EventCount, EvidenceArgs, NamespaceEvents, RebuildEvent, RefusedClients } from "./namespaceEvents";
export { type SinkCheck, type SinkEffects, UnsecAppPolicy, type UnsecAppPolicyArgs } from "./unsecAppPolicy";
export { type NamespacePolicyArgs, WmiNamespaceSecurity, type WmiNamespaceSecurityArgs } from "./wmiNamespaceSecurity";
export type {
    AbandonedHost,
    CarriedOut,
    CarriedOutItem,
    CommonArgs,
    ItemLeftAlone,
    ItemValue,
    RegistryData,
    Status,
    UnfinishedMove,
} from "./wmisecResource";
