import type { Redaction } from "../core/redaction";

/** An error of ssh2 may have a server's words. It stays the same one: what ssh2 adds to it decides. */
export function withoutSecrets<E extends Error>(error: E, redaction: Redaction): E {
    error.message = redaction.text(error.message);
    return error;
}
