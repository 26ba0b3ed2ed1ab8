import { WmisecError } from "../../provider/core/errors";
import type { Properties } from "../../provider/handlers/handler";
import { MemoryHost } from "../../provider/hosts/memoryHost";
import { WMI_EVENTS } from "../../provider/model/eventLog";
import { inputs, TRUE } from "../inputs";
import { HandlerWorld } from "./world";

const declared = (more: object = {}): Properties =>
    inputs({ "root/Contoso": TRUE }, { owner: "org/urn:pulumi:dev::fleet::type::policy", ...more });
const DAY = { evidence: { since: "24h" } };
const NONE = { count: 0 };
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

let world: HandlerWorld;
beforeEach(() => {
    world = new HandlerWorld();
});
const handler = () => world.handler("WmiNamespaceSecurity");
const somebody = () => world.machine("a").behindOurBack;
const logs = (id: number, ...inserts: string[]) => world.machine("a").events.append({ id, provider: WMI_EVENTS, inserts });
const eventsOf = (outs: Properties): Record<string, unknown> => outs["events"] as Record<string, unknown>;
const namespaceIn = (outs: Properties) => (eventsOf(outs)["namespaces"] as Record<string, unknown>)["root/Contoso"];
/** What a run asked and said since the last question. */
const askedNow = (): string[] => world.asked.splice(0).map((one) => one.split(" ")[0] ?? "");
const saidNow = (): string[] => world.said.splice(0);

async function created(more: object = DAY): Promise<{ id: string; outs: Properties }> {
    const made = await handler().create(declared(more));
    askedNow();
    saidNow();
    return made;
}

describe("off by default", () => {
    test("nobody asks for events, and there is no output", async () => {
        const { id, outs } = await handler().create(declared());
        const read = await handler().read(id, outs);
        expect([outs, read.outs].filter((one) => "events" in one)).toEqual([]);
        expect(askedNow()).not.toContain("readEvents");
    });

    test("a resource without such an input refuses it", async () => {
        const policy = world.handler("UnsecAppPolicy");
        const { connection, owner } = declared();
        await expect(policy.create({ connection, owner, checkAccess: true, ...DAY })).rejects.toMatchObject({ code: "invalidInput" });
    });
});

describe("asked for", () => {
    test("create and read tell who was refused since, and whom nothing is known of", async () => {
        const { id, outs } = await handler().create(declared(DAY));
        expect(askedNow()).toEqual(["machine", "observe", "apply", "readEvents"]);
        expect(eventsOf(outs)).toMatchObject({
            since: expect.stringMatching(MOMENT),
            until: expect.stringMatching(MOMENT),
            namespaces: { "root/Contoso": { refused: NONE, callbacksRefused: NONE } },
            other: { refused: NONE, callbacksRefused: NONE },
            explains: [],
            truncated: false,
        });
        expect(somebody().refuseClient("root/contoso")).toBe(true);
        expect(somebody().refuseClient("ROOT\\CONTOSO")).toBe(true);
        expect(somebody().refuseClient("root/contoso", { asynchronous: true })).toBe(true);
        expect(somebody().refuseClient("root/cimv2")).toBe(false);
        expect(somebody().refuseClient("root/cimv2/TerminalServices")).toBe(true);
        const { outs: after, inputs: recorded } = await handler().read(id, outs);
        expect(askedNow()).toEqual(["machine", "observe", "readEvents"]);
        expect(namespaceIn(after)).toMatchObject({
            refused: { count: 2, first: expect.stringMatching(MOMENT), last: expect.stringMatching(MOMENT) },
            callbacksRefused: { count: 1 },
        });
        expect(eventsOf(after)["other"]).toMatchObject({ refused: { count: 1 }, callbacksRefused: NONE });
        expect(recorded).toEqual(declared(DAY));
        expect(saidNow()).toEqual([]);
    });

    test("an update that writes asks at its end", async () => {
        const { id, outs } = await created();
        somebody().refuseClient("root/Contoso");
        const updated = await handler().update(id, outs, declared({ ...DAY, namespaces: { "root/Contoso": TRUE, "root/cimv2": TRUE } }));
        expect(askedNow()).toEqual(["machine", "observe", "apply", "readEvents"]);
        expect(namespaceIn(updated)).toMatchObject({ refused: { count: 1 } });
        expect(Object.keys(eventsOf(updated)["namespaces"] as object)).toEqual(["root/Contoso", "root/cimv2"]);
    });

    test("reads only as far back as declared", async () => {
        const { id, outs } = await created({ evidence: { since: "10m" } });
        const { events } = world.machine("a");
        const ago = (minutes: number) => new Date(events.now().getTime() - minutes * 60_000);
        for (const minutes of [5, 20]) events.append({ id: 5605, provider: WMI_EVENTS, inserts: ["root\\contoso"], time: ago(minutes) });
        expect(namespaceIn((await handler().read(id, outs)).outs)).toMatchObject({ refused: { count: 1 } });
    });
});

