import { printable, WmisecError } from "../core/errors";
import { AGENT_FAILURES, codeOfFailure, type HostFailure } from "../core/hostFailure";
import { remedyFor } from "../core/remedies";

/**
 * An exception that ended a whole verb on the host, as an error for people.
 * @param doing what was asked of the host, for the summary: "the look at the host"
 */
export function failureError(failure: HostFailure, doing: string): WmisecError {
    const code = codeOfFailure(failure);
    const number = failure.wmiCode ?? failure.hresult;
    const busy = failure.type === AGENT_FAILURES.busy;
    return new WmisecError(code, busy ? `${doing} had to wait too long for its turn` : `${doing} failed on the host`, {
        said: printable(`${failure.message} (${failure.type}, ${number})`),
        remedy: remedyFor(failure, "request"),
    });
}
