import { asciiJson } from "../agent/protocol";
import { stepKind } from "../core/items/kinds";
import { MAX_REQUEST, MAX_STEPS } from "../core/limits";
import { byList, type List, type ObserveRequest } from "../core/wire/observation";
import type { Step } from "../core/wire/step";
import { fitsAnswer } from "./observeBatch";

/** What one request carries out, and what it observes afterwards. */
export interface Portion {
    readonly steps: readonly Step[];
    readonly observe: ObserveRequest;
}

/** Bytes of a request besides its steps and what it observes. */
const ENVELOPE = 2000;

const bytesOf = (value: unknown): number => asciiJson(value).length + 1;

/**
 * Splits steps into as few requests as possible: one if everything fits, including the observation. Otherwise each request observes only
 * what its steps require (so that leftovers of dead runs beside a file are removed before an edit), and the caller observes at the end.
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
        // What a step observes is part of the request.
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