describe("never a difference", () => {
    test("however the log changes between two reads", async () => {
        const { id, outs } = await created();
        somebody().refuseClient("root/Contoso");
        const read = await handler().read(id, outs);
        expect(handler().diff(outs, declared(DAY))).toEqual({});
        expect(handler().diff(read.outs, declared(DAY))).toEqual({});
        expect(handler().diff(read.outs, read.inputs)).toEqual({});
        expect(eventsOf(read.outs)).not.toEqual(eventsOf(outs));
    });

    test("in another spelling", async () => {
        const { outs } = await created();
        expect(handler().diff(outs, declared({ evidence: { since: "1440m" } }))).toEqual({ changes: false });
    });
});

describe("switched by an update alone", () => {
    test("on: the host is only read", async () => {
        const { id, outs } = await created({});
        somebody().refuseClient("root/Contoso");
        world.machine("a").writes.clear();
        expect(handler().diff(outs, declared(DAY))).toEqual({});
        const updated = await handler().update(id, outs, declared(DAY));
        expect(askedNow()).toEqual(["readEvents"]);
        expect(namespaceIn(updated)).toMatchObject({ refused: { count: 1 } });
        expect(updated).toMatchObject({ ...outs, ...DAY });
        expect(world.machine("a").writes.all).toEqual([]);
    });

    test("off: the output goes, and the host is not even asked", async () => {
        const { id, outs } = await created();
        const updated = await handler().update(id, outs, declared());
        const { events: _, evidence: __, ...rest } = outs;
        expect(updated).toEqual(rest);
        expect(askedNow()).toEqual([]);
    });

    test("unchanged: the output stays and the host is not asked, so that a dead host can be set to leave", async () => {
        const { id, outs } = await created();
        world.silent.add("a");
        const updated = await handler().update(id, outs, declared({ ...DAY, onDelete: "leave" }));
        expect(updated).toEqual({ ...outs, onDelete: "leave" });
        expect(askedNow()).toEqual([]);
    });
});

