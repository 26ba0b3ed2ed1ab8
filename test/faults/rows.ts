import type { ErrorCode } from "../../provider/core/errors";
import { type RegistryData, UNSEC_APP_VALUE } from "../../provider/core/registry";
import type { SimulatorFaults } from "../../provider/simulator";
import type { FaultWorld } from "./faultWorld";

export const OPERATIONS = ["create", "read", "update", "delete"] as const;
export type Operation = (typeof OPERATIONS)[number];

/** What is to come of one operation on one resource. `fine`: as without the fault. `status:...`: a read that says so. */
export type Outcome = ErrorCode | "fine" | `status:${string}`;

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
    readonly cells: Cells;
    /** What an error must say, besides the host. */
    readonly says: RegExp;
}

const UNSEC_APP = [UNSEC_APP_VALUE.key, UNSEC_APP_VALUE.name] as const;

const both = (outcome: Outcome): readonly [Outcome, Outcome] => [outcome, outcome];

/** Nobody gets to the host. */
const everywhere = (code: ErrorCode): Cells => ({ create: both(code), read: both(code), update: both(code), delete: both(code) });

/** Only writes of namespaces' flags fail. */
const flagWrites = (code: ErrorCode): Cells => ({
    create: [code, "fine"],
    read: both("fine"),
    update: [code, "fine"],
    delete: [code, "fine"],
});

/** The answer got through, so nobody notices. */
const everywhereFine: Cells = { create: both("fine"), read: both("fine"), update: both("fine"), delete: both("fine") };

/** Every write fails, looks do not. */
const writes = (code: ErrorCode): Cells => ({ create: both(code), read: both("fine"), update: both(code), delete: both(code) });

function on<Name extends keyof SimulatorFaults>(name: Name, detail: SimulatorFaults[Name], times?: number): Row["light"] {
    return ({ host }) => host.faults.on(name, detail, times);
}

export const ROWS: readonly Row[] = [
    // The way to the host.
    {
        name: "TCP refused",
        light: ({ host }) => host.down(),
        mend: ({ host }) => host.up(),
        cells: everywhere("unreachable"),
        says: /ECONNREFUSED|refused/,
    },
    { name: "TCP accepted and silent", light: on("silentTcp", {}), cells: everywhere("unreachable"), says: /2 s/ },
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
    { name: "WMI service down", light: on("wmiDown", {}), cells: everywhere("hostError"), says: /0x80070422/ },
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
    { name: "mofcomp hangs", light: on("mofcompHangs", {}), cells: flagWrites("mofcompFailed"), says: /mofcomp/ },
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

    // Answers.
    ...(["observe", "apply"] as const).flatMap((verb): Row[] => {
        const cells = verb === "observe" ? everywhere : writes;
        return [
            {
                name: `${verb} hangs before it has done anything`,
                light: on("verbHangs", { verb, when: "before" }),
                cells: cells("timeout"),
                says: /time|answer/,
            },
            {
                name: `${verb} hangs after its work`,
                light: on("verbHangs", { verb, when: "after" }),
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
                name: `the connection breaks after the answer to ${verb}`,
                light: on("connectionDrops", { verb, when: "afterAnswer" }),
                // A write over a connection that has just broken may have got through; a look is asked for again.
                cells: verb === "observe" ? writes("connectionLost") : everywhereFine,
                says: /connection/,
            },
        ];
    }),
];
