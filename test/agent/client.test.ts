import { startAgent } from "../../provider/agent/client";
import { agentText } from "../../provider/agent/command";
import { type AgentOptions, SilentRequest } from "../../provider/agent/handshake";
import { BOOTSTRAP_STOP_WORDS, MAX_NOISE, type Request } from "../../provider/agent/protocol";
import type { WmisecError } from "../../provider/core/errors";
import { MAX_REQUEST } from "../../provider/core/limits";
import { namespacePath } from "../../provider/core/namespacePath";
import { LEDGER_ONLY, type ObserveRequest } from "../../provider/core/wire/observation";
import { failure } from "../errors";
import { FACTS, FarEnd, type FarEndScript, nothingThere } from "./farEnd";

const CIMV2: ObserveRequest = { ...LEDGER_ONLY, namespaces: [namespacePath("root/cimv2")] };
const NOTHING: ObserveRequest = LEDGER_ONLY;
const WRITE = {
    steps: [{ do: "setLedger" as const, item: "x", expect: null, text: "y" }],
    observe: NOTHING,
    mutexTimeoutMs: 0,
    mofcompTimeoutMs: 1,
    machine: "m1",
    keepMof: false,
};

const NO_EVENTS = { since: "2026-01-01T00:00:00Z", until: "2026-01-01T00:01:00Z", groups: [], truncated: false };

const honest = (request: Request, far: FarEnd): void => {
    far.answers({ id: request.id, ok: true, value: nothingThere(request.args as ObserveRequest) });
};

/**
 * Work whose far end falls silent: once `silent` says that it has done all that it will do, hours pass at once.
 * Nothing here depends on how fast this machine is.
 */
async function hoursLater<T>(begin: () => Promise<T>, silent: Promise<unknown>): Promise<T> {
    jest.useFakeTimers({ doNotFake: ["setImmediate", "nextTick", "queueMicrotask", "Date", "performance", "hrtime"] });
    try {
        const work = begin();
        await silent;
        jest.advanceTimersByTime(10 * 3_600_000);
        return await work;
    } finally {
        jest.useRealTimers();
    }
}

/** What a start fails with whose far end prints this and nothing more. */
function refusalAfter(printed: string): Promise<WmisecError> {
    let isSilent = (): void => undefined;
    const silent = new Promise<void>((resolve) => {
        isSilent = resolve;
    });
    const onAgent = (far: FarEnd) => {
        far.prints(printed);
        isSilent();
    };
    return hoursLater(() => refusal({ onAgent }), silent);
}

/** What a start over this far end fails with; its session must be closed then. */
async function refusal(script: FarEndScript, options: AgentOptions = {}): Promise<WmisecError> {
    const far = new FarEnd(script);
    const error = await failure(startAgent(far, options));
    expect(far.closed).toBe(true);
    return error;
}

