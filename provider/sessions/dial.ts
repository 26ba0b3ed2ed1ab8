import { DialAttempt, type DialOptions } from "./dialAttempt";
import type { SshConnection } from "./sshConnection";

/**
 * Connects and logs in, once.
 * @throws WmisecError `unreachable` for every failure before a password was sent that may be retried, deadlines included;
 *     `timeout` and `connectionLost` when the answer to a password did not come; `hostKeyUnknown`,
 *     `hostKeyMismatch`; `noCommonAlgorithm`; `denied`; `protocol`; `cancelled`; ControllerFault, also for an SSH agent that
 *     does not answer.
 */
export async function dial(options: DialOptions): Promise<SshConnection> {
    const { trust } = options;
    for (;;) {
        const refusal = trust.refusal;
        const algorithms = trust.algorithms();
        if (refusal !== undefined && algorithms.length === 0) throw refusal;
        try {
            return await new DialAttempt(options, algorithms).run();
        } catch (error) {
            if (error !== trust.refusal) throw refusal ?? error;
        }
    }
}
