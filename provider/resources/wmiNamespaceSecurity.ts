import { z } from "zod";
import { describeLive, namespaceItem } from "../core/item";
import { namespacePath, parseNamespacePath } from "../core/namespacePath";
import { namespaceEvents } from "./namespaceEvents";
import { type CommonInputs, commonInputs, DENIED, foundOr, type ResourceSpec } from "./resource";
import { since, sinceMs } from "./since";

const namespacePolicy = z.strictObject(
    { requiresEncryption: foundOr, whenMissing: z.enum(["error", "skip"]).optional() },
    { error: "must be { requiresEncryption: true } or { requiresEncryption: false }" },
);

const namespaceKey = z.string().check((context) => {
    const parsed = parseNamespacePath(context.value);
    if (!parsed.ok) context.issues.push({ code: "custom", message: parsed.problem, input: context.value });
});

const namespaces = z
    .record(namespaceKey, namespacePolicy, { error: "must be a map of namespace paths, each with { requiresEncryption }" })
    .check((context) => {
        const first = new Map<string, string>();
        for (const key of Object.keys(context.value)) {
            const path = namespacePath(key);
            const twin = first.get(path);
            if (twin === undefined) first.set(path, key);
            else
                context.issues.push({
                    code: "custom",
                    path: [key],
                    message: `is the same namespace as ${JSON.stringify(twin)}`,
                    input: key,
                });
        }
    });

const evidence = z.strictObject({ since }, { error: 'must be { since: "24h" } or another time' }).optional();

interface NamespacePolicies {
    readonly namespaces: Readonly<Record<string, z.infer<typeof namespacePolicy>>>;
    readonly evidence?: z.infer<typeof evidence>;
}

/**
 * Which WMI namespaces of one host refuse clients that do not encrypt. Owns, for each namespace, the RequiresEncryption
 * qualifier of its `__SystemSecurity` singleton, set by compiling MOF with mofcomp. TRUE: WMI rejects remote requests below
 * RPC_C_AUTHN_LEVEL_PKT_PRIVACY. FALSE, and no qualifier: it does not. The flag is per namespace; no document says that
 * child namespaces inherit it.
 * @see MicrosoftDocs/win32 desktop-src/WmiSdk/requiring-an-encrypted-connection-to-a-namespace.md
 */
export const wmiNamespaceSecurity: ResourceSpec<NamespacePolicies> = {
    name: "WmiNamespaceSecurity",
    inputs: z.strictObject({ ...commonInputs, namespaces, evidence }) satisfies z.ZodType<CommonInputs & NamespacePolicies>,
    declared: ({ namespaces }) =>
        Object.entries(namespaces).map(([label, { requiresEncryption, whenMissing }]) => {
            const item = namespaceItem(namespacePath(label));
            if (typeof requiresEncryption === "string") return { label, item, wish: requiresEncryption };
            return { label, item, wish: { item, want: requiresEncryption, alsoFine: [], whenMissing: whenMissing ?? "error" } };
        }),
    fromLive: ({ namespaces }, live) => ({
        namespaces: Object.fromEntries(
            Object.entries(namespaces).map(([key, policy], index) => [
                key,
                { ...policy, requiresEncryption: live[index] ?? policy.requiresEncryption },
            ]),
        ),
    }),
    asInput: (found) => {
        if (found === DENIED) return found;
        if (found.differs) return "contradictory";
        return typeof found.live === "boolean" ? found.live : describeLive(found.live);
    },
    outputs: (_policy, found) => ({
        observed: Object.fromEntries(found.map(({ label, live }) => [label, live])),
        status: Object.fromEntries(found.map(({ label, status }) => [label, status])),
    }),
    evidence: {
        output: "events",
        sinceMs: ({ evidence }) => (evidence === undefined ? undefined : sinceMs(evidence.since)),
        tell: ({ namespaces }, reading) =>
            namespaceEvents(new Map(Object.keys(namespaces).map((key) => [key, namespacePath(key)])), reading),
    },
};
