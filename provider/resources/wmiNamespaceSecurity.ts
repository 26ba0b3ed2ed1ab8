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
import { type NamespacePolicy, namespaceMap, recordable, type WmiPolicy } from "./namespaceMap";
import {
    type CommonInputs,
    commonInputs,
    type Declared,
    describeShown,
    type FoundItem,
    isUnread,
    type ReportedItem,
    type ResourceSpec,
    type Status,
    status,
} from "./resource";
import { evidenceInput, sinceMs } from "./since";

const AUTORECOVER = [
    "Shall the flags survive a rebuild of the WMI repository?",
    "Windows then compiles the MOF files that the registry lists (`HKLM\\SOFTWARE\\Microsoft\\WBEM\\CIMOM`, `Autorecover MOFs`), in the order of that list. A flag that no file of the list sets is lost.",
    "`true`: for each namespace a file of ours, `%ProgramFiles%\\pulumi-wmisec\\root!cimv2.mof`, is compiled and registered. It is drift when file or registration is gone. Both go with the last owner, and all other entries keep their order.",
    "A file that stands later in the list and sets the flag of the same namespace wins. A namespace that a rebuild does not bring back has no flag. Whether Windows compiles our file or a copy that it made of it is documented nowhere: a copy of it below `%windir%\\System32\\wbem\\AutoRecover` goes with it where it has the same text.",
    "After a refresh the text says what was found: `missing for root/contoso`.",
].join("\n\n");

const inputs = z.strictObject({
    ...commonInputs,
    namespaces: namespaceMap.meta({
        description: "By path from the root, with `/` or `\\` between names, in any case. Each namespace once.",
        asOutput: 'The input. After a refresh: what the host has, `true`, `false` or a word such as `"missing"`.',
    }),
    autorecover: autorecoverInput.optional().meta({
        description: AUTORECOVER,
        asOutput: "The input. After a refresh that found a difference: what was found, such as `missing for root/cimv2`.",
    }),
    compiler: compiler.optional().meta({
        description:
            'What compiles MOF on the host.\n\n`"mofcomp"`: mofcomp.exe. `"api"`: the documented COM interface IMofCompiler in our own PowerShell, for hosts where a policy does not let mofcomp.exe start; it needs a C# compiler (Add-Type). Never run on Windows yet. A change of it alone contacts no host.',
        asOutput: 'The input: `"mofcomp"` or `"api"`.',
    }),
    evidence: evidenceInput.optional().meta({
        description:
            "Asks the host's event log too, at each refresh and at the end of a create or update.\n\nSee the output `events`. One request more for each host. Switching it on or off is an update that writes nothing on the host.",
    }),
});

/** @param others what may be found in the place of a flag */
const flagsByKey = <const Words extends readonly [string, ...string[]]>(...others: Words) =>
    z.record(z.string(), z.union([z.boolean(), z.enum(others)]));

const observed = flagsByKey("absent", "missing", "denied", "contradictory");
const registered = flagsByKey("absent", "incomplete", "denied");
const defined = flagsByKey("absent", "missing", "unreadable", "denied");

const outputs = z.strictObject({
    ...commonOutputs,
    observed: observed.meta({
        description:
            'What the host has, by the map\'s keys: `true`, `false`, `"absent"` (no qualifier), `"missing"` (no namespace), `"denied"` or `"contradictory"` (two readings of the flag disagree).\n\nSo `policy.observed["root/cimv2"]` is `true` where it is encrypted.',
    }),
    status: z.record(z.string(), status).meta({
        description:
            'By the map\'s keys, one of the statuses: the worst of the flag, the registration and the definition file.\n\nFor example `{ "root/cimv2": "compliant" }`.',
    }),
    events: z
        .union([eventsOutput, z.strictObject({ unavailable: z.string().meta({ description: "Why the log could not be read." }) })])
        .optional()
        .meta({
            description:
                "What the event log said when it was last asked, or why it could not be read. Undefined without `evidence`.\n\nIt changes with the log and is never a reason for an update of this resource.",
        }),
    registered: registered.optional().meta({
        description:
            'With `autorecover`, by the map\'s keys: what a rebuilt repository gets from our file. `true`, `false`, `"absent"` (no file and not listed), `"incomplete"` (one of both, or another text), `"denied"`.\n\nFor example `{ "root/cimv2": true }`.',
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
 * RPC_C_AUTHN_LEVEL_PKT_PRIVACY. FALSE, and no qualifier: it does not. The flag is per namespace; no document says that
 * child namespaces inherit it.
 *
 * With `autorecover` also our own MOF file for each namespace and its place in the list that a rebuilt repository is filled
 * from. With `definitionMof` also what the MOF file that defines a namespace says of its flag.
 * @see MicrosoftDocs/win32 desktop-src/WmiSdk/requiring-an-encrypted-connection-to-a-namespace.md
 */
export const wmiNamespaceSecurity: ResourceSpec<WmiPolicy, Own> = {
    name: "WmiNamespaceSecurity",
    inputs: inputs.check(recordable) satisfies z.ZodType<CommonInputs & WmiPolicy>,
    outputs,
    // Flags first, so that what is compiled for the others finds them as they are declared.
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
    evidence: {
        output: "events",
        sinceMs: ({ evidence }) => (evidence === undefined ? undefined : sinceMs(evidence.since)),
        tell: ({ namespaces }, reading) =>
            namespaceEvents(new Map(Object.keys(namespaces).map((key) => [key, namespacePath(key)])), reading),
    },
};

/** @param left the text where a read put it into an input that the item comes from */
function declared(label: string, item: Item, want: Wanted, left: string | undefined, whenMissing: "error" | "skip" = "error"): Declared {
    return { label, item, declaration: left ?? { item, want, alsoFine: [], whenMissing } };
}

const textAmong = (...inputs: readonly (boolean | string)[]): string | undefined => inputs.find((input) => typeof input === "string");

const byKey = <T extends ReportedItem>(found: readonly T[], { type }: Pick<AnyKind, "type">): ReadonlyMap<string, T> =>
    new Map(found.filter(({ item }) => item.type === type).map((one) => [one.label, one]));

/** Parsed where it goes out: what an item is found as depends on its kind, of which its type does not tell. */
const liveByKey = (found: readonly ReportedItem[], { type }: Pick<AnyKind, "type">) =>
    Object.fromEntries([...byKey(found, { type })].map(([key, { live }]) => [key, live]));

const WORST_LAST: readonly Status[] = ["compliant", "skipped", "unreachable", "denied", "drifted", "missing"];

/** A namespace is as good as the worst of what is about it. */
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
 * Is a registration or a definition such that its input repeats what a program would write?
 * @param wasText the input holds what a read found. Otherwise an item that is left alone is so because of its namespace's flag
 */
function isFine({ satisfied, leftAlone, live, found }: FoundItem, policy: NamespacePolicy | undefined, wasText: boolean): boolean {
    if (satisfied !== undefined) return true;
    if (!leftAlone) return false;
    if (!wasText || (!isUnread(found) && found.namespaceMissing)) return true;
    const flag = policy?.requiresEncryption;
    return typeof flag === "boolean" ? live === flag : typeof live === "boolean";
}
