import { asciiJson } from "../agent/protocol";
import { stepKind } from "../core/items/kinds";
import { MAX_REQUEST, MAX_STEPS } from "../core/limits";
import { byList, type List, type ObserveRequest } from "../core/wire/observation";
import type { Step } from "../core/wire/step";
import { fitsAnswer } from "./observeBatch";

/** What one request carries out, and looks at afterwards. */
export interface Portion {
    readonly steps: readonly Step[];
    readonly observe: ObserveRequest;
}

/** Bytes of a request beside its steps and its look. */
const ENVELOPE = 2000;

const bytesOf = (value: unknown): number => asciiJson(value).length + 1;

/**
 * Steps in as many requests as they need: one where everything fits, the look included; otherwise each looks only at what its
 * steps ask for (what runs that died left beside a file goes before an edit), and what is asked is to be looked at in the end.
 */
export function applyPortions(steps: readonly Step[], observe: ObserveRequest): Portion[] {
    const bytes = steps.reduce((sum, step) => sum + bytesOf(step), ENVELOPE + bytesOf(observe));
    if (bytes <= MAX_REQUEST && steps.length <= MAX_STEPS && fitsAnswer(observe)) return [{ steps, observe }];
    const portions: Step[][] = [];
    let room = 0;
    for (const step of steps) {
        const own = bytesOf(step);
        const last = portions.at(-1);
        if (last !== undefined && own <= room && last.length < MAX_STEPS && fitsAnswer(besideOf([...last, step]))) last.push(step);
        else {
            portions.push([step]);
            room = MAX_REQUEST - ENVELOPE;
        }
        // What a step asks for is a part of the look.
        room -= own + bytesOf(besideOf([step]));
    }
    return portions.map((portion) => ({ steps: portion, observe: besideOf(portion) }));
}

function besideOf(steps: readonly Step[]): ObserveRequest {
    return byList<ObserveRequest>((list) => {
        const asked = steps.flatMap((step) => {
            const kind = stepKind(step);
            return kind?.list === list && kind.alsoObserves !== undefined ? [kind.alsoObserves(step)] : [];
        });
        return [...new Set(asked)] as ObserveRequest[List];
    });
}
