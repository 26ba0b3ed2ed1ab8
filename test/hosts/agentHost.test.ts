import { type AgentClient, startAgent } from "../../provider/agent/client";
import type { Request, VerbArgs } from "../../provider/agent/protocol";
import { WmisecError } from "../../provider/core/errors";
import { READING_ROOM } from "../../provider/core/limits";
import { type NamespacePath, namespacePath } from "../../provider/core/namespacePath";
import type { EventsReading } from "../../provider/core/wire/events";
import { machineIdentity } from "../../provider/core/wire/machine";
import { LEDGER_ONLY, LISTS, type Observation, type ObserveRequest, questionOf } from "../../provider/core/wire/observation";
import type { Step } from "../../provider/core/wire/step";
import { AgentHost, type AgentHostOptions } from "../../provider/hosts/agentHost";
import { FACTS, FarEnd, type FarEndScript, nothingThere } from "../agent/farEnd";
import { failure } from "../errors";

const path = (name: string): NamespacePath => namespacePath(`root/${name}`);
const look = (...names: string[]): ObserveRequest => ({ ...LEDGER_ONLY, namespaces: names.map(path) });
const NOTHING = look();
const STEP: Step = { do: "setLedger", item: "x", expect: null, text: "y" };
const value = (name: string) => ({ key: "SOFTWARE\\Contoso", name });

const honest = ({ id, verb, args }: Request, far: FarEnd): void => {
    const { steps, observe } = verb === "apply" ? (args as VerbArgs<"apply">) : { steps: [], observe: args as ObserveRequest };
    const observation = nothingThere(observe);
    far.answers({ id, ok: true, value: verb === "apply" ? { done: steps.length, stopped: null, observation } : observation });
};

/** A host over far ends in memory: each opening takes the next script, the last one again and again. */
function hostOver(scripts: readonly FarEndScript[], options: AgentHostOptions = {}) {
    const ends: FarEnd[] = [];
    const open = async (): Promise<AgentClient> => {
        const far = new FarEnd(scripts[Math.min(ends.length, scripts.length - 1)]);
        ends.push(far);
        return startAgent(far);
    };
    const host = new AgentHost("web-07", open, { tried: "as svc over ssh to web-07:22", ...options });
    const requests = () => ends.flatMap((far) => far.requests);
    return { host, ends, requests };
}

