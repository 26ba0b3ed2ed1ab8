import { agentText } from "../../../provider/agent/command";
import { agentHeader, asciiJson } from "../../../provider/agent/protocol";
import { namespacePath } from "../../../provider/core/namespacePath";
import { LEDGER_ONLY } from "../../../provider/core/wire/observation";

/** What the clients of others say to a host, and what they tell of it. */

export interface Step {
    readonly send: string | null;
    readonly end?: boolean;
    /** What must have come before the next step: a text, so many times in all; or the end of the process. */
    readonly until?: readonly [text: string, times: number] | "done";
}

export interface Said {
    readonly output: string;
    readonly errorOutput: string;
    readonly exit: number | null;
    /** How many Receives ended without anything. */
    readonly waits: number;
    /** Characters that had come after each step. */
    readonly heard: readonly number[];
    readonly error: string | null;
}

/** As the programs that talk want it. */
export const encoded = (steps: readonly Step[]): object[] =>
    steps.map(({ send, end = false, until }) => ({
        send: send === null ? null : Buffer.from(send, "latin1").toString("base64"),
        end,
        until,
    }));

const NONCE = "0123456789abcdef0123456789abcdef";

/** Our agent, in two pieces. */
function agentInPieces(): readonly [string, string] {
    const { text, sha256, length } = agentText();
    const whole = agentHeader(length, sha256, NONCE) + text;
    return [whole.slice(0, 40_000), whole.slice(40_000)];
}

const request = (id: number, verb: string, args: object): string => `${asciiJson({ id, verb, timeoutMs: 10_000, args })}\n`;

/** What stands between the nonces, parsed. */
export const framesIn = (output: string): unknown[] =>
    output
        .split(NONCE)
        .filter((_, index) => index % 2 === 1)
        .map((frame) => JSON.parse(frame));

const LOOK = { ...LEDGER_ONLY, namespaces: [namespacePath("root/cimv2")] };
/** The process ends with 66. */
export const NOTHING: readonly Step[] = [{ send: "not a header of ours\n", until: "done" }];

/** The agent in two pieces, a look, and the end, each after what the one before led to. */
export function conversation(): readonly Step[] {
    const [first, second] = agentInPieces();
    return [
        { send: first },
        { send: second, until: [NONCE, 2] },
        { send: request(1, "observe", LOOK), until: [NONCE, 4] },
        { send: request(2, "bye", {}), until: "done" },
    ];
}
