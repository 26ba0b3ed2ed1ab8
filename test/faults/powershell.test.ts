import { everywhere, writes } from "./cells";
import { faultTable } from "./faultTable";
import { on, type Row, UNREAD } from "./row";

/** The process on the host: it does not start, or it dies. */
faultTable([
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
    { name: "PowerShell sees its input only when it ends", light: on("inputOnlyAtEnd", {}), cells: everywhere("fine"), says: /./ },
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
            cells: everywhere("fine"),
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
]);