describe("an event log that can't be read", () => {
    test.each([
        ["eventLogDenied", "denied: Attempted to perform an unauthorized operation. (System.UnauthorizedAccessException, 0x80070005)"],
        ["eventLogDown", "hostError: The RPC server is unavailable (System.Diagnostics.Eventing.Reader.EventLogException, 0x80131500)"],
    ] as const)("%s: fails nothing, says why, and one warning names the host", async (fault, unavailable) => {
        world.machine("a").faults.on(fault, {});
        const { id, outs } = await handler().create(declared(DAY));
        expect(world.machine("a").flag("root/contoso")).toBe(true);
        expect(eventsOf(outs)).toEqual({ unavailable });
        expect(saidNow()).toEqual([`warn a: the event log could not be read: ${unavailable}`]);
        const read = await handler().read(id, outs);
        expect(read.outs).toEqual(outs);
        expect(saidNow()).toHaveLength(1);
        world.machine("a").faults.off();
        expect(namespaceIn((await handler().read(id, read.outs)).outs)).toEqual({ refused: NONE, callbacksRefused: NONE });
    });

    test("no control character that the host says gets into the outputs", async () => {
        const { id, outs } = await created();
        logs(4, "error", "C:\\contoso\u001b[2J.mof");
        const read = await handler().read(id, outs);
        expect(eventsOf(read.outs)["explains"]).toMatchObject([{ event: 4, file: "C:\\contoso [2J.mof" }]);
        const said = "said back: contoso\u001b[2J\nand more ";
        jest.spyOn(MemoryHost.prototype, "readEvents").mockRejectedValueOnce(
            new WmisecError("protocol", "not an answer", { said: said.repeat(50), remedy: "see why" }),
        );
        const { unavailable } = eventsOf((await handler().read(id, outs)).outs);
        jest.restoreAllMocks();
        expect(unavailable).toMatch(/^protocol: said back: contoso \[2J and more /);
        expect(unavailable).not.toMatch(/[^\x20-\x7e]/);
        expect((unavailable as string).length).toBeLessThan(350);
    });

    test("a host that falls silent after the write: the write is reported as done", async () => {
        world.afterApply = () => world.silent.add("a");
        const { outs } = await handler().create(declared(DAY));
        expect(eventsOf(outs)).toEqual({ unavailable: "unreachable: refused" });
        expect(outs).toMatchObject({ status: { "root/Contoso": "compliant" }, machine: expect.any(String) });
    });

    test("under keep, a host that is silent altogether keeps what was told last", async () => {
        const { id, outs } = await created({ ...DAY, unreachable: "keep" });
        world.silent.add("a");
        const read = await handler().read(id, outs);
        expect(read.outs["events"]).toEqual(outs["events"]);
        expect(saidNow()).toEqual(["unreachable a"]);
    });
});

describe("drift after a rebuild", () => {
    const drifted = async (more: object = DAY) => {
        const { id, outs } = await created(more);
        somebody().setFlag("root/contoso", null);
        return () => handler().read(id, outs);
    };

    test("says so, oldest first", async () => {
        const read = await drifted();
        logs(5614);
        logs(5616);
        logs(4, "0x80041002", "C:\\Contoso\\contoso.mof");
        await read();
        expect(saidNow()).toEqual([
            expect.stringMatching(
                /^info a: WmiNamespaceSecurity policy: root\/Contoso has no RequiresEncryption qualifier, declared true; (?=.*the MOF file C:\\Contoso\\contoso\.mof was not loaded at recovery \S+Z \(event 4 on the host\))(?=.*the WMI repository's files were not found \S+Z \(event 5614 on the host\))(?=.*the WMI repository was recreated \S+Z \(event 5616 on the host\))/,
            ),
        ]);
    });

    test("is told in a line that nothing can break or colour, and of many events the newest", async () => {
        const read = await drifted();
        for (let count = 0; count < 150; count++) logs(4, "error", `C:\\${count}\u001b[31m\r\ninjected`);
        await read();
        const [line = ""] = saidNow();
        expect(line).not.toMatch(/[^\x20-\x7e]/);
        expect(line.match(/event 4 on the host/g)).toHaveLength(5);
        expect(line).toMatch(/; 145 more such events$/);
    });

    test("is plain drift where the log knows of no rebuild, or is not asked", async () => {
        const quiet = await drifted();
        await quiet();
        logs(5616);
        const without = await drifted({ owner: "org/other" });
        await without();
        for (const line of saidNow()) expect(line).toMatch(/root\/Contoso has no RequiresEncryption qualifier, declared true$/);
    });

    test("is no drift where nothing drifted", async () => {
        const { id, outs } = await created();
        logs(5616);
        const { outs: read } = await handler().read(id, outs);
        expect(saidNow()).toEqual([]);
        expect(eventsOf(read)["explains"]).toMatchObject([{ event: 5616, count: 1 }]);
    });
});
