import type { Properties } from "../provider/handlers/handler";

/** What a program declares of a namespace that has to require encryption. */
export const TRUE = { requiresEncryption: true };
export const FALSE = { requiresEncryption: false };
/** The namespace of every host of a `HandlerWorld`. */
export const CONTOSO = { "root/contoso": TRUE };

export const requiring = (paths: readonly string[], requiresEncryption = true): Record<string, { readonly requiresEncryption: boolean }> =>
    Object.fromEntries(paths.map((path) => [path, { requiresEncryption }]));

/** The inputs of a WmiNamespaceSecurity on host `a`. */
export const inputs = (namespaces: object = CONTOSO, more: object = {}): Properties => inputsOn("a", namespaces, more);

export const inputsOn = (host: string, namespaces: object = CONTOSO, more: object = {}): Properties => ({
    connection: { host, user: "me" },
    owner: "org/policy",
    namespaces,
    ...more,
});
