import { z } from "zod";
import { definition, definitionItem } from "../core/items/definition";
import type { Item } from "../core/items/kind";
import type { AnyKind, Wanted } from "../core/items/kinds";
import { namespaceFlag, namespaceItem } from "../core/items/namespaceFlag";
import { registration, registrationItem } from "../core/items/registration";
import { namespacePath } from "../core/namespacePath";
import { compiler } from "../core/wire/compiler";
import { commonOutputs } from "./commonOutputs";
import { autorecoverInput, definitionText, fileIn, isFoundText, registrationsText } from "./foundTexts";
import { eventsOutput, namespaceEvents } from "./namespaceEvents";
import { type NamespacePolicy, namespaceMap, pathsByKey, recordable, type WmiPolicy } from "./namespaceMap";
import {
    type CommonInputs,
    commonInputs,
    type Declared,
    describeShown,
    type FoundItem,
    type HostResource,
    isUnread,
    type ReportedItem,
    type Status,
    status,
} from "./resource";
import { evidenceInput, sinceMs } from "./since";

const AUTORECOVER = [
    "`true`: the flags survive a rebuild of the WMI repository.",
    "After a rebuild Windows compiles the MOF files that the registry lists (`HKLM\\SOFTWARE\\Microsoft\\WBEM\\CIMOM`, `Autorecover MOFs`), in the order of that list. A flag that no listed file sets is lost.",
    "With `true` the provider compiles and registers a file of its own for each namespace, such as `%ProgramFiles%\\pulumi-wmisec\\root!cimv2.mof`. If the file or its registration is missing, that is drift. When the last owner is deleted, both are removed, and all other entries keep their order.",
    "If a later file in the list sets the flag of the same namespace, that file wins. If a rebuild does not bring a namespace back, it has no flag. No document says whether Windows compiles our file or a copy that it made. A copy below `%windir%\\System32\\wbem\\AutoRecover` is removed with the file if it has the same text.",
    "After a refresh that found a difference, the text says what was found: `missing for root/contoso`.",
].join("\n\n");

/** The inputs of policy for namespaces. */
export const namespaceInputs = {
    namespaces: namespaceMap.meta({
        description: "The namespaces, by path from the root, with `/` or `\\` between names, in any case. List each namespace once.",
        asOutput: 'The input. After a refresh: what the host has, `true`, `false` or a word such as `"missing"`.',
    }),
    autorecover: autorecoverInput.optional().meta({
        description: AUTORECOVER,
        asOutput: "The input. After a refresh that found a difference: what was found, such as `missing for root/cimv2`.",
    }),
    compiler: compiler.optional().meta({
        description:
            'What compiles MOF on the host.\n\n`"mofcomp"`: mofcomp.exe. `"api"`: the documented COM interface IMofCompiler in our own PowerShell, for hosts where a policy blocks mofcomp.exe. It needs a C# compiler (`Add-Type`). It was never run on Windows. A change of `compiler` alone contacts no host.',
        asOutput: 'The input: `"mofcomp"` or `"api"`.',
    }),
    evidence: evidenceInput.optional().meta({
        description:
            "Reads the host's event log too, at each refresh and at the end of a create or update.\n\nSee the output `events`. It costs one more request for each host. Switching it on or off is an update that writes nothing on the host.",
    }),
};
const inputs = z.strictObject({ ...commonInputs, ...namespaceInputs });

/** @param others words that may be found instead of a flag */
const flagsByKey = <const Words extends readonly [string, ...string[]]>(...others: Words) =>
    z.record(z.string(), z.union([z.boolean(), z.enum(others)]));

const observed = flagsByKey("absent", "missing", "denied", "contradictory");
const registered = flagsByKey("absent", "incomplete", "denied");
const defined = flagsByKey("absent", "missing", "unreadable", "denied");

/** What a host's event log said. */
export const events = z
    .union([eventsOutput, z.strictObject({ unavailable: z.string().meta({ description: "Why the log could not be read." }) })])
    .optional()
    .meta({
        description:
            "What the event log said when it was last read, or why it could not be read. Undefined without `evidence`.\n\nIt changes with the log, and never causes an update of this resource.",
    });

