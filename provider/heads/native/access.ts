import { isBag } from "../../core/bag";
import { mergedConnection } from "../../core/connection/merged";
import type { Properties } from "../../handlers/handler";
import { isFleet } from "../../resources";
import { withoutEmptyConnection } from "../access/fleetLoan";
import type { Loan } from "../access/hostLoan";
import { Lender } from "../access/lender";
import { loanFor } from "../access/loanFor";
import { withConnections } from "../access/withConnections";

/**
 * How we get in belongs to the provider's configuration: it is lent to each operation and taken back from what that returns. So neither a state
 * nor a generated program holds a copy. Where a connection leads is recorded instead, so that a move is seen.
 */
export class Access {
    private readonly lender: Lender;

    /**
     * @param name of the resource
     * @param defaults for connections, from the provider's configuration
     */
    constructor(
        private readonly name: string,
        defaults: Properties,
    ) {
        this.lender = new Lender(defaults);
    }

    /** The inputs to store: each connection with the defaults that say where it leads. */
    recorded(inputs: Properties): Properties {
        const addressed = (all: Properties) =>
            withConnections(all, (own) => (isBag(own) ? mergedConnection(this.lender.address, own) : own));
        return isFleet(this.name)
            ? withoutEmptyConnection(addressed({ ...inputs, connection: inputs["connection"] ?? {} }))
            : addressed(inputs);
    }

    /** For one operation. */
    loan(): Loan {
        return loanFor(this.name, this.lender);
    }
}
