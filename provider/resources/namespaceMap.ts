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
    "The MOF file on the host that defines this namespace. The provider edits it to agree with `requiresEncryption`.",
    "Name the file that the product's installer or its users compile. Then compiling it again does not weaken the policy.",
    "The provider sets the qualifier on its `instance of __SystemSecurity` in this namespace, or appends such an instance. Everything else stays byte for byte. It checks the new text's syntax before it replaces the file, and then compiles the whole file. A backup stays beside it as `FILE.pulumi-wmisec-backup`. When the last owner is deleted, the provider puts the backup back, and compiles nothing.",
    "The path must be absolute, on a local drive, with backslashes, in ASCII, end in `.mof`, and have at most 200 characters. The text must be ASCII, with bytes of a code page in comments only, or UTF-16 with a byte order mark, and have at most 700,000 bytes. The provider does not edit files that it includes. Only administrators may have write access to it. One file belongs to one namespace; a resource has at most 4 files.",
    "After a refresh that found a difference, the text also says what was found: `C:\\Program Files\\Contoso\\contoso.mof: FALSE`.",
].join("\n\n");

const namespacePolicy = z
    .strictObject(
        {
            requiresEncryption: foundOr.meta({
                description:
                    "`true`: WMI refuses remote clients that do not encrypt (authentication level PktPrivacy). `false` sets the flag to FALSE.",
            }),
            whenMissing: z.enum(["error", "skip"]).optional().meta({
                description: '`"skip"`: the host need not have the namespace. Use it for a role that is not installed everywhere.',
            }),
            definitionMof: definitionInput.optional().meta({ description: DEFINITION_MOF }),
        },
        {
            error: ({ code }) =>
                code === "unrecognized_keys" ? undefined : "must be { requiresEncryption: true } or { requiresEncryption: false }",
        },
    )
    .meta({ id: "NamespacePolicyArgs", description: "What is declared for one namespace." });
export type NamespacePolicy = z.infer<typeof namespacePolicy>;

/** The keys are paths as the program spells them. */
export type NamespaceMap = Readonly<Record<string, NamespacePolicy>>;

/** The map's keys with their normalized paths. */
export const pathsByKey = (namespaces: NamespaceMap): ReadonlyMap<string, string> =>
    new Map(Object.keys(namespaces).map((key) => [key, namespacePath(key)]));

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

/** Refuses a namespace that is listed twice, and a definition file for two namespaces. */
export const namespaceMap = z
    .record(namespaceKey, namespacePolicy, { error: "must be a map of namespace paths, each with { requiresEncryption }" })
    .check((context) => {
        const entries = Object.entries(context.value);
        const refuse = (path: PropertyKey[], message: string) =>
            context.issues.push({ code: "custom", path, message, input: context.value });
        if (entries.length > MAX_NAMESPACES)
            refuse(
                [],
                `has ${entries.length} namespaces: one resource can have ${MAX_NAMESPACES}; declare the others in a second resource`,
            );
        for (const [key, twin] of twins(entries.map(([key]) => [key, namespacePath(key)])))
            refuse([key], `is the same namespace as ${JSON.stringify(twin)}`);
        const files = entries.flatMap(([key, { definitionMof }]): [string, string][] =>
            definitionMof === undefined ? [] : [[key, fileIn(definitionMof).toLowerCase()]],
        );
        for (const [key, twin] of twins(files)) {
            refuse(
                [key, "definitionMof"],
                `is also the file of ${JSON.stringify(twin)}: a file belongs to one namespace. Split the file, or declare it for one of them`,
            );
        }
        const [surplus] = files[MAX_DEFINITIONS] ?? [];
        if (surplus !== undefined)
            refuse(
                [surplus, "definitionMof"],
                `is one file too many: one resource can have ${MAX_DEFINITIONS}; declare the others in a second resource`,
            );
    });

/** Refuses a resource whose entries do not fit into a ledger. The owner is long if the resource's name is, or if it has many parents. */
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
        message: `would take ${bytes} bytes of the host's ledger, which has room for ${MAX_LEDGER_BYTES}: each entry names the owner, which has ${owner.length} characters. Give the resource a shorter name, or declare fewer namespaces`,
        input: namespaces,
    });
}

const UUID = "0".repeat(36);

/** The longest entry that this owner's item can have. */
function longestEntry(owner: string, item: Item): string {
    const longest = kindOf(item).largestEntry?.(item);
    if (longest === undefined) throw new TypeError(`the entry of ${itemName(item)} may have any length`);
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

/** Each key whose value an earlier key already has, with that earlier key. */
function twins(pairs: readonly (readonly [key: string, value: string])[]): [string, string][] {
    const first = new Map<string, string>();
    return pairs.flatMap(([key, value]): [string, string][] => {
        const twin = first.get(value);
        if (twin === undefined) first.set(value, key);
        return twin === undefined ? [] : [[key, twin]];
    });
}
