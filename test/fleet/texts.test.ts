import { WmisecError } from "../../provider/core/errors";
import type { Step } from "../../provider/core/wire/step";
import { countsOf, countsText, driftOf } from "../../provider/fleet/findings";
import { Gathered } from "../../provider/fleet/gathered";
import { HostErrors } from "../../provider/fleet/hostErrors";
import { isOnlyLooking, LookOnlyHost } from "../../provider/fleet/lookOnlyHost";
import { Progress } from "../../provider/fleet/progress";
import { type MemberRecord, withoutMachine } from "../../provider/fleet/record";
import { RefusedClients } from "../../provider/fleet/refusedClients";
import { MemoryHost } from "../../provider/hosts/memoryHost";
import { WindowsMachine } from "../../provider/model/windowsMachine";
import { failure } from "../errors";

/** What a person is told of many hosts: at most a screenful. */

const found = (text: string): MemberRecord => withoutMachine("drifted", [text]);
const names = (count: number, name = "h") => Array.from({ length: count }, (_, index) => `${name}${String(index).padStart(3, "0")}`);

describe("counts", () => {
    const members = new Map([
        ...names(9980, "a").map((name) => [name, withoutMachine("compliant")] as const),
        ...names(12, "b").map((name) => [name, withoutMachine("drifted")] as const),
        ...names(8, "c").map((name) => [name, withoutMachine("unreachable")] as const),
        ["d", withoutMachine("skipped")] as const,
    ]);

    test("each host counts once", () =>
        expect(countsOf(members)).toEqual({
            hosts: 10_001,
            compliant: 9980,
            drifted: 12,
            skipped: 1,
            exempt: 0,
            unreachable: 8,
            denied: 0,
            failed: 0,
            pending: 0,
        }));

    test("in words", () => expect(countsText(countsOf(members))).toBe("9,981 of 10,001 hosts as declared, 12 drifted, 8 unreachable"));
});

describe("drift", () => {
    test("nothing found is undefined", () => expect(driftOf(new Map([["a", withoutMachine("compliant")]]))).toBeUndefined());

    test("the most frequent comes first, with ten hosts and the number of the others", () => {
        const all = [
            ...names(2, "x").map((name) => [name, found("rare")] as const),
            ...names(12, "y").map((name) => [name, found("often")] as const),
        ];
        const drift = driftOf(new Map(all));
        expect(Object.entries(drift ?? {})).toEqual([
            ["often", `${names(10, "y").join(", ")} and 2 more`],
            ["rare", "x000, x001"],
        ]);
    });

    test("twenty differences are shown, the rest is counted by hosts", () => {
        const many = new Map(names(25).map((name) => [name, found(`difference of ${name}`)] as const));
        many.set("two", { ...withoutMachine("drifted"), found: ["difference of h024", "one more"] });
        const drift = Object.entries(driftOf(many) ?? {});
        expect(drift).toHaveLength(21);
        expect(drift[0]).toEqual(["difference of h024", "h024, two"]);
        expect(drift[20]).toEqual(["and 6 other differences", "on 6 hosts"]);
    });
});

describe("errors", () => {
    const denied = (said?: string) =>
        new WmisecError("denied", "the login was refused", { remedy: "check the account", ...(said !== undefined && { said }) });

    test("one of each kind is kept, with its code and what to do", () => {
        const errors = new HostErrors();
        for (const name of names(50)) errors.add(name, denied("Permission denied"));
        errors.add("other", new WmisecError("unreachable", "no answer", { remedy: "switch it on" }));
        errors.add("bug", new TypeError("oops"));
        expect(errors.kept).toMatchObject([
            { host: "bug", code: "bug", message: "oops" },
            { host: "h000", code: "denied", message: expect.stringContaining("check the account") },
            // Silence is expected in a large fleet: what else went wrong is told first.
            { host: "other", code: "unreachable", message: expect.stringContaining("switch it on") },
        ]);
    });

    test("at most ten kinds are kept", () => {
        const errors = new HostErrors();
        expect(errors.kept).toBeUndefined();
        for (const name of names(30)) errors.add(name, new Error(name));
        expect(errors.kept).toHaveLength(10);
    });

    test("they become one: three kinds, the number of others, the hosts, the first remedy", () => {
        const errors = new HostErrors();
        errors.add("a", denied("Permission denied"));
        for (const name of names(14)) errors.add(name, new Error(`broken ${name.slice(-1)}`));
        const combined = errors.combined("15 of 20 hosts failed", countsOf(new Map([["a", withoutMachine("denied")]])), "updating");
        expect(combined).toMatchObject({ code: "hostsFailed", summary: "15 of 20 hosts failed" });
        expect(combined.details.said?.split("\n")).toEqual([
            "0 of 1 hosts as declared, 1 denied",
            "a: denied: the login was refused: Permission denied",
            "h000: broken 0",
            "h001: broken 1",
            "and 8 more kinds of errors",
        ]);
        expect(combined.details.tried).toMatch(/^on a, h000, .* and 5 more$/);
        expect(combined.details.remedy).toMatch(/^check the account\nwhat was done on the other hosts is recorded/);
    });
});

test("the same warning of many hosts is one line; notes are dropped; ten lines, the rest counted", async () => {
    const gathered = new Gathered();
    for (const name of names(12)) {
        const log = gathered.logOf(name);
        await log.warn(`${name}.contoso.test: left as it is: see the log`);
        await log.info(`${name}: a note`);
        await log.unreachable(name);
        await log.passing(name);
    }
    expect(gathered.lines).toEqual([`${names(10).join(", ")} and 2 more: left as it is: see the log`]);
    for (const name of names(12)) await gathered.logOf(name).warn(`${name}: about ${name}`);
    expect(gathered.lines).toHaveLength(11);
    expect(gathered.lines[10]).toBe("and 3 more warnings of this kind about other hosts");
});

