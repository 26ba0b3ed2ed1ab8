import { SilentRequest } from "../../provider/agent/handshake";
import { OneShotAgent } from "../../provider/agent/oneShot";
import type { Request, VerbArgs } from "../../provider/agent/protocol";
import { AgentStarter, type StarterOptions } from "../../provider/agent/starter";
import { type ErrorCode, WmisecError } from "../../provider/core/errors";
import { namespacePath } from "../../provider/core/namespacePath";
import { LEDGER_ONLY, type ObserveRequest } from "../../provider/core/wire/observation";
import { failure } from "../errors";
import { eventually } from "../sessions/common";
import { FACTS, FarEnd, type FarEndScript, nothingThere } from "./farEnd";

const CIMV2: ObserveRequest = { ...LEDGER_ONLY, namespaces: [namespacePath("root/cimv2")] };
const WRITE: VerbArgs<"apply"> = {
    steps: [{ do: "setLedger", item: "x", expect: null, text: "y" }],
    observe: LEDGER_ONLY,
    mutexTimeoutMs: 0,
    mofcompTimeoutMs: 1,
    machine: "m1",
    keepMof: false,
};

/** Answers, and ends as the agent does at the end of its input. */
const honest = ({ id, verb, args }: Request, far: FarEnd): void => {
    const value =
        verb === "apply" ? { done: 1, stopped: null, observation: nothingThere(LEDGER_ONLY) } : nothingThere(args as ObserveRequest);
    far.answers({ id, ok: true, value });
    far.dies("processEnded", "the process on the host ended with exit code 0");
};
/** Answers, and waits for more. */
const lasting = ({ id, args }: Request, far: FarEnd): void => far.answers({ id, ok: true, value: nothingThere(args as ObserveRequest) });
const AT_END: FarEndScript = { inputOnlyAtEnd: true, onRequest: honest };

/** Sessions in memory, each with the next script, the last one again and again. */
function opening(...scripts: FarEndScript[]) {
    const ends: FarEnd[] = [];
    const open = async (): Promise<FarEnd> => {
        const far = new FarEnd(scripts[Math.min(ends.length, scripts.length - 1)]);
        ends.push(far);
        return far;
    };
    return { ends, open };
}

/** Long enough for a busy machine to answer in, short enough to wait for silence. */
const QUICK = { handshakeTimeoutMs: 2000 };
const sent = (ends: FarEnd[]) => ends.map((far) => far.requests.map(({ verb }) => verb).join());

