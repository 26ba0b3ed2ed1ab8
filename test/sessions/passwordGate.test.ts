import { setMaxListeners } from "node:events";
import { inspect } from "node:util";
import { PasswordGate, type Turn } from "../../provider/sessions/passwordGate";
import { failure } from "../errors";

const never = new AbortController().signal;
setMaxListeners(0, never);
const USER = "CONTOSO\\svc";

/** Enters, and tells whether the turn has come yet. */
function enter(gate: PasswordGate, server: string, { user = USER, password = "p", signal = never } = {}) {
    const entry: { turn: Turn | undefined; error: unknown } = { turn: undefined, error: undefined };
    const done = gate.enter(user, password, server, signal).then(
        (turn) => {
            entry.turn = turn;
        },
        (error: unknown) => {
            entry.error = error;
        },
    );
    return { entry, done };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("the first goes alone; when it was accepted all others go at once, and later ones too", async () => {
    const gate = new PasswordGate();
    const all = ["a", "b", "c"].map((server) => enter(gate, server));
    await settled();
    expect(all.map(({ entry }) => entry.turn !== undefined)).toEqual([true, false, false]);
    all[0]?.entry.turn?.accepted();
    await settled();
    expect(all.map(({ entry }) => entry.turn !== undefined)).toEqual([true, true, true]);
    all[1]?.entry.turn?.denied();
    (await gate.enter(USER, "p", "d", never)).accepted();
});

test("when the first was denied, those who wait and those who come later fail untried, naming the server", async () => {
    const gate = new PasswordGate();
    const first = enter(gate, "web-07:22");
    const second = failure(gate.enter(USER, "p", "web-08:22", never));
    await first.done;
    first.entry.turn?.denied();
    for (const error of [await second, await failure(gate.enter(USER, "p", "web-09:22", never))]) {
        expect(error.code).toBe("denied");
        expect(error.message).toContain("the password of CONTOSO\\svc was not tried here, because web-07:22 has refused it");
    }
});

test("when the first got no answer, exactly one of the others goes next", async () => {
    const gate = new PasswordGate();
    const all = ["a", "b", "c"].map((server) => enter(gate, server));
    await settled();
    all[0]?.entry.turn?.unanswered();
    all[0]?.entry.turn?.accepted();
    const late = enter(gate, "d");
    await settled();
    expect([...all, late].map(({ entry }) => entry.turn !== undefined)).toEqual([true, true, false, false]);
    all[1]?.entry.turn?.unanswered();
    await settled();
    all[2]?.entry.turn?.unanswered();
    await settled();
    late.entry.turn?.accepted();
    await gate.enter(USER, "p", "e", never);
});

test("other users and other passwords have their own turn; the case of a user's name makes no difference", async () => {
    const gate = new PasswordGate();
    await gate.enter(USER, "p", "a", never);
    await gate.enter(USER, "q", "a", never);
    await gate.enter("other", "p", "a", never);
    const same = enter(gate, "b", { user: "contoso\\SVC" });
    await settled();
    expect(same.entry.turn).toBeUndefined();
});

test("a login that gives up while it waits lets the next one go", async () => {
    const gate = new PasswordGate();
    const first = enter(gate, "a");
    const patience = new AbortController();
    const second = failure(gate.enter(USER, "p", "b", patience.signal));
    const third = enter(gate, "c");
    await settled();
    patience.abort();
    expect((await second).code).toBe("cancelled");
    first.entry.turn?.unanswered();
    await settled();
    expect(third.entry.turn).toBeDefined();
});

describe("a server that says nothing", () => {
    const PATIENCE = 5000;
    beforeEach(() => {
        jest.useFakeTimers({ doNotFake: ["setImmediate", "nextTick"] });
    });
    afterEach(() => {
        jest.useRealTimers();
    });
    const sent = (all: { entry: { turn: Turn | undefined } }[]) => all.filter(({ entry }) => entry.turn !== undefined).length;
    const many = (gate: PasswordGate, count: number) => Array.from({ length: count }, (_, index) => enter(gate, `web-${index}`));
    const pass = async (ms: number) => {
        jest.advanceTimersByTime(ms);
        await settled();
    };

    test("holds up the others for a while only; they still go one by one, until one is answered", async () => {
        const all = many(new PasswordGate(PATIENCE), 10);
        await pass(PATIENCE - 1);
        expect(sent(all)).toBe(1);
        await pass(1);
        expect(sent(all)).toBe(2);
        await pass(PATIENCE);
        expect(sent(all)).toBe(3);
        all[2]?.entry.turn?.accepted();
        await settled();
        expect(sent(all)).toBe(10);
    });

    test("and a denial elsewhere: nobody else tries, and its own late answer changes nothing", async () => {
        const gate = new PasswordGate(PATIENCE);
        const all = many(gate, 10);
        await pass(PATIENCE);
        all[1]?.entry.turn?.denied();
        await Promise.all(all.map(({ done }) => done));
        await pass(10 * PATIENCE);
        expect(sent(all)).toBe(2);
        all[0]?.entry.turn?.accepted();
        expect((await failure(gate.enter(USER, "p", "late", never))).message).toContain("because web-1 has refused it");
    });

    test("lets the next who comes go where nobody waits, and that one goes alone again", async () => {
        const gate = new PasswordGate(PATIENCE);
        await gate.enter(USER, "p", "a", never);
        await pass(PATIENCE);
        const later = many(gate, 2);
        await settled();
        expect(sent(later)).toBe(1);
    });

    test("counts once, whether its silence is told by the clock or by its end", async () => {
        const all = many(new PasswordGate(PATIENCE), 5);
        await pass(PATIENCE);
        all[0]?.entry.turn?.unanswered();
        await settled();
        expect(sent(all)).toBe(2);
        all[1]?.entry.turn?.unanswered();
        await settled();
        expect(sent(all)).toBe(3);
    });
});

test("a gate holds no password", async () => {
    const gate = new PasswordGate();
    (await gate.enter(USER, "CANARY", "a", never)).denied();
    expect(inspect(gate, { depth: 20, showHidden: true })).not.toContain("CANARY");
    expect((await failure(gate.enter(USER, "CANARY", "b", never))).message).not.toContain("CANARY");
});
