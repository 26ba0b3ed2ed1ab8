import type { Redaction } from "../core/redaction";

/** An error of ssh2 may contain a server's text. Changes the error itself, because its other properties are needed. */
export function withoutSecrets<E extends Error>(error: E, redaction: Redaction): E {
    error.message = redaction.text(error.message);
    return error;
}
