import { isBag } from "../../core/bag";
import { canonical } from "../../core/canonical";
import { connectionFields } from "../../core/connection/fields";
import { mergedConnection } from "../../core/connection/merged";
import type { Properties } from "../../handlers/handler";

/** Lends connections what the provider's configuration says of how we get in. */
export class Lender {
    /** Of the configuration's connection, where it leads. */
    readonly address: Properties;
    /** The rest of it, without jump hosts. */
    private readonly access: Properties;

    /** @param defaults for connections, from the provider's configuration */
    constructor(private readonly defaults: Properties) {
        this.address = addressIn(defaults);
        this.access = Object.fromEntries(Object.entries(defaults).filter(([name]) => isAccess(name)));
    }

    /**
     * A connection with what it leaves out of how we get in. Where it leads it says itself: what a state leaves out was never configured, and if it
     * is now, that is another host.
     */
    complete(own: Properties): Properties {
        const whole = mergedConnection(this.access, own);
        return { ...whole, ...this.forJumpHosts(whole, (ours, theirs) => mergedConnection(theirs, ours)) };
    }

    /** A connection without what it would be lent anyway. Where it leads stays. */
    reduced(whole: Properties): Properties {
        return { ...reduced(whole, this.defaults), ...this.forJumpHosts(whole, reduced) };
    }

    /** The credentials for a jump host are for that jump host: one at another address gets none. */
    private forJumpHosts(whole: Properties, made: (ours: Properties, theirs: Properties) => Properties): Properties {
        const known = connectionFields.flatMap(([name, { value }]) => {
            const [ours, theirs] = [whole[name], this.defaults[name]];
            if (value !== "endpoint" || !isBag(ours) || !isBag(theirs)) return [];
            return canonical(addressIn(ours)) === canonical(addressIn(theirs)) ? [[name, made(ours, theirs)]] : [];
        });
        return Object.fromEntries(known);
    }
}

const CLASSES: ReadonlyMap<string, string> = new Map(connectionFields.map(([name, field]) => [name, field.class]));

const isAccess = (name: string): boolean => CLASSES.get(name) !== "address" && CLASSES.get(name) !== "of each field";

const reduced = (endpoint: Properties, lent: Properties): Properties =>
    Object.fromEntries(
        Object.entries(endpoint).filter(
            ([name, value]) => CLASSES.get(name) === "address" || canonical(value ?? null) !== canonical(lent[name] ?? null),
        ),
    );

/** Where an endpoint leads. */
function addressIn(endpoint: Properties): Properties {
    const fields = connectionFields.flatMap(([name, field]) => {
        const value = endpoint[name];
        if (field.value === "endpoint") return isBag(value) ? [[name, addressIn(value)]] : [];
        return field.class === "address" && value !== undefined ? [[name, value]] : [];
    });
    return Object.fromEntries(fields);
}