describe("looks", () => {
    test("each thing that is asked for is given its time", async () => {
        const { host, requests } = hostOver([{ onRequest: honest }]);
        const files = ["C:\\a.mof"] as unknown as ObserveRequest["definitions"];
        const more: Partial<ObserveRequest>[] = [
            { namespaces: [path("a")] },
            { values: [value("v")] },
            { registrations: [path("a")] },
            { definitions: files },
        ];
        for (const asked of [{}, ...more]) await host.observe({ ...NOTHING, ...asked }).catch(() => undefined);
        const [least = 0, ...times] = requests().flatMap(({ verb, timeoutMs }) => (verb === "observe" ? timeoutMs : []));
        expect(times).toHaveLength(more.length);
        for (const time of times) expect(time).toBeGreaterThan(least);
        await host.close();
    });

    test("one that was met with silence after the handshake is asked again in a new session", async () => {
        const { host, ends } = hostOver([{}, { onRequest: honest }], { readTimeoutMs: 5 });
        expect(await host.observe(look("a"))).toEqual(nothingThere(look("a")));
        expect(ends).toHaveLength(2);
        await host.close();
    });

    test("but not one whose session had answered before", async () => {
        const { host, ends } = hostOver([{ onRequest: (request, far) => (request.id === 1 ? honest(request, far) : undefined) }], {
            readTimeoutMs: 5,
        });
        await host.observe(NOTHING);
        expect((await failure(host.observe(look("a")))).code).toBe("timeout");
        expect(ends).toHaveLength(1);
        await host.close();
    });

    test("and the steps that were done are told where the look after them fails", async () => {
        const unseen = { type: "System.UnauthorizedAccessException", hresult: "0x80070005", wmiCode: null, message: "Zugriff verweigert" };
        const stopped = { step: 1, reason: "unexpected", found: "absent" };
        let writes = 0;
        const { host } = hostOver([
            {
                onRequest: ({ id }, far) =>
                    far.answers({ id, ok: true, value: { done: 1, stopped: writes++ === 0 ? null : stopped, unseen } }),
            },
        ]);
        const whole = await failure(host.apply([STEP], NOTHING));
        expect([whole.code, whole.message]).toEqual(["denied", expect.stringContaining("1 of 1 steps were carried out before it")]);
        expect(whole.message).toContain("Zugriff verweigert");
        const half = await failure(host.apply([STEP, STEP], NOTHING));
        expect(half.message).toContain("1 of 2 steps were carried out before it, the next one was stopped (unexpected)");
        await host.close();
    });

    test("that are asked for together travel as one, and each gets its own part in its own order", async () => {
        const { host, requests } = hostOver([{ onRequest: honest }]);
        const seen = await Promise.all([
            host.observe({ ...LEDGER_ONLY, namespaces: [path("b"), path("a")], values: [value("v")] }),
            host.observe({ ...LEDGER_ONLY, namespaces: [path("a")], values: [value("w"), value("v")] }),
            host.observe(NOTHING),
        ]);
        expect(requests().map(({ args }) => args)).toEqual([
            { namespaces: [path("b"), path("a")], values: [value("v"), value("w")], registrations: [], definitions: [] },
        ]);
        expect(seen.map(({ namespaces }) => namespaces.map((reading) => reading.path))).toEqual([["root/b", "root/a"], ["root/a"], []]);
        expect(seen.map(({ values }) => values.map(({ name }) => name))).toEqual([["v"], ["w", "v"], []]);
        await host.close();
    });

    test("also after each asked who answers, over one session", async () => {
        const { host, ends, requests } = hostOver([{ onRequest: honest }]);
        await Promise.all(
            ["a", "b", "c"].map(async (name) => {
                await host.machine();
                await host.observe(look(name));
            }),
        );
        expect([ends.length, requests().length]).toEqual([1, 1]);
        await host.close();
    });

    test("that would be too much for one request travel as two, each whole", async () => {
        const { host, requests } = hostOver([{ onRequest: honest }]);
        const many = (prefix: string) => look(...Array.from({ length: 200 }, (_, index) => `${prefix}${index}`));
        const seen = await Promise.all([host.observe(many("a")), host.observe(many("b")), host.observe(look("b7"))]);
        expect(requests().map(({ args }) => (args as ObserveRequest).namespaces.length)).toEqual([200, 200]);
        expect(seen.map(({ namespaces }) => namespaces.length)).toEqual([200, 200, 1]);
        await host.close();
    });

    test("one that is too much by itself travels as several, whose answers have room for anything, in the order of asking", async () => {
        const { host, requests } = hostOver([{ onRequest: honest }]);
        const asked = { ...look(...Array.from({ length: 1000 }, (_, index) => `n${index}`)), values: [value("v")] };
        const seen = await host.observe(asked);
        const parts = requests().map(({ args }) => args as ObserveRequest);
        expect(parts.length).toBeGreaterThan(1);
        for (const part of parts) {
            expect(LISTS.reduce((sum, list) => sum + part[list].length * questionOf(list).bytes, 0)).toBeLessThanOrEqual(READING_ROOM);
        }
        expect(seen.namespaces.map((one) => one.path)).toEqual(asked.namespaces);
        expect(seen.values.map(({ name }) => name)).toEqual(["v"]);
        await host.close();
    });

    test("that fail fail for all who asked, with the host's name", async () => {
        const refused = { type: "System.Security.SecurityException", hresult: "0x8013150a", wmiCode: null, message: "nein" };
        const { host } = hostOver([{ onRequest: ({ id }, far) => far.answers({ id, ok: false, failure: refused }) }]);
        const errors = await Promise.all([failure(host.observe(look("a"))), failure(host.observe(look("b")))]);
        for (const error of errors) {
            expect(error).toMatchObject({ code: "denied", host: "web-07" });
            expect(error.message).toMatch(/^web-07: .*\n {2}said: {2}nein .*\n {2}tried: as svc over ssh to web-07:22\n/);
        }
        await host.close();
    });

    const swap = ({ namespaces: [a, b], ...rest }: Observation) => ({ ...rest, namespaces: [b, a] });
    test.each<[string, (seen: Observation) => unknown]>([
        ["in another order", swap],
        ["with one missing", (seen) => ({ ...seen, namespaces: seen.namespaces.slice(1) })],
        ["with one too many", (seen) => ({ ...seen, namespaces: [...seen.namespaces, { path: "root/c", state: "missing" }] })],
        ["about another", (seen) => ({ ...seen, namespaces: [seen.namespaces[0], { path: "root/c", state: "missing" }] })],
        ["about another value", (seen) => ({ ...seen, values: [{ ...value("w"), state: "absent" }] })],
    ])("are not answered %s", async (_title, spoil) => {
        const { host, ends } = hostOver([
            { onRequest: ({ id, args }, far) => far.answers({ id, ok: true, value: spoil(nothingThere(args as ObserveRequest)) }) },
        ]);
        expect((await failure(host.observe({ ...look("a", "b"), values: [value("v")] }))).code).toBe("protocol");
        expect(ends[0]?.closed).toBe(true);
    });
});