test("warnings that differ by the host in an owner's name are one line; about one host it names the owner in full", async () => {
    const warned = async (...hosts: [host: string, owner: string][]) => {
        const gathered = new Gathered();
        for (const [host, owner] of hosts) await gathered.logOf(host).warn(`${host}: its ledger still names ${owner}. Look there`);
        return gathered.lines;
    };
    expect(await warned(["web.test", "org/fleet#web.test"], ["[::1]", "org/fleet#[::1]"])).toEqual([
        "web.test, [::1]: its ledger still names org/fleet. Look there",
    ]);
    expect(await warned(["web", "org/fleet#web"], ["web", "org/fleet#web"])).toEqual([
        "web: its ledger still names org/fleet#web. Look there",
    ]);
    const others = await warned(["web", "org/fleet#web"], ["a", "org/fleet#web"], ["a", "org/fleet#a.test"]);
    expect(others).toEqual([
        "web: its ledger still names org/fleet#web. Look there",
        "a: its ledger still names org/fleet#web. Look there",
        "a: its ledger still names org/fleet#a.test. Look there",
    ]);
});

describe("progress", () => {
    let said: string[];
    const progress = (hosts: number) =>
        new Progress(
            "updating",
            hosts,
            { info: async (text) => void said.push(`info ${text}`), passing: async (text) => void said.push(`passing ${text}`) },
            "org/fleet",
        );
    beforeEach(() => {
        said = [];
        jest.useFakeTimers();
    });
    afterEach(() => jest.useRealTimers());

    test("a log gets a line for each tenth, from 50 hosts on", async () => {
        const large = progress(50);
        for (const name of names(50)) await large.note(name, name < "h003" ? "failed" : name < "h005" ? "unreachable" : "compliant");
        expect(said.filter((line) => line.startsWith("info"))).toHaveLength(10);
        expect(said[0]).toBe("info updating: 5 of 50 hosts, 3 failed, 2 unreachable");
        expect(said.at(-1)).toBe("info updating: 50 of 50 hosts, 3 failed, 2 unreachable");
        said = [];
        const small = progress(49);
        for (const name of names(49)) await small.note(name, "compliant");
        expect(said).toEqual([]);
    });

    test("a terminal gets a line a second, with the time that is left", async () => {
        const some = progress(10);
        await some.note("a", "compliant");
        expect(said).toEqual([]);
        jest.advanceTimersByTime(999);
        await some.note("b", "compliant");
        expect(said).toEqual([]);
        jest.advanceTimersByTime(1);
        await some.note("c", "compliant");
        await some.note("d", "compliant");
        expect(said).toEqual(["passing updating: 3 of 10 hosts, about 3 s left"]);
        jest.advanceTimersByTime(600_000);
        await some.note("e", "denied");
        expect(said[1]).toBe("passing updating: 5 of 10 hosts, 1 failed, about 10 min left");
    });

    test("a host that is worked on twice counts once, as it ended last", async () => {
        const some = progress(2);
        await some.note("a", "compliant");
        await some.note("a", "failed");
        jest.advanceTimersByTime(1000);
        await some.note("b", "compliant");
        expect(said).toEqual(["passing updating: 2 of 2 hosts, 1 failed"]);
    });
});

describe("refused clients", () => {
    const events = (...counts: number[]) => ({
        namespaces: Object.fromEntries(counts.slice(1).map((count, index) => [`root/n${index}`, { refused: { count } }])),
        other: { refused: { count: counts[0] } },
    });
    const everyone = { has: () => true };

    test("all of a host are summed up, the twenty with most are named", () => {
        const clients = new RefusedClients();
        expect(clients.most(undefined, everyone)).toBeUndefined();
        for (const [index, name] of names(30).entries()) clients.add(name, events(index, 1));
        clients.add("unreadable", { unavailable: "why" });
        const most = Object.entries(clients.most(undefined, everyone) ?? {});
        expect(most).toHaveLength(20);
        expect(most[0]).toEqual(["h029", 30]);
    });

    test("hosts whose logs were not read keep their counts; others and zeros go", () => {
        const clients = new RefusedClients();
        clients.add("a", events(0));
        expect(clients.most({ a: 3, b: 2, gone: 1 }, new Set(["a", "b"]))).toEqual({ b: 2 });
        expect(new RefusedClients().most({ b: 2 }, everyone)).toEqual({ b: 2 });
    });
});

test("a host that is only looked at answers, and refuses each write by its first steps", async () => {
    const machine = new WindowsMachine({ namespaces: { "root/contoso": null } });
    const seen: (readonly Step[])[] = [];
    const host = new LookOnlyHost(new MemoryHost(machine), (steps) => void seen.push(steps));
    const request = { namespaces: ["root/contoso"], values: [], registrations: [], definitions: [] };
    expect(await host.machine()).toMatchObject({ elevated: true });
    await host.observe(request as never);
    const step: Step = { do: "setLedger", item: "namespace:root/contoso", expect: null, text: "x" };
    const error = await failure(host.apply([step], request as never));
    expect(isOnlyLooking(error)).toBe(true);
    expect(isOnlyLooking(new Error("x"))).toBe(false);
    expect(seen).toEqual([[step]]);
    // The note about a move comes before the steps that are of interest.
    const note: Step = { do: "setLedger", item: "move:x:y", expect: null, text: "x" };
    expect(await host.apply([note], request as never)).toMatchObject({ done: 1, stopped: null });
    expect(machine.writes.all).toEqual([]);
});