const outputs = z.strictObject({
    ...commonOutputs,
    observed: observed.meta({
        description:
            'What the host has, by the map\'s keys: `true`, `false`, `"absent"` (no qualifier), `"missing"` (no namespace), `"denied"` or `"contradictory"` (two readings of the flag disagree).\n\nFor example `policy.observed["root/cimv2"]` is `true` if that namespace requires encryption.',
    }),
    status: z.record(z.string(), status).meta({
        description:
            'By the map\'s keys, one of the statuses: the worst of the flag, the registration and the definition file.\n\nFor example `{ "root/cimv2": "compliant" }`.',
    }),
    events,
    registered: registered.optional().meta({
        description:
            'With `autorecover`, by the map\'s keys: the flag that our file would set in a rebuilt repository. `true`, `false`, `"absent"` (no file and not listed), `"incomplete"` (only one of the two, or a different text) or `"denied"`.\n\nFor example `{ "root/cimv2": true }`.',
    }),
    defined: defined.optional().meta({
        description:
            'With `definitionMof`, by the map\'s keys: what that file says. `true`, `false`, `"absent"` (nothing), `"missing"` (no such file), `"unreadable"` or `"denied"`.\n\nFor example `{ "root/Contoso": true }`.',
    }),
});
type Own = Omit<z.infer<typeof outputs>, keyof typeof commonOutputs>;

/**
 * Which WMI namespaces of one host refuse clients that do not encrypt. Owns, for each namespace, the RequiresEncryption
 * qualifier of its `__SystemSecurity` singleton, set by compiling MOF. TRUE: WMI rejects remote requests below
 * RPC_C_AUTHN_LEVEL_PKT_PRIVACY. FALSE or no qualifier: it does not. The flag is per namespace; no document says that
 * child namespaces inherit it.
 *
 * With `autorecover` it also owns our own MOF file for each namespace, and its entry in the list from which Windows rebuilds the
 * repository. With `definitionMof` it also owns the flag in the MOF file that defines a namespace.
 * @see MicrosoftDocs/win32 desktop-src/WmiSdk/requiring-an-encrypted-connection-to-a-namespace.md
 */
export const wmiNamespaceSecurity: HostResource<WmiPolicy, Own> = {
    name: "WmiNamespaceSecurity",
    description: [
        "Which WMI namespaces of one host refuse clients that do not encrypt.",
        "Local clients always encrypt, and so notice nothing. The same is true for everything that runs on the host over SSH or WinRM. Remote DCOM clients below PktPrivacy are refused: Get-WmiObject without -Authentication PacketPrivacy, and many monitoring tools. Find out who connects before you set it on root/cimv2.",
        "When you take a namespace out of the map, its original value is restored. Namespaces that Windows ships encrypted (root/cimv2/TerminalServices, root/MSCluster) stay encrypted when you delete a resource that adopted them.",
    ].join("\n\n"),
    inputs: inputs.check(recordable) satisfies z.ZodType<CommonInputs & WmiPolicy>,
    outputs,
    // Flags first, so that compiles for registrations and definitions find the flags as declared.
    declared: ({ namespaces, autorecover = false }) => {
        const entries = Object.entries(namespaces);
        const flags = entries.map(([key, { requiresEncryption, whenMissing }]) =>
            declared(key, namespaceItem(namespacePath(key), key), requiresEncryption === true, textAmong(requiresEncryption), whenMissing),
        );
        const registrations = entries.map(([key, { requiresEncryption }]) =>
            declared(
                key,
                registrationItem(namespacePath(key), key),
                requiresEncryption === true,
                textAmong(autorecover, requiresEncryption),
            ),
        );
        const definitions = entries.flatMap(([key, { requiresEncryption, definitionMof }]) => {
            if (definitionMof === undefined) return [];
            const namespace = namespacePath(key);
            const item = definitionItem(fileIn(definitionMof), namespace);
            const left = isFoundText(definitionMof) ? definitionMof : textAmong(requiresEncryption);
            return [declared(key, item, { namespace, requires: requiresEncryption === true }, left)];
        });
        return [...flags, ...(autorecover === false ? [] : registrations), ...definitions];
    },
    fromLive: (policy, found) => {
        const autorecover = autorecoverInputOf(policy, found);
        const flags = byKey(found, namespaceFlag);
        const definitions = byKey(found, definition);
        return {
            ...(autorecover !== undefined && { autorecover }),
            namespaces: Object.fromEntries(
                Object.entries(policy.namespaces).map(([key, one]) => {
                    const flag = flags.get(key);
                    const definition = definitions.get(key);
                    const { requiresEncryption, definitionMof } = one;
                    return [
                        key,
                        {
                            ...one,
                            requiresEncryption: flag === undefined ? requiresEncryption : flagInput(flag),
                            ...(definition !== undefined &&
                                definitionMof !== undefined && { definitionMof: definitionInputOf(one, definitionMof, definition) }),
                        },
                    ];
                }),
            ),
        };
    },
    toOutputs: (_policy, found): Own => {
        const registrations = registered.parse(liveByKey(found, registration));
        const definitions = defined.parse(liveByKey(found, definition));
        return {
            observed: observed.parse(liveByKey(found, namespaceFlag)),
            status: statusByKey(found),
            ...(Object.keys(registrations).length > 0 && ({ registered: registrations } satisfies Partial<Own>)),
            ...(Object.keys(definitions).length > 0 && ({ defined: definitions } satisfies Partial<Own>)),
        };
    },
    imported: (names) => {
        const paths = names.length === 0 ? ["root/cimv2"] : names;
        return { namespaces: Object.fromEntries(paths.map((path) => [path, { requiresEncryption: false }])) };
    },
    evidence: {
        output: "events",
        sinceMs: ({ evidence }) => (evidence === undefined ? undefined : sinceMs(evidence.since)),
        tell: ({ namespaces }, reading) => namespaceEvents(pathsByKey(namespaces), reading),
    },
};

