import { createHmac, randomBytes } from "node:crypto";
import { type Connection, type Endpoint, identityOf } from "../core/connection";

/** New in each process, so that a key in a log reveals nothing. */
const salt = randomBytes(32);

/** Equal for connections that may share a session, and for jump hosts that may share a connection. Opaque, and different in each process. */
export const connectionKey = (connection: Connection | Endpoint): string =>
    createHmac("sha256", salt)
        .update(JSON.stringify(identityOf(connection)))
        .digest("hex");
