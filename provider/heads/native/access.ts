import { connectionFields } from "../../core/connection/fields";
import { mergedConnection } from "../../core/connection/merged";
import type { Properties } from "../../handlers/handler";
import { withConnections, withSecretsMarked } from "../../plugin/secretOutputs";
import { isBag } from "./bags";

/**
 * How we get in belongs to the provider's configuration: it is lent to each operation and taken back from what that returns. So neither a state
 * nor a generated program holds a copy. Where a connection leads is recorded instead, so that a move is seen.
 */
export class Access {
    /** @param defaults for connections, from the provider's configuration */
    constructor(private readonly defaults: Properties) {}

    /** The inputs to store: each connection with the defaults that say where it leads. */
    readonly recorded = (inputs: Properties): Properties =>
        withConnections(inputs, (own) => (isBag(own) ? mergedConnection(addressIn(this.defaults), own) : own));

    /** For one operation. */
    loan(): Loan {
        return new Loan((own) => this.complete(own));
    }

    private complete(own: Properties): Properties {
        const whole = mergedConnection(this.defaults, own);
        const jumps = connectionFields.flatMap(([name, { value }]) => {
            const [ours, theirs] = [whole[name], this.defaults[name]];
            if (value !== "endpoint" || !isBag(ours) || !isBag(theirs)) return [];
            // The credentials for a jump host are for that jump host.
            const isSame = JSON.stringify(addressIn(ours)) === JSON.stringify(addressIn(theirs));
            return isSame ? [[name, mergedConnection(theirs, ours)]] : [];
        });
        return { ...whole, ...Object.fromEntries(jumps) };
    }
}

/** What one operation was lent. */
class Loan {
    private readonly lent = new Map<string, unknown>();

    constructor(private readonly complete: (own: Properties) => Properties) {}

    /** Properties as the handlers need them. */
    readonly given = (properties: Properties): Properties =>
        withConnections(properties, (own) => {
            if (!isBag(own)) return own;
            const whole = this.complete(own);
            this.lent.set(keyOf(whole), withSecretsMarked({ connection: own })["connection"]);
            return whole;
        });

    /** What handlers returned, with secrets marked, as it is to be stored. They return no connection that they were not given. */
    readonly takenBack = (properties: Properties): Properties =>
        withConnections(properties, (whole) => this.lent.get(keyOf(whole)) ?? whole);
}

/** Where an endpoint leads. In the table's order, so that equal addresses give equal JSON. */
function addressIn(endpoint: Properties): Properties {
    const fields = connectionFields.flatMap(([name, field]) => {
        const value = endpoint[name];
        if (field.value === "endpoint") return isBag(value) ? [[name, addressIn(value)]] : [];
        return field.class === "address" && value !== undefined ? [[name, value]] : [];
    });
    return Object.fromEntries(fields);
}

/** Equal for a connection before and after its secrets were marked. */
function keyOf(connection: unknown): string {
    const { connection: marked } = withSecretsMarked({ connection });
    return isBag(marked) ? JSON.stringify([sorted(marked)]) : "";
}

const sorted = (bag: Properties): unknown =>
    Object.entries(bag)
        .map(([key, value]) => [key, isBag(value) ? sorted(value) : value])
        .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