describe("writes", () => {
    test("wait for each other, and report their results", async () => {
        let open = 0;
        const { host, requests } = hostOver(
            [
                {
                    onRequest: (request, far) => {
                        open++;
                        setImmediate(() => {
                            expect(open).toBe(1);
                            open--;
                            honest(request, far);
                        });
                    },
                },
            ],
            { keepMof: true, mutexTimeoutMs: 7, mofcompTimeoutMs: 8 },
        );
        const done = await Promise.all([host.apply([STEP], look("a")), host.apply([STEP, STEP], NOTHING)]);
        expect(done.map((applied) => applied.done)).toEqual([1, 2]);
        expect(requests().map(({ args }) => args)).toEqual([
            { steps: [STEP], observe: look("a"), machine: machineIdentity(FACTS), mutexTimeoutMs: 7, mofcompTimeoutMs: 8, keepMof: true },
            {
                steps: [STEP, STEP],
                observe: NOTHING,
                machine: machineIdentity(FACTS),
                mutexTimeoutMs: 7,
                mofcompTimeoutMs: 8,
                keepMof: true,
            },
        ]);
        await host.close();
    });

    test("leave the agent time to say by itself that the mutex or a mofcomp was too slow", async () => {
        const { host, requests } = hostOver([{ onRequest: honest }], { mutexTimeoutMs: 70_000, mofcompTimeoutMs: 80_000 });
        await host.apply([STEP], look("a"));
        expect(requests()[0]?.timeoutMs).toBeGreaterThan(150_000);
        await host.close();
    });

    const observation = nothingThere(look("a"));
    test.each<[string, unknown]>([
        ["fewer done than there are, and no word why", { done: 0, stopped: null, observation }],
        ["more done than there are", { done: 2, stopped: null, observation }],
        ["all done, and stopped", { done: 1, stopped: { step: 1, reason: "unexpected", found: "absent" }, observation }],
        ["stopped elsewhere than where it got to", { done: 0, stopped: { step: 1, reason: "unexpected", found: "absent" }, observation }],
        ["a look at something else", { done: 1, stopped: null, observation: nothingThere(look("b")) }],
    ])("are not answered with %s", async (_title, answer) => {
        const { host } = hostOver([{ onRequest: ({ id }, far) => far.answers({ id, ok: true, value: answer }) }]);
        expect((await failure(host.apply([STEP], look("a")))).code).toBe("protocol");
    });
});

describe("events", () => {
    const READING: EventsReading = { since: "2026-01-01T00:00:00Z", until: "2026-01-02T00:00:00Z", groups: [], truncated: false };
    const reads = ({ id }: Request, far: FarEnd) => far.answers({ id, ok: true, value: READING });

    test("that are asked for together, as far back, travel as one; others by themselves", async () => {
        const { host, requests } = hostOver([{ onRequest: reads }]);
        const asked = [60_000, 60_000, 120_000, 60_000].map((sinceMs) => host.readEvents({ sinceMs }));
        expect(await Promise.all(asked)).toEqual([READING, READING, READING, READING]);
        expect(requests().map(({ verb, args }) => [verb, args])).toEqual([
            ["readEvents", { sinceMs: 60_000 }],
            ["readEvents", { sinceMs: 120_000 }],
        ]);
        await host.readEvents({ sinceMs: 60_000 });
        expect(requests()).toHaveLength(3);
        await host.close();
    });

    test("that can't be read fail for all who asked, with the host's name, and the next who asks tries again", async () => {
        const refused = { type: "System.UnauthorizedAccessException", hresult: "0x80070005", wmiCode: null, message: "nein" };
        let times = 0;
        const { host } = hostOver([
            {
                onRequest: (request, far) =>
                    ++times === 1 ? far.answers({ id: request.id, ok: false, failure: refused }) : reads(request, far),
            },
        ]);
        const errors = await Promise.all([failure(host.readEvents({ sinceMs: 60_000 })), failure(host.readEvents({ sinceMs: 60_000 }))]);
        for (const error of errors) expect(error).toMatchObject({ code: "denied", host: "web-07" });
        expect(await host.readEvents({ sinceMs: 60_000 })).toEqual(READING);
        await host.close();
    });

    test("are asked for anew when the session has died since its last request, and once only", async () => {
        const dies = ({ verb }: Request, far: FarEnd) => verb === "readEvents" && far.dies("connectionLost");
        const { host, ends } = hostOver([
            { onRequest: (request, far) => (request.verb === "observe" ? honest(request, far) : dies(request, far)) },
            { onRequest: reads },
        ]);
        await host.observe(look("a"));
        expect(await host.readEvents({ sinceMs: 60_000 })).toEqual(READING);
        expect(ends.map(({ requests }) => requests.map(({ verb }) => verb))).toEqual([["observe", "readEvents"], ["readEvents"]]);
        await host.close();

        const fresh = hostOver([{ onRequest: dies }]);
        expect((await failure(fresh.host.readEvents({ sinceMs: 60_000 }))).code).toBe("connectionLost");
        expect(fresh.ends).toHaveLength(1);
    });

    const group = { id: 5605, about: "root\\a", count: 1, first: READING.since, last: READING.until };
    test.each<[string, object]>([
        ["an event that nobody asked for", { groups: [{ ...group, id: 4624 }] }],
        ["more groups than there may be", { groups: Array.from({ length: 201 }, () => group) }],
        ["a text that was not cut", { groups: [{ ...group, about: "x".repeat(401) }] }],
        ["a time that is none", { groups: [{ ...group, last: "\u001b[2J" }] }],
        ["no times at all", { since: "" }],
        ["a count below 1", { groups: [{ ...group, count: 0 }] }],
        ["something more", { extra: true }],
    ])("are not answered with %s", async (_title, spoilt) => {
        const { host } = hostOver([{ onRequest: ({ id }, far) => far.answers({ id, ok: true, value: { ...READING, ...spoilt } }) }]);
        expect((await failure(host.readEvents({ sinceMs: 60_000 }))).code).toBe("protocol");
    });
});

