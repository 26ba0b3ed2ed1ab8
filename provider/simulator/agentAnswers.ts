import { type Answer, asciiJson, type Request, type Verb } from "../agent/protocol";
import { MAX_FRAME } from "../core/limits";
import { type AgentSurroundings, sleep } from "./agentSurroundings";
import { BETWEEN_FRAMES, wrapped } from "./noise";

/** One frame as the agent writes it. */
export function sendFrame(around: AgentSurroundings, nonce: string, answer: Answer): void {
    sendText(around, nonce, asciiJson(answer));
}

/**
 * Answers a request, or carries out a fault instead.
 * @returns `ends` if the process ends after it
 */
export async function sendAnswer(
    around: AgentSurroundings,
    nonce: string,
    { id, verb }: Pick<Request, "id" | "verb">,
    answer: Answer,
): Promise<"goesOn" | "ends"> {
    const { faults } = around;
    const here = (detail: { readonly verb?: Verb }) => detail.verb === undefined || detail.verb === verb;
    const late = faults.bite("answerLate", here);
    if (late !== undefined) await sleep(late.ms, around.signal);
    if (faults.bite("answerTruncated", here) !== undefined) {
        const frame = `${nonce}${asciiJson(answer)}${nonce}`;
        around.output(frame.slice(0, frame.length / 2));
        return "ends";
    }
    if (faults.bite("answerOversized", here) !== undefined) sendText(around, nonce, "x".repeat(MAX_FRAME + 1));
    else if (faults.bite("answerNotJson", here) !== undefined) sendText(around, nonce, "this is not JSON");
    else if (faults.bite("answerOfAnotherId", here) !== undefined) sendFrame(around, nonce, { ...answer, id: id + 1000 });
    else sendFrame(around, nonce, answer);
    return "goesOn";
}

function sendText({ noise, output }: AgentSurroundings, nonce: string, json: string): void {
    const frame = `${nonce}${json}${nonce}`;
    output(noise ? `${BETWEEN_FRAMES}${wrapped(frame)}\r\n` : `${frame}\n`);
}
