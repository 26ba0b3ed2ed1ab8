import { z } from "zod";
import { namespacePath, parseNamespacePath } from "../core/namespacePath";
import type { Compiler } from "../core/step";
import { definitionInput, fileIn } from "./foundTexts";
import { foundOr } from "./resource";
import type { EvidenceInput } from "./since";

const namespacePolicy = z.strictObject(
    { requiresEncryption: foundOr, whenMissing: z.enum(["error", "skip"]).optional(), definitionMof: definitionInput.optional() },
    { error: "must be { requiresEncryption: true } or { requiresEncryption: false }" },
);
export type NamespacePolicy = z.infer<typeof namespacePolicy>;

/** By the path as the program spells it. */
export type NamespaceMap = Readonly<Record<string, NamespacePolicy>>;

export interface WmiPolicy {
    readonly namespaces: NamespaceMap;
    readonly autorecover?: boolean | string | undefined;
    readonly compiler?: Compiler | undefined;
    readonly evidence?: EvidenceInput | undefined;
}

/** As many files as one look at a host may ask for (core/observation.ts), those that an update takes leave of counted too. */
const MAX_DEFINITIONS = 4;

/** One look at a host takes 2,000 (core/observation.ts), those that an update takes leave of counted too. */
const MAX_NAMESPACES = 1000;

const namespaceKey = z.string().check((context) => {
    const parsed = parseNamespacePath(context.value);
    if (!parsed.ok) context.issues.push({ code: "custom", message: parsed.problem, input: context.value });
});

/** Each namespace once, each definition file for one namespace. */
export const namespaceMap = z
    .record(namespaceKey, namespacePolicy, { error: "must be a map of namespace paths, each with { requiresEncryption }" })
    .check((context) => {
        const entries = Object.entries(context.value);
        const refuse = (path: PropertyKey[], message: string) =>
            context.issues.push({ code: "custom", path, message, input: context.value });
        if (entries.length > MAX_NAMESPACES)
            refuse([], `has ${entries.length} namespaces: at most ${MAX_NAMESPACES} in one resource; declare the others in a second one`);
        for (const [key, twin] of twins(entries.map(([key]) => [key, namespacePath(key)])))
            refuse([key], `is the same namespace as ${JSON.stringify(twin)}`);
        const files = entries.flatMap(([key, { definitionMof }]): [string, string][] =>
            definitionMof === undefined ? [] : [[key, fileIn(definitionMof).toLowerCase()]],
        );
        for (const [key, twin] of twins(files)) {
            refuse(
                [key, "definitionMof"],
                `is the file that ${JSON.stringify(twin)} names: a file belongs to one namespace. Split the file, or declare it for one of them`,
            );
        }
        const [surplus] = files[MAX_DEFINITIONS] ?? [];
        if (surplus !== undefined)
            refuse(
                [surplus, "definitionMof"],
                `is one too many: at most ${MAX_DEFINITIONS} in one resource; declare the others in a second one`,
            );
    });

/** Each key whose value an earlier one has, with that earlier key. */
function twins(pairs: readonly (readonly [key: string, value: string])[]): [string, string][] {
    const first = new Map<string, string>();
    return pairs.flatMap(([key, value]): [string, string][] => {
        const twin = first.get(value);
        if (twin === undefined) first.set(value, key);
        return twin === undefined ? [] : [[key, twin]];
    });
}
