import { stepKind } from "../core/items/kinds";
import { LISTS, type List, type ObserveRequest } from "../core/wire/observation";
import type { Step } from "../core/wire/step";
import { AGENT_PARTS, type AgentPart } from "./command";
import type { Verb, VerbArgs } from "./protocol";

/** The parts of the agent that a request needs besides the core, in the order of sending. The agent refuses a request whose parts it lacks. */
export function neededParts<V extends Verb>(verb: V, args: VerbArgs<V>): AgentPart[] {
    const needed = new Set(partsOf(verb, args));
    return AGENT_PARTS.filter((part) => needed.has(part));
}

function partsOf(verb: Verb, args: unknown): readonly AgentPart[] {
    if (verb === "observe") return partsOfLook(args as VerbArgs<"observe">);
    if (verb === "readEvents") return ["events"];
    if (verb !== "apply") return [];
    const { steps, observe } = args as VerbArgs<"apply">;
    return ["trust", "write", ...partsOfLook(observe), ...steps.flatMap(partsOfStep)];
}

/** The parts that read a list's items, and carry out their steps, besides the core and the parts of every write. */
const PARTS: Readonly<Record<List, readonly AgentPart[]>> = {
    namespaces: [],
    values: [],
    registrations: ["trust", "registration"],
    definitions: ["trust", "definition"],
};

const partsOfLook = (asked: ObserveRequest): AgentPart[] => LISTS.flatMap((list) => (asked[list].length > 0 ? PARTS[list] : []));

function partsOfStep(step: Step): AgentPart[] {
    const kind = stepKind(step);
    const compiles: AgentPart[] = "compiler" in step && step.compiler === "api" ? ["compilerApi"] : [];
    return [...(kind === undefined ? [] : PARTS[kind.list]), ...compiles];
}