describe("one-shot", () => {
    test("each request has a session of its own, whose input ends behind it, and is closed", async () => {
        const { ends, open } = opening(AT_END);
        const client = await OneShotAgent.start(open, QUICK);
        expect(client.machine).toEqual(FACTS);
        expect(await client.ask("observe", CIMV2, 60_000)).toEqual(nothingThere(CIMV2));
        expect((await client.ask("apply", WRITE, 60_000)).done).toBe(1);
        expect(sent(ends)).toEqual(["", "observe", "apply"]);
        expect(ends.map(({ closed, inputEnded }) => [closed, inputEnded])).toEqual(ends.map(() => [true, true]));
        expect(new Set(ends.map(({ nonce }) => nonce)).size).toBe(3);
    });

    test("requests wait for each other", async () => {
        const { ends, open } = opening(AT_END);
        const client = await OneShotAgent.start(open, QUICK);
        const both = Promise.all([client.ask("observe", CIMV2, 60_000), client.ask("observe", CIMV2, 60_000)]);
        await new Promise((resolve) => setImmediate(resolve));
        expect(ends).toHaveLength(2);
        await both;
        expect(ends).toHaveLength(3);
    });

    test("handshake and answer may come in one piece", async () => {
        const { open } = opening(AT_END, {
            inputOnlyAtEnd: true,
            onAgent: () => undefined,
            onRequest: ({ id, args }, far) => {
                const frame = (answer: unknown) => `${far.nonce}${JSON.stringify(answer)}${far.nonce}\n`;
                far.prints(frame({ id: 0, ok: true, value: FACTS }) + frame({ id, ok: true, value: nothingThere(args as ObserveRequest) }));
            },
        });
        const client = await OneShotAgent.start(open, QUICK);
        expect(await client.ask("observe", CIMV2, 60_000)).toEqual(nothingThere(CIMV2));
    });

    test("a failed request fails alone", async () => {
        const { open } = opening(AT_END, { inputOnlyAtEnd: true, onRequest: (_request, far) => far.dies("connectionLost") }, AT_END);
        const client = await OneShotAgent.start(open, QUICK);
        expect((await failure(client.ask("observe", CIMV2, 60_000))).code).toBe("connectionLost");
        expect(client.ended).toBeUndefined();
        expect(await client.ask("observe", CIMV2, 60_000)).toEqual(nothingThere(CIMV2));
    });

    test("a write whose answer never came says that its outcome is not known; one that the host refused does not", async () => {
        const refused = { type: "System.UnauthorizedAccessException", hresult: "0x80070005", wmiCode: null, message: "nein" };
        const { open } = opening(
            AT_END,
            { inputOnlyAtEnd: true, onRequest: (_request, far) => far.dies() },
            { inputOnlyAtEnd: true, onAgent: (far) => far.dies("connectionLost") },
            {
                inputOnlyAtEnd: true,
                onRequest: ({ id }, far) => {
                    far.answers({ id, ok: false, failure: refused });
                    far.dies();
                },
            },
        );
        const client = await OneShotAgent.start(open, QUICK);
        for (const code of ["processEnded", "connectionLost"] satisfies ErrorCode[]) {
            const error = await failure(client.ask("apply", WRITE, 60_000));
            expect(error.code).toBe(code);
            expect(error.message).toContain("it is not known how much of the write was carried out");
        }
        const told = await failure(client.ask("apply", WRITE, 60_000));
        expect(told.code).toBe("denied");
        expect(told.message).not.toContain("it is not known");
    });

    test("nor is the outcome of a write known that was sent to a process whose handshake is refused", async () => {
        const unfit: FarEndScript = { ...AT_END, onAgent: (far) => far.reports({ ...FACTS, elevated: false }) };
        const client = await OneShotAgent.start(opening(AT_END, unfit).open, QUICK);
        const write = await failure(client.ask("apply", WRITE, 60_000));
        expect(write.code).toBe("notElevated");
        expect(write.message).toContain("it is not known how much of the write was carried out");
        const look = await failure(client.ask("observe", CIMV2, 60_000));
        expect(look.message).not.toContain("it is not known");
    });

    test("reports another machine behind the name", async () => {
        const other = { ...FACTS, machineGuid: "another" };
        const { open } = opening(AT_END, { ...AT_END, onAgent: (far) => far.reports(other) });
        const client = await OneShotAgent.start(open, QUICK);
        expect((await failure(client.ask("observe", CIMV2, 60_000))).code).toBe("changedMeanwhile");
    });

    test("closing ends what is under way, and nothing is asked any more", async () => {
        const { ends, open } = opening(AT_END, { inputOnlyAtEnd: true, onAgent: () => undefined });
        const client = await OneShotAgent.start(open, QUICK);
        let told = 0;
        client.onEnd(() => told++);
        const asked = failure(client.ask("observe", CIMV2, 60_000));
        await new Promise((resolve) => setTimeout(resolve, 5));
        await Promise.all([client.close(), client.close()]);
        expect((await asked).code).toBe("cancelled");
        expect((await failure(client.ask("observe", CIMV2, 60_000))).code).toBe("cancelled");
        expect([told, ends.length, ends[1]?.closed]).toEqual([1, 2, true]);
    });
});