describe("the start", () => {
    test("sends the header, then our agent to the letter, and hears who answers", async () => {
        const far = new FarEnd();
        const client = await startAgent(far);
        expect(client.machine).toEqual(FACTS);
        expect(far.agent).toEqual({ ...agentText() });
        await client.close();
    });

    test("each session has a nonce of its own", async () => {
        const ends = [new FarEnd(), new FarEnd()];
        for (const far of ends) await (await startAgent(far)).close();
        expect(ends[0]?.nonce).not.toBe(ends[1]?.nonce);
    });

    test("hears it through banners, profiles and a wrapped line", async () => {
        const far = new FarEnd({
            onAgent: (end) => {
                end.complains("#< CLIXML\r\n<Objs Version='1.1.0.1'></Objs>");
                end.prints("\u00ff\u0000Active code page: 850\r\nPS C:\\> ");
                const frame = `${end.nonce}${JSON.stringify({ id: 0, ok: true, value: FACTS })}${end.nonce}`;
                end.prints(frame.replace(/(.{79})/g, "$1\r\n"));
            },
        });
        const client = await startAgent(far);
        expect(client.machine).toEqual(FACTS);
        await client.close();
    });

    const stopsAs: Record<(typeof BOOTSTRAP_STOP_WORDS)[number], [string, RegExp]> = {
        languageMode: ["languageMode", /ConstrainedLanguage/],
        header: ["protocol", /did not get the line/],
        hash: ["protocol", /arrived changed/],
        ended: ["protocol", /did not arrive whole/],
        waited: ["protocol", /waited a minute for more of it/],
        error: ["hostError", /System\.Security\.SecurityException/],
    };
    const detail = {
        languageMode: " ConstrainedLanguage",
        error: " System.Security.SecurityException",
        header: "",
        hash: "",
        ended: "",
        waited: "",
    };

    test.each(BOOTSTRAP_STOP_WORDS)("the bootstrap's word %s becomes an error of its own, whatever is printed around it", async (word) => {
        const [code, text] = stopsAs[word];
        const error = await refusal({
            onAgent: (far) => {
                far.prints(`Willkommen auf WEB-07\r\nwmisec-stop:${word}${detail[word]}\r\n`);
                far.complains("some noise\r\n");
                far.dies();
            },
        });
        expect(error.code).toBe(code);
        expect(error.message).toMatch(text);
    });

    test("the bootstrap's word also counts if its process does not end afterwards", async () => {
        const error = await refusalAfter("wmisec-stop:languageMode ConstrainedLanguage\r\n");
        expect(error.code).toBe("languageMode");
    });

    test("a process that ends without a word: execRefused, with what it printed in any language, made safe to show", async () => {
        const error = await refusal({
            onAgent: (far) => {
                far.complains('Der Befehl "powershell.exe" ist entweder falsch geschrieben \u001b[31moder nicht da.\r\n');
                far.dies();
            },
        });
        expect(error.code).toBe("execRefused");
        expect(error.message).toContain("falsch geschrieben");
        expect(error.message).toContain("exit code 1");
        expect(error.message).not.toContain("\u001b");
    });

    test("a connection that breaks during the start is reported as that, not as missing PowerShell", async () => {
        const error = await refusal({ onAgent: (far) => far.dies("connectionLost", "the connection was lost") });
        expect(error.code).toBe("connectionLost");
    });

    test("a run that is stopped during the start is reported as cancelled", async () => {
        expect((await refusal({ onAgent: (far) => far.dies("cancelled", "the session was closed by us") })).code).toBe("cancelled");
    });

    test("silence: timeout, with what was printed", async () => {
        const error = await refusalAfter("Please wait ...");
        expect(error.code).toBe("timeout");
        expect(error.message).toContain("Please wait");
    });

    test.each([
        ["notElevated", { ...FACTS, elevated: false }],
        ["wrongBitness", { ...FACTS, process64Bit: false }],
        ["protocol", { ...FACTS, protocol: 2 }],
        ["protocol", { ...FACTS, machineGuid: 5 }],
        ["protocol", "FullLanguage"],
    ])("refuses a machine that can't be managed: %s", async (code, facts) => {
        const error = await refusal({ onAgent: (far) => far.reports(facts) });
        expect(error.code).toBe(code);
        if (code !== "protocol") expect(error.message).toContain(FACTS.computerName);
    });

    test("32-bit Windows is not the 32-bit process that it must be", async () => {
        const far = new FarEnd({ onAgent: (end) => end.reports({ ...FACTS, process64Bit: false, os64Bit: false }) });
        await (await startAgent(far)).close();
    });

    test("a machine that can't tell what it is: the failure's own code", async () => {
        const wmiDown = {
            type: "System.Runtime.InteropServices.COMException",
            hresult: "0x80070422",
            wmiCode: null,
            message: "Dienst aus",
        };
        const error = await refusal({ onAgent: (far) => far.answers({ id: 0, ok: false, failure: wmiDown }) });
        expect(error.code).toBe("hostError");
        expect(error.message).toContain("0x80070422");
        expect(error.message).toContain("Dienst aus");
    });

    test("endless noise is not waited for", async () => {
        const error = await refusal({ onAgent: (far) => far.prints("x".repeat(MAX_NOISE + 100)) });
        expect(error.code).toBe("protocol");
    });
});

