import { isBag } from "../../core/bag";
import type { Properties } from "../../handlers/handler";

/** The outputs, or inputs, of a resource for one host with every connection in them replaced. */
export const withConnections = (bag: Properties, replaced: (connection: unknown) => unknown): Record<string, unknown> =>
    Object.fromEntries(
        Object.entries(bag).map(([key, value]) => {
            if (key === "connection") return [key, replaced(value)];
            if (key === "unreleased" && Array.isArray(value))
                return [key, value.map((former) => (isBag(former) ? withConnections(former, replaced) : former))];
            return [key, value];
        }),
    );
