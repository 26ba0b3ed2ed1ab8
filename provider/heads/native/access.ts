import { isBag } from "../../core/bag";
import { mergedConnection } from "../../core/connection/merged";
import type { Properties } from "../../handlers/handler";
import { withConnections } from "../../plugin/secretOutputs";
import { FleetLoan, withoutEmptyConnection } from "../access/fleetLoan";
import { HostLoan, type Loan } from "../access/hostLoan";
import { Lender } from "../access/lender";

/**
 * How we get in belongs to the provider's configuration: it is lent to each operation and taken back from what that returns. So neither a state
 * nor a generated program holds a copy. Where a connection leads is recorded instead, so that a move is seen.
 */
export class Access {
    private readonly lender: Lender;

    /** @param defaults for connections, from the provider's configuration */
    constructor(
        defaults: Properties,
        private readonly isFleet: boolean,
    ) {
        this.lender = new Lender(defaults);
    }

    /** The inputs to store: each connection with the defaults that say where it leads. */
    recorded(inputs: Properties): Properties {
        const addressed = (all: Properties) =>
            withConnections(all, (own) => (isBag(own) ? mergedConnection(this.lender.address, own) : own));
        return this.isFleet ? withoutEmptyConnection(addressed({ ...inputs, connection: inputs["connection"] ?? {} })) : addressed(inputs);
    }

    /** For one operation. */
    loan(): Loan {
        return this.isFleet ? new FleetLoan(this.lender) : new HostLoan(this.lender);
    }
}
