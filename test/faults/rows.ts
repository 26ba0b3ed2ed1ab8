import type { ErrorCode } from "../../provider/core/errors";
import { type RegistryData, UNSEC_APP_VALUE } from "../../provider/core/registry";
import type { SimulatorFaults } from "../../provider/simulator";
import { CANARY, DEFINITION, type FaultWorld } from "./faultWorld";

export const OPERATIONS = ["create", "read", "update", "delete"] as const;
export type Operation = (typeof OPERATIONS)[number];

/** What is to come of one operation on one resource. `fine`: as without the fault. `status:...`: a read that says so. */
export type Outcome = ErrorCode | "fine" | `status:${string}` | "hostError or mofRejected" | "fine or timeout";

/** A login, an answer, or the compiler on the host. */
export type Hangs = "login" | "answer" | "compiler";

/** The namespaces' resource first, the sink policy second. */
export type Cells = Readonly<Record<Operation, readonly [Outcome, Outcome]>>;

export interface Row {
    readonly name: string;
    /** Switches the fault on. What it does stays until `mend`, or until it has bitten as often as it says. */
    readonly light: (world: FaultWorld) => unknown;
    /** @default all faults of the table off */
    readonly mend?: (world: FaultWorld) => unknown;
    /** The fault is that somebody has put this into the registry value: it is what stood there before a create, and what a delete leaves. */
    readonly changed?: RegistryData;
    /** What waits for a deadline under the fault: only then is it a short one. A busy machine is slow, and slow is no fault. */
    readonly hangs?: Hangs;
    /** @default "mofcomp" */
    readonly compiler?: "api";
    readonly cells: Cells;
    /** What a create, read or update that is fine all the same must warn of. */
    readonly warns?: RegExp;
    /** What an error must say, besides the host. */
    readonly says: RegExp;
}

const UNSEC_APP = [UNSEC_APP_VALUE.key, UNSEC_APP_VALUE.name] as const;

const both = (outcome: Outcome): readonly [Outcome, Outcome] => [outcome, outcome];

/** Nobody gets to the host. */
const everywhere = (code: Outcome): Cells => ({ create: both(code), read: both(code), update: both(code), delete: both(code) });

/** Only writes of namespaces' flags fail. */
const flagWrites = (code: Outcome): Cells => ({
    create: [code, "fine"],
    read: both("fine"),
    update: [code, "fine"],
    delete: [code, "fine"],
});

const UNREAD = /the event log could not be read/;

/** Nobody is kept from anything. */
const everywhereFine: Cells = { create: both("fine"), read: both("fine"), update: both("fine"), delete: both("fine") };

/** Looks at namespaces fail, and so does all that needs them. */
const flagLooks = (code: ErrorCode): Cells => ({
    create: [code, "fine"],
    read: [code, "fine"],
    update: [code, "fine"],
    delete: [code, "fine"],
});

/** Every write fails, looks do not. */
const writes = (code: Outcome): Cells => ({ create: both(code), read: both("fine"), update: both(code), delete: both(code) });

function on<Name extends keyof SimulatorFaults>(name: Name, detail: SimulatorFaults[Name], times?: number): Row["light"] {
    return ({ host }) => host.faults.on(name, detail, times);
}

const lies = (where: SimulatorFaults["answerHostile"]["where"]) => on("answerHostile", { where, texts: [CANARY, "\u001b[2J\u202e"] });