describe("the way to start", () => {
    function starter(scripts: FarEndScript[], options: StarterOptions = {}) {
        const warned: string[] = [];
        const { ends, open } = opening(...scripts);
        return { ends, warned, agents: new AgentStarter(open, (text) => warned.push(text), { ...QUICK, ...options }) };
    }
    const silentThenEnded = (ends: FarEnd[], at: number) => eventually(() => ends[at]?.closed === true, "the end of the stream beside it");

    test("is a stream if the stream is answered", async () => {
        const { agents, ends, warned } = starter([{ onRequest: honest }]);
        await (await agents.start()).close();
        expect([ends.length, warned]).toEqual([1, []]);
    });

    test("is one-shot if two streams stay silent and one-shot is answered; warns once", async () => {
        const { agents, ends, warned } = starter([AT_END]);
        const first = await agents.start();
        expect(await first.ask("observe", CIMV2, 60_000)).toEqual(nothingThere(CIMV2));
        await silentThenEnded(ends, 2);
        await first.close();
        const second = await agents.start();
        await second.ask("observe", CIMV2, 60_000);
        await second.ask("observe", CIMV2, 60_000);
        // The stream, the look who answers, the stream beside it, a request; then the look and two requests.
        expect(sent(ends)).toEqual(["", "", "", "observe", "", "observe", "observe"]);
        expect(ends.map(({ inputEnded }) => inputEnded)).toEqual([false, true, false, true, true, true, true]);
        expect(ends[0]?.closed).toBe(true);
        expect(warned).toEqual([expect.stringContaining("before its input had ended")]);
    });

    test("is one-shot after silence that follows the handshake, too; a look is asked again by whoever asked", async () => {
        const { agents, ends, warned } = starter([{}, AT_END]);
        const first = await agents.start();
        expect(await failure(first.ask("observe", CIMV2, 5))).toBeInstanceOf(SilentRequest);
        expect(warned).toEqual([expect.stringContaining("before its input had ended")]);
        const second = await agents.start();
        expect(await second.ask("observe", CIMV2, 60_000)).toEqual(nothingThere(CIMV2));
        expect(ends.map(({ inputEnded }) => inputEnded)).toEqual([false, true, true]);
        expect(warned).toHaveLength(1);
    });

    test("also where parts of the agent travel with the request: they are met with the same silence", async () => {
        const far = new FarEnd({});
        far.onLoad = () => undefined;
        const agents = new AgentStarter(
            async () => far,
            () => undefined,
        );
        const client = await agents.start();
        jest.useFakeTimers({ doNotFake: ["setImmediate", "nextTick"] });
        try {
            const look: ObserveRequest = { ...LEDGER_ONLY, registrations: [namespacePath("root/cimv2")] };
            const silent = failure(client.ask("observe", look, 60_000));
            await jest.advanceTimersByTimeAsync(60_000);
            expect(await silent).toBeInstanceOf(SilentRequest);
        } finally {
            jest.useRealTimers();
        }
    });

    test("a stream that answers the handshake and nothing after it is not taken for one that gets through", async () => {
        const onlyReports: FarEndScript = { onRequest: (request, far) => far.inputEnded && honest(request, far) };
        const { agents, ends } = starter([onlyReports], { graceMs: 5, handshakeTimeoutMs: 200, againMs: 1 });
        await failure((await agents.start()).ask("observe", CIMV2, 5));
        const oneShot = await agents.start();
        await new Promise((resolve) => setTimeout(resolve, 5));
        await oneShot.ask("observe", CIMV2, 60_000);
        await eventually(() => ends.some((far, at) => at > 1 && !far.inputEnded && far.closed), "the stream that was tried is given up");
        expect(oneShot.ended).toBeUndefined();
        expect((await oneShot.ask("apply", WRITE, 60_000)).done).toBe(1);
    });

    test("one-shot that turns out to be silent itself gives way to a stream: the network may have swallowed one answer", async () => {
        const { agents, ends } = starter([{}, { onAgent: () => undefined }, { onRequest: lasting }]);
        await failure((await agents.start()).ask("observe", CIMV2, 5));
        const stream = await agents.start();
        expect(await stream.ask("observe", CIMV2, 60_000)).toEqual(nothingThere(CIMV2));
        expect(ends.map(({ inputEnded }) => inputEnded)).toEqual([false, true, false]);
        await stream.close();
    });

    test("a write that was met with silence is not one to ask again, and the next start is one-shot", async () => {
        const { agents, ends, warned } = starter([{}, AT_END]);
        const first = await agents.start();
        for (const far of ends) far.onLoad = () => undefined;
        jest.useFakeTimers({ doNotFake: ["setImmediate", "nextTick"] });
        let write: WmisecError;
        try {
            const silent = failure(first.ask("apply", WRITE, 60_000));
            await jest.advanceTimersByTimeAsync(60_000);
            write = await silent;
        } finally {
            jest.useRealTimers();
        }
        expect(write).not.toBeInstanceOf(SilentRequest);
        expect(write.message).toContain("it is not known how much of the write was carried out");
        expect(warned).toHaveLength(1);
        expect((await (await agents.start()).ask("apply", WRITE, 60_000)).done).toBe(1);
    });

    test("parts of the agent go into each process that needs them", async () => {
        const { ends, open } = opening(AT_END);
        const client = await OneShotAgent.start(open, QUICK);
        const look: ObserveRequest = { ...LEDGER_ONLY, registrations: [namespacePath("root/cimv2")] };
        await client.ask("observe", look, 60_000);
        await client.ask("observe", look, 60_000);
        expect(ends.map(({ loads }) => loads)).toEqual([[], ["trust", "registration"], ["trust", "registration"]]);
    });

    test("is a stream again as soon as one gets through: the network may have swallowed the first", async () => {
        const { agents, ends } = starter([{ onAgent: () => undefined }, AT_END, { onRequest: lasting }, AT_END]);
        const oneShot = await agents.start();
        await eventually(() => oneShot.ended !== undefined, "the stream got through");
        // Who had it in hand is answered all the same.
        const late = oneShot.ask("observe", CIMV2, 60_000);
        const stream = await agents.start();
        expect(stream).not.toBe(oneShot);
        expect(ends[2]?.inputEnded).toBe(false);
        await late;
        await stream.close();
    });

    test("is tried again as a stream after a while", async () => {
        const { agents, ends } = starter([AT_END, AT_END, AT_END, { onRequest: lasting }, AT_END], { againMs: 1 });
        const client = await agents.start();
        await silentThenEnded(ends, 2);
        await new Promise((resolve) => setTimeout(resolve, 5));
        await client.ask("observe", CIMV2, 60_000);
        await eventually(() => client.ended !== undefined, "a stream got through");
        await (await agents.start()).close();
    });

    test("leaves no stream behind that nobody took", async () => {
        const { agents, ends } = starter([{ onAgent: () => undefined }, AT_END, { onRequest: lasting }]);
        const oneShot = await agents.start();
        await eventually(() => oneShot.ended !== undefined, "the stream got through");
        await oneShot.close();
        expect(ends.map(({ closed }) => closed)).toEqual([true, true, true]);
    });

    test("stays a stream if one-shot is silent, too; one-shot is tried again only after a while", async () => {
        const { agents, ends, warned } = starter([{ onAgent: () => undefined }]);
        for (const sessions of [2, 3]) {
            const error = await failure(agents.start());
            expect([error.code, ends.length]).toEqual(["timeout", sessions]);
        }
        expect(ends.map(({ inputEnded }) => inputEnded)).toEqual([false, true, false]);
        expect(warned).toEqual([]);

        const again = starter([{ onAgent: () => undefined }, { onAgent: () => undefined }, AT_END], { againMs: 0 });
        await failure(again.agents.start());
        expect(await (await again.agents.start()).ask("observe", CIMV2, 1000)).toEqual(nothingThere(CIMV2));
    });

    const cut: FarEndScript = { onAgent: (far) => far.dies("connectionLost", "Keepalive timeout") };

    test("a connection that is lost before the agent answers is replaced by another, once", async () => {
        const { agents, ends } = starter([cut, { onRequest: honest }]);
        const client = await agents.start();
        expect(await client.ask("observe", CIMV2, 60_000)).toEqual(nothingThere(CIMV2));
        expect(sent(ends)).toEqual(["", "observe"]);
        expect(ends.map(({ inputEnded }) => inputEnded)).toEqual([false, false]);
        const lost = starter([cut]);
        const error = await failure(lost.agents.start());
        expect([error.code, error.message, lost.ends.length]).toEqual(["connectionLost", expect.stringContaining("twice in a row"), 2]);
    });

    test("one that is lost while it is opened is not: it may be at the password, which is sent once", async () => {
        let opened = 0;
        const agents = new AgentStarter(
            async () => {
                opened += 1;
                throw new WmisecError("connectionLost", "the answer to a password did not come", { remedy: "run again" });
            },
            () => undefined,
            QUICK,
        );
        expect([(await failure(agents.start())).code, opened]).toEqual(["connectionLost", 1]);
    });

    test("reports it if both ways stay silent", async () => {
        const { agents } = starter([{ onAgent: () => undefined }]);
        expect((await failure(agents.start())).message).toContain(
            `within ${QUICK.handshakeTimeoutMs / 1000} s, and a second session, whose input we ended at once, was as silent`,
        );
    });

    test.each<[string, FarEndScript, ErrorCode]>([
        ["a process that ends", { onAgent: (far) => far.dies() }, "execRefused"],
        ["a lost connection", { onAgent: (far) => far.dies("connectionLost") }, "connectionLost"],
        ["the bootstrap's own word", { onAgent: (far) => far.prints("wmisec-stop:languageMode X\r\n") }, "languageMode"],
        ["the beginning of an answer", { onAgent: (far) => far.prints(`${far.nonce}{"id":0`) }, "timeout"],
        ["a machine that will not do", { onAgent: (far) => far.reports({ ...FACTS, elevated: false }) }, "notElevated"],
    ])("is not changed by %s", async (_what, script, code) => {
        const { agents, ends } = starter([script]);
        expect((await failure(agents.start())).code).toBe(code);
        expect(ends.every(({ inputEnded }) => !inputEnded)).toBe(true);
    });
});
