import { IdleHost } from "../../provider/hosts/idleHost";
import type { WindowsHost } from "../../provider/hosts/windowsHost";

beforeEach(() => {
    jest.useFakeTimers();
});
afterEach(() => {
    jest.useRealTimers();
});

/** A host whose looks last until they are ended, and how often it was closed. */
function idling(idleMs: number) {
    const ends: (() => void)[] = [];
    let closed = 0;
    const inner = {
        machine: () => new Promise<void>((resolve) => ends.push(resolve)),
        close: async () => {
            closed++;
        },
    };
    const host = new IdleHost(inner as unknown as WindowsHost & { close(): Promise<void> }, idleMs);
    const answer = () => ends.shift()?.();
    const look = async () => {
        const looked = host.machine();
        answer();
        await looked;
    };
    return { host, look, answer, closed: () => closed };
}

test("is closed when nobody has asked for a while", async () => {
    const { look, closed } = idling(15_000);
    await look();
    jest.advanceTimersByTime(14_999);
    expect(closed()).toBe(0);
    jest.advanceTimersByTime(1);
    expect(closed()).toBe(1);
});

test("gives back soon what others need, now and from then on, and never while something is asked", async () => {
    const { host, look, answer, closed } = idling(15_000);
    await look();
    host.giveBack();
    jest.advanceTimersByTime(1000);
    expect(closed()).toBe(1);

    const asked = host.machine();
    host.giveBack();
    jest.advanceTimersByTime(60_000);
    expect(closed()).toBe(1);
    answer();
    await asked;
    jest.advanceTimersByTime(1000);
    expect(closed()).toBe(2);

    const again = idling(15_000);
    again.host.giveBack();
    await again.look();
    jest.advanceTimersByTime(1000);
    expect(again.closed()).toBe(1);
});

test("gives back soon also where it is asked for that again and again, as openings that wait do", async () => {
    const { host, look, closed } = idling(15_000);
    await look();
    for (let asked = 0; asked < 20; asked++) {
        host.giveBack();
        jest.advanceTimersByTime(50);
    }
    expect(closed()).toBe(1);
});
