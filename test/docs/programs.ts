import { RESOURCE_NAMES } from "../../provider/resources";
import { exampleOf, fieldsOf, NAMES } from "./hoverTexts";
import { blocksOf, DOCUMENTS } from "./markdown";

/** TypeScript that a reader may copy. */
export interface Program {
    readonly name: string;
    readonly code: string;
}

export const ofDocuments: readonly Program[] = DOCUMENTS.flatMap((file) =>
    blocksOf(file, "ts").map((code, index) => ({ name: `${file.replace("/", "-")}-${index}`, code })),
);

const PRELUDE = `import * as wmisec from "pulumi-wmisec";\n`;

export const ofClasses: readonly Program[] = [...RESOURCE_NAMES, "WmisecResource"].map((name) => ({
    name,
    code: `${PRELUDE}${exampleOf(name)}\nexport {};\n`,
}));

/** An example of arguments is the inside of an object. */
interface Inside {
    /** Of the object. */
    readonly type: string;
    readonly name: string;
    readonly example: string;
}

const insides: readonly Inside[] = NAMES.filter((name) => name.endsWith("Args")).flatMap((type) => [
    // What EvidenceArgs shows is the field that takes it.
    { type: type === "EvidenceArgs" ? "WmiNamespaceSecurityArgs" : type, name: type, example: `${exampleOf(type)}` },
    ...fieldsOf(type).map(({ name, example }) => ({ type, name: `${type}-${name}`, example: `${example}` })),
]);

export const ofArguments: readonly Program[] = insides.map(({ type, name, example }) => ({
    name,
    code: `${PRELUDE}export const example: Partial<wmisec.${type}> = {\n${example}\n};\n`,
}));

const CONNECTION = `connection: { host: "web-07", user: "svc" }`;
const NAMESPACES = `namespaces: { "root/cimv2": { requiresEncryption: true } }`;
const RINGS = `rings: [{ name: "canary" }, { name: "broad" }]`;
const FLEET = `connection: { user: "svc" }, hosts: { "web-01": {}, "web-02": {} }, ${NAMESPACES}`;

/** A whole resource around the example of arguments, which takes the place of what stands before it. */
const AROUND: Readonly<Record<string, (example: string) => string>> = {
    CommonArgs: (example) => `UnsecAppPolicy("a", { ${CONNECTION}, checkAccess: true, ${example} })`,
    EvidenceArgs: (example) => `WmiNamespaceSecurity("a", { ${CONNECTION}, ${NAMESPACES}, evidence: { ${example} } })`,
    ExemptionArgs: (example) =>
        `FleetEncryptionPolicy("a", { ${FLEET}, hosts: { "web-01": { exemption: { owner: "me", reason: "old", until: "2030-01-01", ${example} } } } })`,
    FleetEncryptionPolicyArgs: (example) => `FleetEncryptionPolicy("a", { ${FLEET}, ${RINGS}, ${example} })`,
    FleetHostArgs: (example) => `FleetEncryptionPolicy("a", { ${FLEET}, ${RINGS}, hosts: { "web-01": { ${example} } } })`,
    NamespacePolicyArgs: (example) =>
        `WmiNamespaceSecurity("a", { ${CONNECTION}, namespaces: { "root/cimv2": { requiresEncryption: true, ${example} } } })`,
    RingArgs: (example) => `FleetEncryptionPolicy("a", { ${FLEET}, rings: [{ name: "canary", ${example} }, { name: "broad" }] })`,
    UnsecAppPolicyArgs: (example) => `UnsecAppPolicy("a", { ${CONNECTION}, checkAccess: true, ${example} })`,
    WmiNamespaceSecurityArgs: (example) => `WmiNamespaceSecurity("a", { ${CONNECTION}, ${NAMESPACES}, ${example} })`,
};

/** Each example of arguments as a program that makes a resource of them. */
export const aroundArguments: readonly Program[] = insides.map(({ type, name, example }) => ({
    name,
    code: `${PRELUDE}new wmisec.${AROUND[type]?.(`${example}\n`)};\n`,
}));