describe("asking", () => {
    async function started(onRequest: NonNullable<FarEndScript["onRequest"]>, options: AgentOptions = {}) {
        const far = new FarEnd({ onRequest });
        return { far, client: await startAgent(far, options) };
    }
    /** A far end that does this once, and what the first and a later question meet. */
    async function fate(act: (request: Request, far: FarEnd) => void, options: AgentOptions = {}): Promise<[WmisecError, WmisecError]> {
        const { far, client } = await started(act, options);
        const first = await failure(client.ask("observe", CIMV2, 60_000));
        const later = await failure(client.ask("observe", NOTHING, 60_000));
        expect(far.requests).toHaveLength(1);
        expect(far.closed).toBe(true);
        return [first, later];
    }

    test("gives the answer, checked", async () => {
        const { client, far } = await started(honest);
        expect(await client.ask("observe", CIMV2, 1000)).toEqual(nothingThere(CIMV2));
        expect(far.requests).toEqual([{ id: 1, verb: "observe", timeoutMs: 1000, args: CIMV2 }]);
        await client.close();
    });

    describe("what needs parts of the agent", () => {
        const REGISTRATION: ObserveRequest = { ...NOTHING, registrations: [namespacePath("root/cimv2")] };
        const DEFINITION: ObserveRequest = { ...NOTHING, definitions: ["C:\\a.mof" as ObserveRequest["definitions"][number]] };

        test("sends each once, before its first use and with it", async () => {
            const { client, far } = await started(({ id, verb }, end) =>
                end.answers({ id, ok: true, value: verb === "readEvents" ? NO_EVENTS : nothingThere(NOTHING) }),
            );
            await client.ask("observe", CIMV2, 1000);
            expect(far.loads).toEqual([]);
            await client.ask("observe", REGISTRATION, 1000);
            await client.ask("observe", REGISTRATION, 1000);
            expect(far.loads).toEqual(["trust", "registration"]);
            await client.ask("observe", DEFINITION, 1000);
            await client.ask("readEvents", { sinceMs: 60_000 }, 1000);
            expect(far.loads).toEqual(["trust", "registration", "definition", "events"]);
            await client.close();
        });

        test("if the host refuses a part, the error says so, and the next request sends the part again", async () => {
            const refusal = { type: "pulumi-wmisec.BadRequest", hresult: "0x80131509", wmiCode: null, message: "arrived changed" };
            const { client, far } = await started(({ id }, end) =>
                end.answers({ id, ok: false, failure: { ...refusal, message: "the part was not sent" } }),
            );
            far.onLoad = ({ id }) => far.answers({ id, ok: false, failure: refusal });
            expect((await failure(client.ask("observe", REGISTRATION, 1000))).message).toContain("arrived changed");
            await failure(client.ask("observe", REGISTRATION, 1000));
            expect(far.loads).toEqual(["trust", "registration", "trust", "registration"]);
            await client.close();
        });
    });

    describe("the deadline of a request that brings parts", () => {
        const REGISTRATION: ObserveRequest = { ...NOTHING, registrations: [namespacePath("root/cimv2")] };
        beforeEach(() => jest.useFakeTimers({ doNotFake: ["setImmediate", "nextTick", "queueMicrotask"] }));
        afterEach(() => jest.useRealTimers());
        const turns = async (): Promise<void> => {
            for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
        };

        test("is its own, and no part's", async () => {
            const { client } = await started(() => undefined, { graceMs: 300 });
            const late = failure(client.ask("observe", REGISTRATION, 5000));
            await turns();
            jest.advanceTimersByTime(5300);
            expect(client.ended?.message).toContain("had no answer for 5.3 s");
            expect(await late).toBe(client.ended);
        });

        test("begins when the last part was answered", async () => {
            const held: Request[] = [];
            const { client, far } = await started((request) => held.push(request), { graceMs: 300 });
            far.onLoad = (request) => held.push(request);
            const asked = client.ask("observe", REGISTRATION, 5000);
            await turns();
            jest.advanceTimersByTime(15_000);
            for (const { id, verb } of held) far.answers({ id, ok: true, value: verb === "load" ? null : nothingThere(NOTHING) });
            await expect(asked).resolves.toBeDefined();
            await client.close();
        });
    });

    test("silence after the handshake is told apart from a host that answered something, and from a write", async () => {
        const silent = () => undefined;
        const first = await started(silent, { graceMs: 5 });
        expect(await failure(first.client.ask("observe", CIMV2, 5))).toBeInstanceOf(SilentRequest);
        expect(first.client.ended).toBeInstanceOf(SilentRequest);
        let asked = 0;
        const second = await started((request, far) => (asked++ === 0 ? honest(request, far) : undefined), { graceMs: 5 });
        await second.client.ask("observe", CIMV2, 1000);
        expect(await failure(second.client.ask("observe", CIMV2, 5))).not.toBeInstanceOf(SilentRequest);
        const begun = await started((request, far) => far.prints(`${far.nonce}{"id":${request.id},`), { graceMs: 5 });
        expect(await failure(begun.client.ask("observe", CIMV2, 5))).not.toBeInstanceOf(SilentRequest);
        const late = await started(
            ({ id }, far) =>
                far.answers({
                    id,
                    ok: false,
                    failure: { type: "pulumi-wmisec.Timeout", hresult: "0x00000000", wmiCode: null, message: "no answer" },
                }),
            { graceMs: 5 },
        );
        expect(await failure(late.client.ask("observe", CIMV2, 500))).not.toBeInstanceOf(SilentRequest);
    });

    test("one thing at a time, in order", async () => {
        let open = 0;
        const { client, far } = await started((request, end) => {
            open++;
            setImmediate(() => {
                expect(open).toBe(1);
                open--;
                honest(request, end);
            });
        });
        await Promise.all([client.ask("observe", CIMV2, 1000), client.ask("observe", NOTHING, 1000), client.ask("observe", CIMV2, 1000)]);
        expect(far.requests.map(({ id }) => id)).toEqual([1, 2, 3]);
        await client.close();
    });

    test("sends ASCII only, whatever it is about", async () => {
        const { client, far } = await started((request, end) =>
            end.answers({ id: request.id, ok: true, value: { done: 1, stopped: null, observation: nothingThere(NOTHING) } }),
        );
        const sent: string[] = [];
        const send = far.send.bind(far);
        far.send = (text) => {
            sent.push(text);
            send(text);
        };
        await client.ask(
            "apply",
            { ...WRITE, steps: [{ do: "setLedger", item: "x", expect: null, text: "J\u00f6rg \u{1f512}\n\u2028" }] },
            1000,
        );
        expect(sent.join("")).toMatch(/^([\x20-\x7e]+\n){3}$/);
        await client.close();
    });

    test.each([
        ["pulumi-wmisec.Busy", "hostBusy"],
        ["pulumi-wmisec.UnsafeFolder", "mofFolderUnsafe"],
        ["System.UnauthorizedAccessException", "denied"],
        ["System.InvalidCastException", "hostError"],
    ])("the host's failure %s is the error %s, and the client goes on", async (type, code) => {
        let failed = false;
        const { client } = await started((request, far) => {
            if (failed) return honest(request, far);
            failed = true;
            far.answers({ id: request.id, ok: false, failure: { type, hresult: "0x80131501", wmiCode: null, message: "nein\u202e" } });
        });
        const error = await failure(client.ask("observe", CIMV2, 1000));
        expect(error.code).toBe(code);
        expect(error.message).toContain(`nein  (${type}, 0x80131501)`);
        expect(await client.ask("observe", CIMV2, 1000)).toEqual(nothingThere(CIMV2));
        await client.close();
    });

    test("no answer in time, ours or the agent's: timeout, and the client is done", async () => {
        let isAsked = (): void => undefined;
        const asked = new Promise<void>((resolve) => {
            isAsked = resolve;
        });
        const [first, later] = await hoursLater(() => fate(() => isAsked()), asked);
        expect([first.code, later]).toEqual(["timeout", first]);
        const timeout = { type: "pulumi-wmisec.Timeout", hresult: "0x00000000", wmiCode: null, message: "no answer" };
        const [onHost, after] = await fate((request, far) => far.answers({ id: request.id, ok: false, failure: timeout }));
        expect([onHost.code, after]).toEqual(["timeout", onHost]);
    });

    test("a process that dies after its first answer: with what it printed, made safe to show", async () => {
        const [error] = await fate((_request, far) => {
            far.prints("wmisec-stop:error System.OutOfMemoryException\r\n");
            far.complains("\u001b[31mkilled");
            far.dies();
        });
        expect(error.code).toBe("processEnded");
        expect(error.message).toContain("System.OutOfMemoryException");
        expect(error.message).toContain("killed");
        expect(error.message).not.toContain("\u001b");
    });

    test("when the session ends, this request and all later ones fail at once with its reason", async () => {
        const [first, later] = await fate((_request, far) => far.dies("connectionLost", "the connection was lost"));
        expect([first.code, first.summary, later]).toEqual(["connectionLost", "the connection was lost", first]);
    });

    test.each<[string, (request: Request, far: FarEnd) => void]>([
        ["another id", ({ id, args }, far) => far.answers({ id: id + 1, ok: true, value: nothingThere(args as ObserveRequest) })],
        ["no JSON", (_request, far) => far.prints(`${far.nonce}{"id":1${far.nonce}`)],
        ["no frame but a nonce", (_request, far) => far.prints(`${far.nonce}${far.nonce}`)],
        [
            "more than it should",
            ({ id, args }, far) => far.answers({ id, ok: true, value: nothingThere(args as ObserveRequest), extra: 1 }),
        ],
        ["both answer and failure", ({ id }, far) => far.answers({ id, ok: true, failure: {} })],
        ["another verb's answer", ({ id }, far) => far.answers({ id, ok: true, value: null })],
        [
            "a namespace that is no path",
            ({ id }, far) =>
                far.answers({ id, ok: true, value: { ...nothingThere(NOTHING), namespaces: [{ path: "root/../x", state: "missing" }] } }),
        ],
        [
            "5.1's wrapped arrays",
            ({ id }, far) => far.answers({ id, ok: true, value: { namespaces: { value: [], Count: 0 }, values: [], ledger: [] } }),
        ],
        ["a frame of 9 MiB", (_request, far) => far.prints(`${far.nonce}"${"x".repeat(9 << 20)}"${far.nonce}`)],
        ["endless noise", (_request, far) => far.prints("x".repeat(2 << 20))],
        [
            "the answer twice",
            (request, far) => {
                const twice = { id: request.id, ok: true, value: 1 };
                far.answers(twice);
                far.answers(twice);
            },
        ],
    ])("an invalid answer (%s) is a protocol error and ends the client", async (_title, act) => {
        const [first, later] = await fate(act);
        expect([first.code, later.code]).toEqual(["protocol", "protocol"]);
        expect(first.message.length).toBeLessThan(1500);
    });

    test("an answer to no request ends the client before it sends the next request", async () => {
        const { client, far } = await started(honest);
        far.answers({ id: 7, ok: true, value: null });
        expect((await failure(client.ask("observe", CIMV2, 1000))).code).toBe("protocol");
        expect(far.requests).toEqual([]);
    });

    test("a hostile answer is shown without its terminal escapes", async () => {
        const [first] = await fate((_request, far) => far.prints(`${far.nonce}"\u001b]0;owned\u0007"${far.nonce}`));
        expect(first.message).toContain("owned");
        expect(first.message).not.toMatch(/[^\P{Cc}\n]/u);
    });

    test("a write whose answer never came says that its outcome is not known; one that was not sent does not", async () => {
        const { client } = await started((_request, far) => far.dies());
        expect((await failure(client.ask("apply", WRITE, 1000))).message).toContain(
            "it is not known how much of the write was carried out",
        );
        expect((await failure(client.ask("apply", WRITE, 1000))).message).not.toContain("it is not known");
    });

    test("a request that the agent would not take is not sent", async () => {
        const { client, far } = await started(honest);
        const text = "x".repeat(65536);
        const steps = Array.from({ length: 70 }, () => ({ do: "setLedger" as const, item: "x", expect: text, text }));
        const error = await failure(client.ask("apply", { ...WRITE, steps }, 1000));
        expect(error.code).toBe("invalidInput");
        expect(error.message).toContain(String(MAX_REQUEST));
        expect(await client.ask("observe", CIMV2, 1000)).toEqual(nothingThere(CIMV2));
        expect(far.requests).toHaveLength(1);
        await client.close();
    });

    test("closing says goodbye, and what was asked fails with cancelled", async () => {
        const { client, far } = await started(() => undefined);
        let told = 0;
        client.onEnd(() => told++);
        const asked = failure(client.ask("observe", CIMV2, 1000));
        await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
        await client.close();
        await client.close();
        expect((await asked).code).toBe("cancelled");
        expect((await failure(client.ask("observe", CIMV2, 1000))).code).toBe("cancelled");
        expect(far.closed).toBe(true);
        expect(told).toBe(1);
        await new Promise((resolve) => setImmediate(resolve));
        expect(far.requests.map(({ verb }) => verb)).toEqual(["observe", "bye"]);
    });
});
