import { z } from "zod";
import { definitionFile } from "../definitionFile";
import { WmisecError } from "../errors";
import { editDefinition, flagInDefinition, flagsInDefinition } from "../mof/document";
import type { NamespacePath } from "../namespacePath";
import { ALLOW_WRITE, CORRECT_FILE, FIND_WHAT_SETS_BACK } from "../remedies";
import { sha256 } from "../sha256";
import type { Compiler } from "../wire/compiler";
import type { DefinitionReading } from "../wire/definition";
import { fileHash } from "../wire/fileHash";
import type { StepOf } from "../wire/step";
import { wirePath } from "../wire/wirePath";
import type { AlsoSet, BeforeReset, Change, Item, ItemHistory, ItemKind, KindState, PutBack, Succeeded } from "./kind";

/** A product's own MOF file, which defines a namespace. */
export interface Definition extends Item {
    readonly type: "definition";
    /** The path as the program spells it, or in lower case if it comes from the ledger: to Windows they are the same file. */
    readonly file: string;
    /** The namespace that the file is declared for; undefined if only the ledger or the state names the file. */
    readonly namespace?: NamespacePath | undefined;
}

export const definitionItem = (file: string, namespace?: NamespacePath): Definition => ({ type: "definition", file, namespace });

/** A file's content is recorded as a hash. The file itself is on the host, and so is the backup that a release restores. */
const content = z.strictObject({ sha256: fileHash });
type Content = z.infer<typeof content>;

/** What the file must say about a namespace. */
const demand = z.strictObject({ namespace: wirePath, requires: z.boolean() });
type Demand = z.infer<typeof demand>;

type State = KindState<Definition, Succeeded<DefinitionReading>, Content>;

/** Where the agent keeps the file as it was before our first edit. */
const backupOf = (file: string): string => `${file}.pulumi-wmisec-backup`;

export const definition: ItemKind<Definition, DefinitionReading, Content, Demand> = {
    type: "definition",
    list: "definitions",
    value: content,
    want: demand,
    isNamespace: false,
    failsAlone: true,
    nameOf: ({ file }) => file.toLowerCase(),
    fromName: (name) => (definitionFile.safeParse(name).success ? definitionItem(name) : undefined),
    describe,
    spellingOf: ({ asWritten, file }) => asWritten ?? (file === file.toLowerCase() ? undefined : file),
    namespaceOf: ({ namespace }) => namespace,
    requestFor: ({ file }) => file,
    isReadingOf: (item, { file }) => file.toLowerCase() === item.file.toLowerCase(),
    facts: (item, reading) => {
        if (reading.state === "missing") return { live: "missing", possible: ["missing"], contradictory: false };
        const bytes = Buffer.from(reading.content, "base64");
        const live = { sha256: sha256(bytes) };
        return { live, possible: [live], contradictory: false, definitionFlag: flagFor(item, bytes) };
    },
    meansSame: (a, b) => {
        if ("sha256" in a || "sha256" in b) return "sha256" in a && "sha256" in b && a.sha256 === b.sha256;
        return a.namespace === b.namespace && a.requires === b.requires;
    },
    describeValue: (value) =>
        "sha256" in value ? `a file of SHA-256 ${value.sha256.slice(0, 12)}...` : `${value.requires} for ${value.namespace}`,
    protects: (value) => "requires" in value && value.requires,
    valueIn: () => undefined,
    isSatisfied: ({ requires }, { definitionFlag }) => definitionFlag === requires,
    changeTo,
    putBack,
    absentBecomesFalse: false,
    handOverError,
    resetsBefore,
    leftBehind: (item) => `${describe(item)} stays as we edited it; the original is in ${backupOf(item.file)}`,
    whenDenied: "let Administrators read the file and its folder, then run again",
    giveUp: (code, remedy) => (code === "definitionUnreadable" ? GIVE_UP : `${remedy}. Or, ${GIVE_UP}`),
    unmetRemedy: FIND_WHAT_SETS_BACK,
    nameInDrift: (item, label) => `${label}: ${describe(item)}`,
    // "absent" alone would suggest that the file is missing.
    foundInDrift: ({ live, definitionFlag }, found) => {
        if (live === "missing") return `is ${found}`;
        return definitionFlag === "absent" ? "does not mention the flag" : `says ${found}`;
    },
    largestEntry: ({ namespace }) => {
        if (namespace === undefined) throw new TypeError("the namespace of this file is not known");
        return { value: { sha256: "0".repeat(64) }, want: { namespace, requires: false } };
    },
    steps: {
        editDefinition: {
            describe: ({ file }) => `editing ${file}`,
            compiles: ({ file }) => ({ file }),
            whenDenied: `${ALLOW_WRITE}. Leave files of Windows itself alone, which belong to TrustedInstaller: remove definitionMof, and use autorecover`,
            compilerRuns: 2,
            alsoObserves: ({ file }) => file,
            alsoSets,
        },
        restoreDefinition: {
            describe: ({ file }) => `restoring ${file}`,
            whenDenied: ALLOW_WRITE,
            alsoObserves: ({ file }) => file,
        },
    },
};

function describe({ file, asWritten = file }: Definition): string {
    return asWritten;
}

function flagFor({ namespace }: Definition, bytes: Buffer): State["definitionFlag"] {
    if (namespace === undefined) return undefined;
    const said = flagInDefinition(bytes, namespace);
    return said.ok ? said.flag : "unreadable";
}

