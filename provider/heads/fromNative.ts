import { isBag } from "../core/bag";
import { connectionFields } from "../core/connection/fields";
import type { Properties } from "../handlers/handler";
import { isFleet } from "../resources";
import { FleetLoan } from "./access/fleetLoan";
import { HostLoan } from "./access/hostLoan";
import { Lender } from "./access/lender";

/**
 * A state of the native head, for the dynamic one: a program moves back. How we got in is not in it, so it is taken from what the program
 * says now.
 * @param name of the resource
 * @param news the new inputs
 */
export function fromNative(name: string, state: Properties, { connection }: Properties): Properties {
    const access = isBag(connection) ? Object.entries(connection).filter(([field]) => !ADDRESS.has(field)) : [];
    const lender = new Lender(Object.fromEntries(access));
    return (isFleet(name) ? new FleetLoan(lender) : new HostLoan(lender)).given(state);
}

const ADDRESS: ReadonlySet<string> = new Set(connectionFields.flatMap(([name, field]) => (field.class === "address" ? [name] : [])));