/** @param left text that a read put into one of the item's inputs: then the item is left alone */
function declared(label: string, item: Item, want: Wanted, left: string | undefined, whenMissing: "error" | "skip" = "error"): Declared {
    return { label, item, declaration: left ?? { item, want, alsoFine: [], whenMissing } };
}

const textAmong = (...inputs: readonly (boolean | string)[]): string | undefined => inputs.find((input) => typeof input === "string");

const byKey = <T extends ReportedItem>(found: readonly T[], { type }: Pick<AnyKind, "type">): ReadonlyMap<string, T> =>
    new Map(found.filter(({ item }) => item.type === type).map((one) => [one.label, one]));

/** Callers parse the result: the possible values depend on the item's kind, which the type does not express. */
const liveByKey = (found: readonly ReportedItem[], { type }: Pick<AnyKind, "type">) =>
    Object.fromEntries([...byKey(found, { type })].map(([key, { live }]) => [key, live]));

const WORST_LAST: readonly Status[] = ["compliant", "skipped", "unreachable", "denied", "drifted", "missing"];

/** A namespace has the worst status of its items. */
function statusByKey(found: readonly ReportedItem[]): Record<string, Status> {
    const worst = new Map<string, Status>();
    for (const { label, status } of found) {
        const other = worst.get(label) ?? status;
        worst.set(label, WORST_LAST.indexOf(status) > WORST_LAST.indexOf(other) ? status : other);
    }
    return Object.fromEntries(worst);
}

function flagInput(one: FoundItem): boolean | string {
    const { satisfied, live } = one;
    if (typeof satisfied?.want === "boolean") return satisfied.want;
    return typeof live === "boolean" ? live : describeShown(one);
}

function autorecoverInputOf({ namespaces, autorecover }: WmiPolicy, found: readonly FoundItem[]): boolean | string | undefined {
    if (autorecover === undefined || autorecover === false) return autorecover;
    const registrations = [...byKey(found, registration).values()];
    const wrong = registrations.filter((one) => !isFine(one, namespaces[one.label], autorecover !== true));
    return wrong.length === 0 || registrationsText(wrong.map(({ label, live }) => ({ key: label, live })));
}

function definitionInputOf(policy: NamespacePolicy, definitionMof: string, found: FoundItem): string {
    const file = fileIn(definitionMof);
    return isFine(found, policy, isFoundText(definitionMof)) ? file : definitionText(file, found.live);
}

/**
 * Whether the input of a registration or a definition can repeat what a program would write.
 * @param wasText the input holds what a read found. If not, an item is left alone because of its namespace's flag
 */
function isFine({ satisfied, leftAlone, live, found }: FoundItem, policy: NamespacePolicy | undefined, wasText: boolean): boolean {
    if (satisfied !== undefined) return true;
    if (!leftAlone) return false;
    if (!wasText || (!isUnread(found) && found.namespaceMissing)) return true;
    const flag = policy?.requiresEncryption;
    return typeof flag === "boolean" ? live === flag : typeof live === "boolean";
}
