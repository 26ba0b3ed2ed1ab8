import { VERBS, type Verb } from "../agent/protocol";
import { agentFailure } from "../model/windowsException";

/**
 * As strict as the agent: refuses arguments that do not fit the verb.
 * @throws WindowsException `BadRequest`
 */
export function checkedArgs<V extends Verb>(verb: V, args: unknown) {
    const parsed = VERBS[verb].args.safeParse(args);
    if (!parsed.success) throw agentFailure("badRequest", `arguments of ${verb}: ${parsed.error.issues[0]?.path.join(".")}`);
    return parsed.data as ReturnType<(typeof VERBS)[V]["args"]["parse"]>;
}