/** @throws definitionMissing, definitionUnreadable */
function changeTo({ namespace, requires }: Demand, { item: { file }, reading }: State, compiler: Compiler): Change<Content> {
    const tried = `to make it say that ${namespace} ${requires ? "requires" : "does not require"} encryption; nothing was written`;
    if (reading.state === "missing") {
        throw new WmisecError("definitionMissing", `there is no file ${file}`, {
            tried,
            remedy: `correct definitionMof of ${namespace}: the path, on the host, of the MOF file that the product compiles; or remove definitionMof: then only the flag is set`,
        });
    }
    const found = Buffer.from(reading.content, "base64");
    const edited = editDefinition(found, namespace, requires);
    if (!edited.ok) {
        const place = edited.line === undefined ? "" : `line ${edited.line}: `;
        throw new WmisecError("definitionUnreadable", `${file} can't be edited`, {
            said: `${place}${edited.problem}`,
            tried,
            remedy: CORRECT_FILE,
        });
    }
    return {
        step: { do: "editDefinition", file, expect: sha256(found), content: edited.bytes.toString("base64"), compiler },
        to: { sha256: sha256(edited.bytes) },
    };
}

/** The backup must be the original, and the file must be what we made of it. Otherwise both stay, and a warning says where. */
function putBack({ item: { file }, live, reading: { backup } }: State, before: Content, ours: readonly Content[]): PutBack {
    const found = typeof live === "object" ? live.sha256 : undefined;
    const isAsBefore = found === before.sha256;
    const isOurs = ours.some(({ sha256 }) => sha256 === found);
    if (found !== undefined && backup === before.sha256 && (isAsBefore || isOurs))
        return { steps: [{ do: "restoreDefinition", file, expect: found, backup }] };
    if (backup === null && (isAsBefore || found === undefined)) return { steps: [] };
    const place = `the backup is ${backupOf(file)}`;
    if (found === undefined) return { steps: [], leftReason: `${file} is gone, and was not created again; ${place}` };
    if (backup === null) return { steps: [], leftReason: `${file} was left as it is, because its backup ${backupOf(file)} is gone` };
    if (backup !== before.sha256)
        return {
            steps: [],
            leftReason: `${file} was left ${isAsBefore ? "as it was before" : isOurs ? "as it is, with our flag in it, which the next compile sets again" : "as it is"}, because its backup is not the original; ${place}`,
        };
    const why = ours.length === 0 ? "what we wrote is not known" : "somebody changed it since";
    return { steps: [], leftReason: `${file} was left as it is, because ${why}; ${place}` };
}

/** An edit for the new namespace would leave the old one's flag in the file. */
function handOverError(item: Definition, wanted: Demand, want: Demand): WmisecError | undefined {
    if (wanted.namespace === want.namespace) return undefined;
    return new WmisecError("definitionHandedOver", `${describe(item)} is still edited for another namespace`, {
        said: `declared so far as ${definition.describeValue(wanted)}`,
        tried: `to declare it as ${definition.describeValue(want)}; nothing was written`,
        remedy: "remove definitionMof from the program and run pulumi up, which restores the file; then declare it for the other namespace",
    });
}

/**
 * If somebody replaced the file since our last edit, a release must not bring back an older version of a product's file. If only our own
 * flag was changed, the file is ours again after the edit. If there is no backup, the edit makes one of what it finds.
 */
function resetsBefore({ item, live, reading }: State, history: ItemHistory<Content> | undefined, to: Content): BeforeReset | undefined {
    const hasNoBackup = reading.backup === null;
    const found = typeof live === "object" ? live.sha256 : undefined;
    const written = history?.written.map(({ sha256 }) => sha256) ?? [];
    const isKnown = found === history?.before.sha256 || written.some((one) => one === found);
    if (written.length > 0 && !isKnown && !written.includes(to.sha256)) {
        return {
            warning: `${describe(item)} was replaced or changed by somebody since our last edit, and we edit it again. ${
                hasNoBackup
                    ? "Its backup was gone, and we make a new one: a release will restore this version"
                    : "Its backup is older: a release will leave this version as it is, with our flag in it, and warn about that"
            }`,
        };
    }
    return hasNoBackup ? {} : undefined;
}

/** The compiler compiles the whole file, whichever namespace we edited it for. */
function alsoSets({ file, content }: StepOf<"editDefinition">): AlsoSet {
    const set = flagsInDefinition(Buffer.from(content, "base64"));
    if (!set.ok) {
        throw new WmisecError("definitionUnreadable", `what ${file} says about other namespaces can't be determined`, {
            said: set.problem,
            tried: "to determine which flags it sets when compiled; nothing was written",
            remedy: CORRECT_FILE,
        });
    }
    return {
        flags: set.flags,
        doing: `compiling ${file}`,
        tried: `to edit ${file}`,
        remedy: (namespace) =>
            `make ${file} say about ${namespace} what that owner wants, by hand or in a new version of the product, then run again; or remove definitionMof: then only the flag is set`,
    };
}

/** Only `onDelete: "leave"` drops a file without reading it. */
const GIVE_UP =
    "to leave the file as it is, with its backup beside it, remove definitionMof from the program (before a destroy, too), " +
    'set onDelete: "leave" and run pulumi up; remove onDelete again after that';
