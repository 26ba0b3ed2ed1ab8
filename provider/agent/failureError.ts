import { printable, WmisecError } from "../core/errors";
import { remedyFor } from "../core/remedies";
import { codeOfFailure, type HostFailure } from "../core/wire/hostFailure";

/**
 * An exception that ended a whole verb on the host, as an error for people.
 * @param doing the request, for the summary: "the read request"
 */
export function failureError(failure: HostFailure, doing: string): WmisecError {
    const code = codeOfFailure(failure);
    const number = failure.wmiCode ?? failure.hresult;
    return new WmisecError(code, code === "hostBusy" ? `${doing} had to wait too long for its turn` : `${doing} failed on the host`, {
        said: printable(`${failure.message} (${failure.type}, ${number})`),
        remedy: remedyFor(failure, "request"),
    });
}
