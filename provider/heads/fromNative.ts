import { isBag } from "../core/bag";
import { connectionFields } from "../core/connection/fields";
import type { Properties } from "../handlers/handler";
import { Lender } from "./access/lender";
import { loanFor } from "./access/loanFor";

/**
 * A state of the native head, for the dynamic one: a program moves back. How we got in is not in it, so it is taken from what the program
 * says now.
 * @param name of the resource
 * @param news the new inputs
 */
export function fromNative(name: string, state: Properties, { connection }: Properties): Properties {
    const access = isBag(connection) ? Object.entries(connection).filter(([field]) => !ADDRESS.has(field)) : [];
    return loanFor(name, new Lender(Object.fromEntries(access))).given(state);
}

const ADDRESS: ReadonlySet<string> = new Set(connectionFields.flatMap(([name, field]) => (field.class === "address" ? [name] : [])));
