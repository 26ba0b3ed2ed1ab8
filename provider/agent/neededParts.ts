import type { ObserveRequest } from "../core/wire/observation";
import type { Step } from "../core/wire/step";
import { AGENT_PARTS, type AgentPart } from "./command";
import type { Verb, VerbArgs } from "./protocol";

/** What of the agent beside its core a request needs, in the order of sending. The agent refuses a request whose parts it lacks. */
export function neededParts<V extends Verb>(verb: V, args: VerbArgs<V>): AgentPart[] {
    const needed = new Set(partsOf(verb, args));
    return AGENT_PARTS.filter((part) => needed.has(part));
}

function partsOf(verb: Verb, args: unknown): AgentPart[] {
    if (verb === "observe") return partsOfLook(args as VerbArgs<"observe">);
    if (verb === "readEvents") return ["events"];
    if (verb !== "apply") return [];
    const { steps, observe } = args as VerbArgs<"apply">;
    return [...partsOfLook(observe), ...steps.flatMap(partsOfStep)];
}

const partsOfLook = ({ registrations, definitions }: ObserveRequest): AgentPart[] => [
    ...(registrations.length > 0 ? REGISTRATION : []),
    ...(definitions.length > 0 ? DEFINITION : []),
];

function partsOfStep(step: Step): AgentPart[] {
    const compiles: AgentPart[] = "compiler" in step && step.compiler === "api" ? ["compilerApi"] : [];
    if (step.do === "registerMof" || step.do === "unregisterMof") return [...REGISTRATION, ...compiles];
    if (step.do === "editDefinition" || step.do === "restoreDefinition") return [...DEFINITION, ...compiles];
    return compiles;
}

/** Both read files that administrators alone may write. */
const REGISTRATION: readonly AgentPart[] = ["trust", "registration"];
const DEFINITION: readonly AgentPart[] = ["trust", "definition"];
