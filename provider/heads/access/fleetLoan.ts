import { isBag } from "../../core/bag";
import type { Properties } from "../../handlers/handler";
import { asSecret, withoutMarks } from "../../plugin/secretOutputs";
import { MEMORY } from "../../resources/fleetOutputs";
import { checkedMemory, memoryText } from "../../resources/rememberedFleet";
import { HostLoan, type Loan } from "./hostLoan";
import type { Lender } from "./lender";
import { withConnections } from "./withConnections";

/**
 * For a fleet. Its state has connections in what it remembers: that of its inputs, which it may have none of, and those of hosts that are not
 * as the inputs say.
 */
export class FleetLoan implements Loan {
    private readonly ofInputs: HostLoan;

    constructor(private readonly lender: Lender) {
        this.ofInputs = new HostLoan(lender);
    }

    given(properties: Properties): Properties {
        return isState(properties)
            ? { ...properties, [MEMORY]: remembered(properties[MEMORY], (inputs) => this.lentTo(inputs), this.completed) }
            : this.lentTo(properties);
    }

    takenBack(properties: Properties): Properties {
        if (!isState(properties)) return this.takenFrom(properties);
        const memory = remembered(
            withoutMarks(properties[MEMORY]),
            (inputs) => withoutMarks(this.takenFrom(inputs)) as Properties,
            this.reduced,
        );
        return { ...properties, [MEMORY]: asSecret(memory) };
    }

    private lentTo(inputs: Properties): Properties {
        return this.ofInputs.given({ ...inputs, connection: inputs["connection"] ?? {} });
    }

    private takenFrom(inputs: Properties): Properties {
        return withoutEmptyConnection(this.ofInputs.takenBack(inputs));
    }

    private readonly completed = (own: Properties): Properties => this.lender.complete(own);
    private readonly reduced = (whole: Properties): Properties => this.lender.reduced(whole);
}

/** A fleet without a connection of its own is stored without one. */
export function withoutEmptyConnection(inputs: Properties): Properties {
    const { connection, ...others } = inputs;
    return isBag(connection) && Object.keys(connection).length === 0 ? others : inputs;
}

const isState = (properties: Properties): boolean => MEMORY in properties;

/** What a fleet remembers, as text, with its connections replaced. What can't be read stays as it is: the handler says so. */
function remembered(text: unknown, inputs: (own: Properties) => Properties, connection: (own: Properties) => Properties): unknown {
    const memory = checkedMemory(text);
    if (memory === undefined) return text;
    const replaced = (bag: Properties) => withConnections(bag, (own) => (isBag(own) ? connection(own) : own));
    const members = memory.members.map((group) => ({
        ...group,
        ...(group.inputs !== undefined && { inputs: replaced(group.inputs) }),
        ...(group.more !== undefined && { more: replaced(group.more) }),
    }));
    return memoryText({ ...memory, inputs: inputs(memory.inputs), members });
}
