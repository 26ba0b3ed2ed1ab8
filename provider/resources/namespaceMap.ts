import { z } from "zod";
import { definitionItem } from "../core/items/definition";
import { itemName } from "../core/items/item";
import type { Item } from "../core/items/kind";
import { kindOf } from "../core/items/kinds";
import { namespaceItem } from "../core/items/namespaceFlag";
import { registrationItem } from "../core/items/registration";
import { formatEntry } from "../core/ledger/entry";
import { entryBytes } from "../core/ledger/room";
import { MAX_DEFINITIONS, MAX_LEDGER_BYTES, MAX_NAMESPACES } from "../core/limits";
import { namespacePath, parseNamespacePath } from "../core/namespacePath";
import type { Compiler } from "../core/wire/compiler";
import { definitionInput, fileIn } from "./foundTexts";
import { foundOr } from "./resource";
import type { EvidenceInput } from "./since";

const DEFINITION_MOF = [
    "The MOF file on the host that defines this namespace. It is made to say the same as `requiresEncryption`.",
    "Name the file that the product's installer or its users compile: so compiling it again does not weaken the policy.",
    "The qualifier on its `instance of __SystemSecurity` in this namespace is set, or such an instance is appended. All else stays byte for byte. The new text's syntax is checked before the file is replaced. Then the file is compiled, all of it. What stood there stays beside it as `FILE.pulumi-wmisec-backup` until the last owner is gone, who puts it back without compiling it.",
    "The path is absolute, on a local drive, with backslashes, in ASCII, ends in `.mof`, and has at most 200 characters. The text is ASCII, with bytes of a code page in comments alone, or UTF-16 with a byte order mark; at most 700,000 bytes. Files that it includes are not edited. Only administrators may be able to write to it. One file belongs to one namespace; a resource has at most 4 files.",
    "After a refresh the text also says what was found: `C:\\Program Files\\Contoso\\contoso.mof: FALSE`.",
].join("\n\n");

const namespacePolicy = z
    .strictObject(
        {
            requiresEncryption: foundOr.meta({
                description:
                    "`true`: WMI refuses remote clients that do not encrypt (authentication level PktPrivacy). `false` is as real: the flag is set to FALSE.",
            }),
            whenMissing: z.enum(["error", "skip"]).optional().meta({
                description: '`"skip"`: fine where the host has no such namespace, as with a role that is not installed everywhere.',
            }),
            definitionMof: definitionInput.optional().meta({ description: DEFINITION_MOF }),
        },
        {
            error: ({ code }) =>
                code === "unrecognized_keys" ? undefined : "must be { requiresEncryption: true } or { requiresEncryption: false }",
        },
    )
    .meta({ id: "NamespacePolicyArgs", description: "What one namespace shall be." });
export type NamespacePolicy = z.infer<typeof namespacePolicy>;

/** By the path as the program spells it. */
export type NamespaceMap = Readonly<Record<string, NamespacePolicy>>;

export interface WmiPolicy {
    readonly namespaces: NamespaceMap;
    readonly autorecover?: boolean | string | undefined;
    readonly compiler?: Compiler | undefined;
    readonly evidence?: EvidenceInput | undefined;
}

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

/** What one resource adds to a host's ledger fits there. The owner is long where the resource's name is, or its parents' types are many. */
export function recordable({
    value,
    issues,
}: z.core.ParsePayload<{ owner: string; namespaces: NamespaceMap; autorecover?: unknown }>): void {
    const { owner, namespaces, autorecover = false } = value;
    const bytes = Object.entries(namespaces).reduce((sum, [key, { definitionMof }]) => {
        const path = namespacePath(key);
        const items = [
            namespaceItem(path),
            ...(autorecover === false ? [] : [registrationItem(path)]),
            ...(definitionMof === undefined ? [] : [definitionItem(fileIn(definitionMof), path)]),
        ];
        return sum + items.reduce((own, item) => own + entryBytes(itemName(item), longestEntry(owner, item)), 0);
    }, 0);
    if (bytes <= MAX_LEDGER_BYTES) return;
    issues.push({
        code: "custom",
        path: ["namespaces"],
        message: `would take ${bytes} bytes of the host's ledger, which has room for ${MAX_LEDGER_BYTES}: the owner that stands in each entry has ${owner.length} characters. Give the resource a shorter name, or declare fewer namespaces`,
        input: namespaces,
    });
}

const UUID = "0".repeat(36);

/** An entry with one owner, as a release writes it. */
function longestEntry(owner: string, item: Item): string {
    const longest = kindOf(item).largestEntry?.(item);
    if (longest === undefined) throw new TypeError(`what stands there as ${itemName(item)} may have any length`);
    const { value, want } = longest;
    return formatEntry({
        v: 1,
        machine: `${UUID}/${UUID}`,
        before: value,
        written: value,
        writing: value,
        owners: [{ owner, stamp: UUID, wants: want }],
        since: "2026-01-01T00:00:00.000Z",
    });
}

/** Each key whose value an earlier one has, with that earlier key. */
function twins(pairs: readonly (readonly [key: string, value: string])[]): [string, string][] {
    const first = new Map<string, string>();
    return pairs.flatMap(([key, value]): [string, string][] => {
        const twin = first.get(value);
        if (twin === undefined) first.set(value, key);
        return twin === undefined ? [] : [[key, twin]];
    });
}
