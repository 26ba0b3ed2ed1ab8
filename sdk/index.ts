export type { ConnectionArgs, EndpointArgs, SecretReference } from "./connectionArgs";
export type { EventCount, EvidenceArgs, NamespaceEvents, RefusedClients } from "./namespaceEvents";
export { type SinkCheck, UnsecAppPolicy, type UnsecAppPolicyArgs } from "./unsecAppPolicy";
export { type NamespacePolicyArgs, WmiNamespaceSecurity, type WmiNamespaceSecurityArgs } from "./wmiNamespaceSecurity";
export type { CommonArgs, ItemValue, Status } from "./wmisecResource";
