import type { SimulatorFaults } from "../../provider/simulator";
import { always, everywhere, namespacesOnly, writes } from "./cells";
import { faultTable } from "./faultTable";
import { CANARY } from "./faultWorld";
import { on, type Row, UNREAD } from "./row";

const lies = (where: SimulatorFaults["answerHostile"]["where"]) => on("answerHostile", { where, texts: [CANARY, "\u001b[2J\u202e"] });

/** What the agent answers: lies, with a secret and terminal escapes in them; nothing; too much; too late. */
faultTable([
    { name: "a lying host: every verb fails", light: lies("failure"), cells: everywhere("hostError"), says: /failed/ },
    { name: "a lying host: no item can be read", light: lies("reading"), cells: everywhere("hostError"), says: /could not be read/ },
    {
        name: "a lying host: ledger entries",
        light: lies("ledger"),
        cells: namespacesOnly(always("ledgerGarbled")),
        says: /not one of ours/,
    },
    {
        name: "a lying host: something else is always there",
        light: lies("unexpected"),
        cells: writes("changedMeanwhile"),
        says: /somebody else/,
    },
    { name: "a lying host: mofcomp refused everything", light: lies("mofcomp"), cells: writes("protocol"), says: /compiler/ },
    ...(["observe", "apply", "readEvents"] as const).flatMap((verb): Row[] => {
        // Trouble with the event log fails nothing.
        const cells = { observe: everywhere, apply: writes, readEvents: () => everywhere("fine") }[verb];
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
                light: on("answerLate", { verb, ms: 60_000 }),
                hangs: "answer",
                // The host may see its input only when that ends: whatever writes nothing is asked once more, that way. A stream that is
                // tried beside it may get through, and be met with the same silence.
                cells: verb === "apply" ? cells("timeout") : verb === "observe" ? cells("fine or timeout") : everywhere("fine"),
                says: /no answer/,
            },
            {
                name: `the connection breaks after the answer to ${verb}`,
                light: on("connectionDrops", { verb, when: "afterAnswer" }),
                // A write over a connection that has just broken may have got through; a look is asked for again.
                cells: verb === "observe" ? writes("connectionLost") : everywhere("fine"),
                says: /connection/,
            },
        ];
    }),
]);
