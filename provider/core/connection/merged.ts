import { isTransport } from "./field";
import { connectionFields, UNMIXED_CLASSES } from "./fields";

type Values = Readonly<Record<string, unknown>>;

/**
 * A connection with defaults for the fields that it leaves out. Not a default whose class must not be mixed with what the connection
 * brings (`UNMIXED_CLASSES`), and none that its transport takes no value of. A jump host is taken whole, from one of the two.
 */
export function mergedConnection(defaults: Values, own: Values): Values {
    const transport = own["transport"] ?? defaults["transport"];
    const brought = new Set(
        UNMIXED_CLASSES.filter((group) => connectionFields.some(([name, field]) => field.class === group && own[name] !== undefined)),
    );
    const used = connectionFields.filter(([name, field]) => {
        if (own[name] !== undefined || defaults[name] === undefined) return false;
        const support = field.transports[isTransport(transport) ? transport : "ssh"];
        return !brought.has(field.class) && !(typeof support === "object" && "none" in support);
    });
    return { ...own, ...Object.fromEntries(used.map(([name]) => [name, defaults[name]])) };
}
