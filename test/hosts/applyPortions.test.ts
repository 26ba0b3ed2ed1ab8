import fc from "fast-check";
import { startAgent } from "../../provider/agent/client";
import { asciiJson, type Request, type VerbArgs } from "../../provider/agent/protocol";
import { MAX_DEFINITION_TEXT, MAX_DEFINITIONS, MAX_REQUEST, MAX_STEPS } from "../../provider/core/limits";
import { namespacePath } from "../../provider/core/namespacePath";
import { LEDGER_ONLY, type ObserveRequest } from "../../provider/core/wire/observation";
import type { Step, Stopped } from "../../provider/core/wire/step";
import { AgentHost } from "../../provider/hosts/agentHost";
import { applyPortions } from "../../provider/hosts/applyPortions";
import { FarEnd, nothingThere } from "../agent/farEnd";
import { fuzzRuns } from "../fuzz";

const note = (index: number, length = 100): Step => ({
    do: "setLedger",
    item: `namespace:root/n${index}`,
    expect: null,
    text: "x".repeat(length),
});
const edit = (index: number, length: number): Step => ({
    do: "editDefinition",
    file: `C:\\Contoso\\${index}.mof`,
    expect: "0".repeat(64),
    content: "A".repeat(length),
    compiler: "mofcomp",
});
const back = (index: number): Step => ({
    do: "restoreDefinition",
    file: `C:\\Contoso\\${index}.mof`,
    expect: "0".repeat(64),
    backup: "0".repeat(64),
});
const look = (count: number): ObserveRequest => ({
    ...LEDGER_ONLY,
    namespaces: Array.from({ length: count }, (_, index) => namespacePath(`root/n${index}`)),
});

test("what fits travels with its look as one request", () => {
    const steps = Array.from({ length: 60 }, (_, index) => note(index));
    expect(applyPortions(steps, look(20))).toEqual([{ steps, observe: look(20) }]);
});

test("whatever the steps are, each request is within its bounds, and together they are the steps in their order", () => {
    const step = fc.oneof(
        fc.tuple(fc.nat(2000), fc.nat(65_536)).map(([index, length]) => note(index, length)),
        fc.tuple(fc.nat(9), fc.nat(MAX_DEFINITION_TEXT / 4)).map(([index, length]) => edit(index, 4 * length)),
        fc.nat(9).map(back),
    );
    fc.assert(
        fc.property(fc.array(step, { minLength: 1, maxLength: 80 }), fc.nat(1000), (steps, namespaces) => {
            const portions = applyPortions(steps, look(namespaces));
            expect(portions.flatMap((portion) => portion.steps)).toEqual(steps);
            for (const portion of portions) {
                expect(asciiJson({ ...portion, machine: "m".repeat(300) }).length + 500).toBeLessThan(MAX_REQUEST);
                expect(portion.steps.length).toBeLessThanOrEqual(MAX_STEPS);
                expect(portion.observe.definitions.length).toBeLessThanOrEqual(MAX_DEFINITIONS);
                // What a run that died left beside a file goes before it is written to.
                const files = portion.steps.flatMap((one) =>
                    one.do === "editDefinition" || one.do === "restoreDefinition" ? [one.file] : [],
                );
                if (portions.length > 1) expect(portion.observe.definitions).toEqual([...new Set(files)]);
            }
        }),
        fuzzRuns(60),
    );
});

describe("a host whose steps need more than one request", () => {
    /** Stops in the request of that number, counted from 0, at its second step. */
    function hostThatStopsIn(number: number) {
        const sent: Request[] = [];
        const far = new FarEnd({
            onRequest: (request, end) => {
                const { verb, id, args } = request;
                sent.push(request);
                if (verb !== "apply") return end.answers({ id, ok: true, value: nothingThere(args as ObserveRequest) });
                const { steps, observe } = args as VerbArgs<"apply">;
                const stops = sent.length - 1 === number;
                const stopped: Stopped | null = stops ? { step: 1, reason: "unexpected", found: "something else" } : null;
                end.answers({ id, ok: true, value: { done: stops ? 1 : steps.length, stopped, observation: nothingThere(observe) } });
            },
        });
        return { host: new AgentHost("web-07", () => startAgent(far, { graceMs: 5 })), sent };
    }
    const steps = Array.from({ length: 2 * MAX_STEPS + 10 }, (_, index) => note(index));

    test("does all of it, then looks, and tells of it as of one", async () => {
        const { host, sent } = hostThatStopsIn(-1);
        const { done, stopped, observation } = await host.apply(steps, look(3));
        expect([done, stopped]).toEqual([steps.length, null]);
        expect(observation.namespaces).toHaveLength(3);
        expect(sent.map(({ verb }) => verb)).toEqual(["apply", "apply", "apply", "observe"]);
        await host.close();
    });

    test("sends nothing more once it was stopped, and counts the steps of all requests", async () => {
        const { host, sent } = hostThatStopsIn(1);
        const { done, stopped, observation } = await host.apply(steps, look(3));
        expect([done, stopped?.step]).toEqual([MAX_STEPS + 1, MAX_STEPS + 1]);
        expect(observation.namespaces).toHaveLength(3);
        expect(sent.map(({ verb }) => verb)).toEqual(["apply", "apply", "observe"]);
        await host.close();
    });
});