describe("the session", () => {
    test("is not opened before it is needed, and once for all", async () => {
        const { host, ends } = hostOver([{ onRequest: honest }]);
        expect(ends).toHaveLength(0);
        await Promise.all([host.machine(), host.machine(), host.observe(look("a")), host.apply([STEP], NOTHING)]);
        expect(await host.machine()).toEqual(FACTS);
        expect(ends).toHaveLength(1);
        await host.close();
        expect(ends[0]?.closed).toBe(true);
    });

    test("that ended while nothing was asked is opened anew, for a write too: nothing of it had been sent", async () => {
        const { host, ends } = hostOver([{ onRequest: honest }]);
        await host.machine();
        ends[0]?.dies();
        expect((await host.apply([STEP], NOTHING)).done).toBe(1);
        ends[1]?.dies();
        expect((await host.observe(look("a"))).namespaces).toHaveLength(1);
        expect(ends.map((far) => far.requests.length)).toEqual([0, 1, 1]);
        await host.close();
    });

    test("that ended under a request fails it, and it is not asked again; what waited goes over a new one", async () => {
        const { host, ends } = hostOver([{ onRequest: (_request, far) => far.dies() }, { onRequest: honest }]);
        const write = failure(host.apply([STEP], NOTHING));
        const next = host.apply([STEP, STEP], NOTHING);
        const error = await write;
        expect(error).toMatchObject({ code: "processEnded", host: "web-07" });
        expect(error.message).toContain("not known how much");
        expect((await next).done).toBe(2);
        expect(ends.map((far) => far.requests.map(({ verb }) => verb))).toEqual([["apply"], ["apply"]]);
        await host.close();
    });

    test("that can't be opened fails those who waited for it, and the next who asks tries again", async () => {
        let tries = 0;
        const open = async (): Promise<AgentClient> => {
            tries++;
            if (tries === 1) throw new WmisecError("unreachable", "connection refused", { tried: "dial", remedy: "start the host" });
            return startAgent(new FarEnd({ onRequest: honest }));
        };
        const host = new AgentHost("web-07", open);
        const errors = await Promise.all([failure(host.machine()), failure(host.machine())]);
        expect(new Set(errors.map(({ message }) => message))).toEqual(
            new Set(["web-07: connection refused\n  tried: dial\n  do:    start the host"]),
        );
        expect(await host.machine()).toEqual(FACTS);
        await host.close();
    });

    test("goes to the same machine as before, or nowhere: plans were made from what that one showed", async () => {
        const other = { ...FACTS, machineGuid: "another" };
        const { host, ends } = hostOver([{ onRequest: honest }, { onAgent: (far) => far.reports(other), onRequest: honest }]);
        await host.machine();
        ends[0]?.dies();
        expect((await failure(host.apply([STEP], NOTHING))).code).toBe("changedMeanwhile");
        expect(ends[1]?.requests.filter(({ verb }) => verb !== "bye")).toEqual([]);
        expect(ends[1]?.closed).toBe(true);
    });

    test("can be closed twice, and a later call opens a new one", async () => {
        const { host, ends } = hostOver([{ onRequest: honest }]);
        await host.close();
        await host.machine();
        await Promise.all([host.close(), host.close()]);
        expect(await host.machine()).toEqual(FACTS);
        await host.close();
        expect(ends.map(({ closed }) => closed)).toEqual([true, true]);
    });
});
