import type { Verb } from "../agent/protocol";
import { itemName } from "../core/items/item";
import { namespaceItem } from "../core/items/namespaceFlag";
import type { HostFailure } from "../core/wire/hostFailure";
import { byList, failedReading, type List, type Observation, type ObserveRequest, type Readings } from "../core/wire/observation";
import type { Applied, Stopped } from "../core/wire/step";
import { observe } from "../model/verbs";
import { WindowsException } from "../model/windowsException";
import type { AgentSurroundings } from "./agentSurroundings";
import { checkedArgs } from "./checkedArgs";
import type { HostileText } from "./faults";

/** Sets a terminal's title, clears its screen, moves up, turns text around, and looks like a command to a CI system. */
const ESCAPES = "\u001b]0;owned\u0007\u001b[2J\u001b[1A\u202e\r\n::error::owned\r\n";

const VERBS_OF: Readonly<Record<HostileText, readonly Verb[]>> = {
    failure: ["observe", "apply", "readEvents"],
    reading: ["observe"],
    ledger: ["observe"],
    unexpected: ["apply"],
    mofcomp: ["apply"],
};

/**
 * A lying host's answer instead of the verb's real one.
 * @returns undefined if it does not lie about this request
 * @throws WindowsException if the lie is a failure
 */
export function hostileValue({ faults, machine }: AgentSurroundings, verb: Verb, args: unknown): Observation | Applied | undefined {
    const hostile = faults.bite("answerHostile", ({ where }) => VERBS_OF[where].includes(verb));
    if (hostile === undefined) return undefined;
    const text = `${ESCAPES}${hostile.texts.join(" ")}`.slice(0, 4000);
    const failure: HostFailure = { type: text.slice(0, 200), hresult: "0x80131500", wmiCode: null, message: text };
    const honest = () => observe(machine, checkedArgs("observe", args));
    const stoppedAtOnce = (stopped: Stopped): Applied => ({
        done: 0,
        stopped,
        observation: observe(machine, checkedArgs("apply", args).observe),
    });
    switch (hostile.where) {
        case "failure":
            throw new WindowsException(failure);
        case "reading":
            return withFailures(checkedArgs("observe", args), honest(), failure);
        case "ledger":
            return withLedger(honest(), text);
        case "unexpected":
            return stoppedAtOnce({ step: 0, reason: "unexpected", found: text });
        case "mofcomp":
            return stoppedAtOnce({ step: 0, reason: "mofcomp", during: "compile", exit: 1, output: text });
    }
}

const withFailures = (request: ObserveRequest, seen: Observation, failure: HostFailure): Observation => ({
    ...byList<Readings>((list) => request[list].map((asked) => failedReading(list, asked, failure)) as Readings[List]),
    ledger: seen.ledger,
});

function withLedger(seen: Observation, text: string): Observation {
    const own = seen.namespaces.map(({ path }) => ({ item: itemName(namespaceItem(path)), text }));
    const others = seen.ledger.filter(({ item }) => !own.some((one) => one.item === item));
    return { ...seen, ledger: [...others, ...own, { item: text, text }] };
}