export const ROWS: readonly Row[] = [
    // The way to the host.
    {
        name: "TCP refused",
        light: ({ host }) => host.down(),
        mend: ({ host }) => host.up(),
        cells: everywhere("unreachable"),
        says: /ECONNREFUSED|refused/,
    },
    { name: "TCP accepted and silent", light: on("silentTcp", {}), hangs: "login", cells: everywhere("unreachable"), says: /2 s/ },
    ...(["before", "after"] as const).map(
        (when): Row => ({
            name: `closed ${when} the banner`,
            light: on("closesInBanner", { when }),
            cells: everywhere("unreachable"),
            says: /closed|ended|lost/,
        }),
    ),
    {
        name: "closed in the key exchange",
        light: on("closesInKeyExchange", {}),
        cells: everywhere("unreachable"),
        says: /closed|ended|lost/,
    },
    {
        name: "closed after authentication",
        light: on("closesAfterAuthentication", {}),
        cells: everywhere("execRefused"),
        says: /closed the connection right after login as/,
    },
    {
        name: "another host key",
        light: ({ host }) => host.changeHostKey(),
        mend: (world) => world.trustHost(),
        cells: everywhere("hostKeyMismatch"),
        says: /SHA256:/,
    },
    { name: "credentials refused", light: on("authRefused", {}), cells: everywhere("denied"), says: /password/ },
    { name: "exec refused", light: on("execRefused", {}), cells: everywhere("execRefused"), says: /command/ },

    // The process on the host.
    { name: "no PowerShell", light: on("powershellMissing", {}), cells: everywhere("execRefused"), says: /not recognized/ },
    {
        name: "PowerShell in ConstrainedLanguage",
        light: on("languageMode", { mode: "ConstrainedLanguage" }),
        cells: everywhere("languageMode"),
        says: /ConstrainedLanguage/,
    },
    { name: "32-bit PowerShell", light: on("process32Bit", {}), cells: everywhere("wrongBitness"), says: /32-bit/ },
    { name: "not elevated", light: on("notElevated", {}), cells: everywhere("notElevated"), says: /administrator/ },
    {
        name: "the connection breaks while PowerShell starts",
        light: on("dropsAtStart", {}),
        cells: everywhere("connectionLost"),
        says: /connection/,
    },

    // Windows.
    { name: "WMI service down", light: on("wmiDown", {}), cells: everywhere("hostError"), says: /0x80070422[\s\S]*Start-Service winmgmt/ },
    {
        name: "access denied for one namespace of several",
        light: on("namespaceDenied", { paths: ["root/contoso/billing"] }),
        cells: {
            create: ["denied", "fine"],
            read: ["status:compliant,denied", "fine"],
            update: ["denied", "fine"],
            delete: ["denied", "fine"],
        },
        says: /root\/contoso\/billing.*[\s\S]*0x80041003/,
    },
    {
        name: "the flag is text instead of a boolean",
        light: on("flagNotBoolean", { paths: ["root/contoso"] }),
        cells: {
            create: ["unexpectedValue", "fine"],
            read: ["unexpectedValue", "fine"],
            update: ["unexpectedValue", "fine"],
            delete: ["unexpectedValue", "fine"],
        },
        says: /root\/contoso/,
    },
    { name: "mofcomp exit 1", light: on("mofcompExit", { exit: 1 }), cells: flagWrites("mofRejected"), says: /exit 1/ },
    { name: "mofcomp exit 2", light: on("mofcompExit", { exit: 2 }), cells: flagWrites("mofRejected"), says: /exit 2/ },
    { name: "mofcomp exit 3", light: on("mofcompExit", { exit: 3 }), cells: flagWrites("mofSyntax"), says: /exit 3/ },
    {
        name: "mofcomp's success text with exit 1",
        light: on("mofcompExit", { exit: 1, output: "Done!" }),
        cells: flagWrites("mofRejected"),
        says: /Done!/,
    },
    {
        name: "mofcomp exit 0xd0000022",
        light: on("mofcompExit", { exit: -0x2fffffde }),
        cells: flagWrites("mofRejected"),
        says: /0xd0000022/,
    },
    { name: "mofcomp hangs", light: on("mofcompHangs", {}), hangs: "compiler", cells: flagWrites("mofcompFailed"), says: /mofcomp/ },
    {
        name: "a mofcomp of a killed run still runs",
        light: on("compilerStillRuns", {}),
        cells: writes("compilerStillRuns"),
        says: /Get-Process mofcomp/,
    },
    { name: "files are read-only", light: on("fileReadOnly", {}), cells: flagWrites("fileReadOnly"), says: /attrib -r/ },
    {
        name: "mofcomp says done, nothing is stored",
        light: on("mofcompStoresNothing", {}),
        // A release does not fail because of what is left, but it is told.
        cells: {
            create: ["readBackDiffers", "fine"],
            read: both("fine"),
            update: ["readBackDiffers", "fine"],
            delete: ["readBackDiffers", "fine"],
        },
        says: /reported as done/,
    },
    { name: "the registry can't be read", light: on("registryDenied", {}), cells: everywhere("denied"), says: /SecurityException/ },
    { name: "the registry can't be written", light: on("registryWriteDenied", {}), cells: writes("denied"), says: /denied|not allowed/i },
    {
        name: "the registry value is of another kind",
        changed: { kind: "REG_BINARY", value: "00" },
        light: ({ host }) => host.machine.behindOurBack.setValue(...UNSEC_APP, { kind: "REG_BINARY", value: "00" }),
        cells: { create: both("fine"), read: ["fine", "status:drifted"], update: both("fine"), delete: both("fine") },
        says: /./,
    },

    {
        name: "our folder for MOF files is unsafe",
        light: on("mofFolderUnsafe", {}),
        // A look at a registered file looks at its folder, too.
        cells: { ...flagWrites("mofFolderUnsafe"), read: ["mofFolderUnsafe", "fine"] },
        says: /S-1-5-32-545/,
    },
    {
        name: "mofcomp is blocked by a policy",
        light: on("mofcompBlocked", {}),
        cells: flagWrites("mofcompFailed"),
        says: /compiler: "api"/,
    },
    { name: "mofcomp is blocked, the API compiles", compiler: "api", light: on("mofcompBlocked", {}), cells: everywhereFine, says: /./ },
    {
        name: "the compiler's API is not there",
        compiler: "api",
        light: on("compilerApiMissing", {}),
        cells: flagWrites("hostError"),
        says: /COM/,
    },
    ...[true, false].map(
        (stored): Row => ({
            name: `mofcomp says done and ends with 1, ${stored ? "having stored" : "nothing stored"}`,
            light: on("mofcompSaysDoneButFails", { stored }),
            cells: flagWrites("mofRejected"),
            says: /exit 1/,
        }),
    ),
    {
        name: "the value's key is gone at the write",
        light: on("keyMissingAtWrite", { keys: [UNSEC_APP_VALUE.key] }),
        // The list of registered MOF files lies in the same key.
        cells: { create: ["fine", "hostError"], read: both("fine"), update: both("hostError"), delete: both("hostError") },
        says: /no key/,
    },
    {
        name: "the definition file can't be read",
        light: on("fileDenied", { files: [DEFINITION] }),
        cells: {
            create: ["denied", "fine"],
            read: ["status:compliant,denied", "fine"],
            update: ["denied", "fine"],
            delete: ["denied", "fine"],
        },
        says: /contoso\.mof/,
    },
    {
        name: "the definition file can't be written",
        light: on("fileWriteDenied", { files: [DEFINITION] }),
        cells: { create: ["denied", "fine"], read: both("fine"), update: both("fine"), delete: ["denied", "fine"] },
        says: /contoso\.mof/,
    },
    {
        name: "others may change the definition file",
        light: on("definitionUnsafe", { files: [DEFINITION] }),
        cells: {
            create: ["definitionUnsafe", "fine"],
            read: ["status:compliant,drifted", "fine"],
            update: ["definitionUnsafe", "fine"],
            delete: ["definitionUnsafe", "fine"],
        },
        says: /contoso\.mof/,
    },
    ...[0, 1, 2, 5, 8].map(
        (step): Row => ({
            name: `the repository is rebuilt before step ${step}`,
            light: on("repositoryRebuiltBeforeStep", { step }, 1),
            cells: everywhereFine,
            says: /./,
        }),
    ),
    ...[0, 1, 2, 5, 8].map(
        (step): Row => ({
            name: `the WMI service stops before step ${step}`,
            light: on("wmiStopsBeforeStep", { step }, 1),
            // The look before a compile fails, or mofcomp does. Who is asked to write next tells no more who it is.
            cells: {
                create: ["hostError or mofRejected", "hostError"],
                read: both("fine"),
                update: ["hostError or mofRejected", "hostError"],
                delete: ["hostError or mofRejected", "hostError"],
            },
            says: /0x80070422/,
        }),
    ),
    { name: "PowerShell sees its input only when it ends", light: on("inputOnlyAtEnd", {}), cells: everywhereFine, says: /./ },
    { name: "a slow host", light: on("slow", { ms: 20 }), cells: everywhereFine, says: /./ },

    { name: "the event log can't be opened", light: on("eventLogDenied", {}), warns: UNREAD, cells: everywhereFine, says: /./ },
    { name: "the event log service is down", light: on("eventLogDown", {}), warns: UNREAD, cells: everywhereFine, says: /./ },

    // The process dies.
    ...(["before", "after"] as const).map(
        (when): Row => ({
            name: `the agent is killed ${when} observe`,
            light: on("agentKilled", { verb: "observe", when }),
            cells: everywhere("processEnded"),
            says: /process/,
        }),
    ),
    ...(["before", "after"] as const).map(
        (when): Row => ({
            name: `the agent is killed ${when} apply`,
            light: on("agentKilled", { verb: "apply", when }),
            cells: writes("processEnded"),
            says: /process/,
        }),
    ),
    ...(["before", "after"] as const).map(
        (when): Row => ({
            name: `the agent is killed ${when} readEvents`,
            light: on("agentKilled", { verb: "readEvents", when }),
            warns: UNREAD,
            cells: everywhereFine,
            says: /./,
        }),
    ),
    ...Array.from(
        { length: 12 },
        (_, steps): Row => ({
            name: `the agent is killed in step ${steps} of apply`,
            light: on("agentKilled", { verb: "apply", when: "in", steps }),
            cells: writes("processEnded"),
            says: /process/,
        }),
    ),

    // Lies, with a secret and terminal escapes in them.
    { name: "a lying host: every verb fails", light: lies("failure"), cells: everywhere("hostError"), says: /failed/ },
    { name: "a lying host: no item can be read", light: lies("reading"), cells: everywhere("hostError"), says: /could not be read/ },
    { name: "a lying host: ledger entries", light: lies("ledger"), cells: flagLooks("ledgerGarbled"), says: /not one of ours/ },
    {
        name: "a lying host: something else is always there",
        light: lies("unexpected"),
        cells: writes("changedMeanwhile"),
        says: /somebody else/,
    },
    { name: "a lying host: mofcomp refused everything", light: lies("mofcomp"), cells: writes("protocol"), says: /compiler/ },

    // Answers.
    ...(["observe", "apply", "readEvents"] as const).flatMap((verb): Row[] => {
        // Trouble with the event log fails nothing.
        const cells = { observe: everywhere, apply: writes, readEvents: () => everywhereFine }[verb];
        const rows: Row[] = [
            {
                name: `${verb} hangs before it has done anything`,
                light: on("verbHangs", { verb, when: "before" }),
                hangs: "answer",
                cells: cells("timeout"),
                says: /time|answer/,
            },
            {
                name: `${verb} hangs after its work`,
                light: on("verbHangs", { verb, when: "after" }),
                hangs: "answer",
                cells: cells("timeout"),
                says: /time|answer/,
            },
            {
                name: `the connection breaks before ${verb}`,
                light: on("connectionDrops", { verb, when: "beforeVerb" }),
                cells: cells("connectionLost"),
                says: /connection/,
            },
            {
                name: `the connection breaks before the answer to ${verb}`,
                light: on("connectionDrops", { verb, when: "beforeAnswer" }),
                cells: cells("connectionLost"),
                says: /connection/,
            },
            {
                name: `the answer to ${verb} is truncated`,
                light: on("answerTruncated", { verb }),
                cells: cells("processEnded"),
                says: /process/,
            },
            {
                name: `the answer to ${verb} is oversized`,
                light: on("answerOversized", { verb }),
                cells: cells("protocol"),
                says: /./,
            },
            { name: `the answer to ${verb} is not JSON`, light: on("answerNotJson", { verb }), cells: cells("protocol"), says: /frame/ },
            {
                name: `the answer to ${verb} is for another id`,
                light: on("answerOfAnotherId", { verb }),
                cells: cells("protocol"),
                says: /nobody waits/,
            },
        ];
        return [
            ...(verb === "readEvents" ? rows.map((row) => ({ ...row, warns: UNREAD })) : rows),
            {
                name: `the answer to ${verb} is late`,
                light: on("answerLate", { verb, ms: 5000 }),
                hangs: "answer",
                // The host may see its input only when that ends: whatever writes nothing is asked once more, that way. A stream that is
                // tried beside it may get through, and be met with the same silence.
                cells: verb === "apply" ? cells("timeout") : verb === "observe" ? cells("fine or timeout") : everywhereFine,
                says: /no answer/,
            },
            {
                name: `the connection breaks after the answer to ${verb}`,
                light: on("connectionDrops", { verb, when: "afterAnswer" }),
                // A write over a connection that has just broken may have got through; a look is asked for again.
                cells: verb === "observe" ? writes("connectionLost") : everywhereFine,
                says: /connection/,
            },
        ];
    }),
];
