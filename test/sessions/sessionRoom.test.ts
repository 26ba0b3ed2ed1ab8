import { Ending } from "../../provider/sessions/ending";
import { SessionRoom } from "../../provider/sessions/sessionRoom";
import { failure } from "../errors";

const never = new AbortController().signal;
const turns = async () => {
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
};

/** Sessions that are opened in order, each under its number. */
function opening(room: SessionRoom, signal = never) {
    const order: number[] = [];
    const open = (number: number) =>
        room.hold(signal, async () => {
            order.push(number);
            return new Ending<string>();
        });
    return { order, open };
}

test("who finds no room waits for a session to end, first come first served", async () => {
    const { order, open } = opening(new SessionRoom({ most: 2 }));
    const [first] = await Promise.all([open(1), open(2)]);
    void open(3);
    void open(4);
    await turns();
    expect(order).toEqual([1, 2]);
    first?.end("over");
    await turns();
    expect(order).toEqual([1, 2, 3]);
});

test("an opening that fails gives its room to the next", async () => {
    const room = new SessionRoom({ most: 1 });
    const failed = room.hold(never, async () => Promise.reject(new Error("no")));
    const { order, open } = opening(room);
    const next = open(1);
    await expect(failed).rejects.toThrow("no");
    await next;
    expect(order).toEqual([1]);
});

test("as long as somebody waits, idle sessions are asked for, again and again; then no more", async () => {
    let asked = 0;
    let enough: () => void = () => undefined;
    const often = new Promise<void>((resolve) => {
        enough = resolve;
    });
    const room = new SessionRoom({
        most: 1,
        askMs: 1,
        relieve: () => {
            asked++;
            if (asked === 3) enough();
        },
    });
    const { open } = opening(room);
    const first = await open(1);
    expect(asked).toBe(0);
    const second = open(2);
    await often;
    first.end("over");
    await second;
    const until = asked;
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(asked).toBe(until);
});

test("who waits is sent away when the run is stopped, and takes no room from others", async () => {
    const room = new SessionRoom({ most: 1 });
    const stop = new AbortController();
    const first = await opening(room).open(1);
    const stopped = failure(opening(room, stop.signal).open(2));
    const { order, open } = opening(room);
    const third = open(3);
    stop.abort();
    expect((await stopped).code).toBe("cancelled");
    expect((await failure(opening(room, stop.signal).open(4))).code).toBe("cancelled");
    first.end("over");
    await third;
    expect(order).toEqual([3]);
});
