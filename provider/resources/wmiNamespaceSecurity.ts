import { z } from "zod";
import { definition, definitionItem } from "../core/items/definition";
import type { Item } from "../core/items/kind";
import type { AnyKind, Wanted } from "../core/items/kinds";
import { namespaceFlag, namespaceItem } from "../core/items/namespaceFlag";
import { registration, registrationItem } from "../core/items/registration";
import { namespacePath } from "../core/namespacePath";
import { compiler } from "../core/wire/compiler";
import { autorecoverInput, definitionText, fileIn, isFoundText, registrationsText } from "./foundTexts";
import { namespaceEvents } from "./namespaceEvents";
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
} from "./resource";
import { evidenceInput, sinceMs } from "./since";

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
export const wmiNamespaceSecurity: ResourceSpec<WmiPolicy> = {
    name: "WmiNamespaceSecurity",
    inputs: z
        .strictObject({
            ...commonInputs,
            namespaces: namespaceMap,
            autorecover: autorecoverInput.optional(),
            compiler: compiler.optional(),
            evidence: evidenceInput.optional(),
        })
        .check(recordable) satisfies z.ZodType<CommonInputs & WmiPolicy>,
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
    outputs: (_policy, found) => {
        const registered = liveByKey(found, registration);
        const defined = liveByKey(found, definition);
        return {
            observed: liveByKey(found, namespaceFlag),
            status: statusByKey(found),
            ...(Object.keys(registered).length > 0 && { registered }),
            ...(Object.keys(defined).length > 0 && { defined }),
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
