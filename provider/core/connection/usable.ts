import { WmisecError } from "../errors";
import { parsed } from "../text/plainWords";
import { propertyPath } from "../text/propertyPath";
import { type Connection, connectionSchema } from "./schema";

/** Why no session can be opened with a connection, a line each; undefined if one can. Holds no value. */
export function connectionProblems(connection: object): string | undefined {
    const { issues = [] } = parsed(connectionSchema, connection).error ?? {};
    if (issues.length === 0) return undefined;
    const lines = issues.map(({ path, message }) => {
        const value = path.reduce<unknown>((at, key) => Reflect.get(Object(at), key), connection);
        return `${propertyPath(["connection", ...path])}: ${value === undefined ? "is missing" : message}`;
    });
    return lines.join("\n");
}

/**
 * A program's connection is checked before it gets this far. One from a state may not be usable any more.
 * @throws WmisecError invalidInput; no host was contacted
 */
export function requireUsable(connection: Connection): void {
    const said = connectionProblems(connection);
    if (said === undefined) return;
    throw new WmisecError("invalidInput", "the connection in the state can't be used with the provider's configuration", {
        host: connection.host,
        said,
        tried: "nothing: no session was opened",
        remedy: "put back what the configuration had at the last up (wmisec:user, wmisec:proxy and so on), or let pulumi up --refresh=false take the program's connection",
    });
}
