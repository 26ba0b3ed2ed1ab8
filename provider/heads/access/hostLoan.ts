import { isBag } from "../../core/bag";
import { canonical } from "../../core/canonical";
import type { Properties } from "../../handlers/handler";
import { withSecretsMarked } from "../../plugin/secretOutputs";
import type { Lender } from "./lender";
import { withConnections } from "./withConnections";

/** What one operation was lent. */
export interface Loan {
    /** Properties as the handlers need them. */
    given(properties: Properties): Properties;
    /** What handlers returned, with secrets marked, as it is to be stored. */
    takenBack(properties: Properties): Properties;
}

/** For a resource for one host. Its handlers return no connection that they were not given. */
export class HostLoan implements Loan {
    private readonly lent = new Map<string, unknown>();

    constructor(private readonly lender: Lender) {}

    given(properties: Properties): Properties {
        return withConnections(properties, (own) => {
            if (!isBag(own)) return own;
            const whole = this.lender.complete(own);
            this.lent.set(keyOf(whole), markedConnection(own));
            return whole;
        });
    }

    takenBack(properties: Properties): Properties {
        return withConnections(properties, (whole) => this.lent.get(keyOf(whole)) ?? whole);
    }
}

const markedConnection = (connection: unknown): unknown => withSecretsMarked({ connection })["connection"];

/** Equal for a connection before and after its secrets were marked. */
const keyOf = (connection: unknown): string => canonical(markedConnection(connection) ?? null);
