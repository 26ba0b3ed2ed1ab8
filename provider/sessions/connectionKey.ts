import { createHmac, randomBytes } from "node:crypto";
import { type Connection, type Endpoint, identityOf } from "../core/connection";

/** Of this process: a key is good for comparing, and worth nothing to who reads it in a log. */
const salt = randomBytes(32);

/** Equal for connections that may share one session, and for jump hosts that may share one connection. Opaque, and different in each process. */
export const connectionKey = (connection: Connection | Endpoint): string =>
    createHmac("sha256", salt)
        .update(JSON.stringify(identityOf(connection)))
        .digest("hex");
