import { z } from "zod";
import { type NamespacePath, parseNamespacePath } from "../namespacePath";

/** A path in canonical form. Anything else does not answer our request. */
export const wirePath = z.string().transform((text, context): NamespacePath => {
    const parsed = parseNamespacePath(text);
    if (parsed.ok && parsed.path === text) return parsed.path;
    context.addIssue({ code: "custom", message: "is not a normalized namespace path" });
    return z.NEVER;
});
