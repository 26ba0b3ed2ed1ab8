import { isWmisecError } from "../../provider/core/errors";
import { type EventsReading, MAX_EVENT_GROUPS, MAX_EVENT_TEXT, MAX_EVENTS, MAX_SINCE, MIN_SINCE } from "../../provider/core/wire/events";
import { WMI_EVENTS } from "../../provider/model/eventLog";
import type { WindowsMachine } from "../../provider/model/windowsMachine";
import type { ContractContext } from "./contractContext";

const HOUR = 3_600_000;

export function describeEventLog(on: ContractContext): void {
    describe("event log", () => {
        const logged = (machine: WindowsMachine, id: number, inserts: readonly string[] = [], ago = 0, provider = WMI_EVENTS): string => {
            const time = new Date(machine.events.now().getTime() - ago);
            machine.events.append({ id, provider, inserts, time });
            return `${time.toISOString().slice(0, 19)}Z`;
        };
        const read = async (sinceMs = 24 * HOUR): Promise<EventsReading> => {
            const { groups, ...rest } = await on.host.readEvents({ sinceMs });
            return { ...rest, groups: [...groups].sort((a, b) => a.id - b.id || (a.about < b.about ? -1 : 1)) };
        };

        test.each([MIN_SINCE, MAX_SINCE])("is asked as far back as %d ms and says what it was asked", async (sinceMs) => {
            const { since, until, truncated } = await on.host.readEvents({ sinceMs });
            expect(Date.parse(until) - Date.parse(since)).toBeGreaterThanOrEqual(sinceMs - 1000);
            expect(Date.parse(until) - Date.parse(since)).toBeLessThanOrEqual(sinceMs + 1000);
            expect(truncated).toBe(false);
        });

        on.onModel("counts what the log says of each namespace, first and last, by the host's own clock", async (machine) => {
            const first = logged(machine, 5605, ["root\\a"], 3 * HOUR);
            const other = logged(machine, 5605, ["\\\\.\\root\\b"], 2 * HOUR);
            const callback = logged(machine, 5606, ["root\\a"], 2 * HOUR);
            const last = logged(machine, 5605, ["root\\a"], HOUR);
            logged(machine, 5605, ["root\\a"], 25 * HOUR);
            const { groups, until } = await read();
            expect(groups).toEqual([
                { id: 5605, about: "\\\\.\\root\\b", count: 1, first: other, last: other },
                { id: 5605, about: "root\\a", count: 2, first, last },
                { id: 5606, about: "root\\a", count: 1, first: callback, last: callback },
            ]);
            expect(Math.abs(Date.parse(until) - machine.events.now().getTime())).toBeLessThan(HOUR);
        });

        on.onModel("counts what explains drift, with the MOF file that was not loaded, and nothing else", async (machine) => {
            for (const id of [5600, 5614, 5616]) logged(machine, id, ["no", "insert", "counts"]);
            logged(machine, 4, ["0x80041002", "C:\\Contoso\\contoso.mof"]);
            logged(machine, 5615);
            logged(machine, 5617);
            logged(machine, 4, ["x", "y"], 0, "Contoso");
            expect((await read()).groups).toMatchObject([
                { id: 4, about: "C:\\Contoso\\contoso.mof", count: 1 },
                { id: 5600, about: "", count: 1 },
                { id: 5614, about: "", count: 1 },
                { id: 5616, about: "", count: 1 },
            ]);
        });

        on.onModel("tells no more than a part of a text that is too long, hostile or missing", async (machine) => {
            logged(machine, 5605, ["x".repeat(1 << 20)]);
            logged(machine, 5606, ["\u001b[2J\u0000\u202e\ud800"]);
            logged(machine, 4, ["only the error"]);
            expect((await read()).groups.map(({ about }) => about)).toEqual([
                "",
                "x".repeat(MAX_EVENT_TEXT),
                "\u001b[2J\u0000\u202e\ud800",
            ]);
        });

        on.onModel("reads the newest of too many events, and says that there are more", async (machine) => {
            logged(machine, 5606, ["root\\oldest"], HOUR);
            for (let count = 0; count < MAX_EVENTS; count++) logged(machine, 5605, ["root\\a"]);
            const { groups, truncated } = await read();
            expect(groups).toMatchObject([{ id: 5605, count: MAX_EVENTS }]);
            expect(truncated).toBe(true);
        });

        on.onModel("tells so many groups and no more, and goes on counting in them", async (machine) => {
            logged(machine, 5605, ["root\\newest"], HOUR);
            for (let count = 0; count < MAX_EVENT_GROUPS; count++) logged(machine, 5605, [`root\\n${count}`]);
            logged(machine, 5605, ["root\\newest"]);
            const { groups, truncated } = await read();
            expect(groups).toHaveLength(MAX_EVENT_GROUPS);
            expect(groups.find(({ about }) => about === "root\\newest")?.count).toBe(2);
            expect(truncated).toBe(true);
        });

        on.onModel("can't be read where the host refuses, or its service is down", async (machine) => {
            const codes: string[] = [];
            for (const fault of ["eventLogDenied", "eventLogDown"] as const) {
                machine.faults.on(fault, {});
                codes.push(
                    await on.host.readEvents({ sinceMs: HOUR }).then(
                        () => "no error",
                        (error: unknown) => (isWmisecError(error) ? error.code : String(error)),
                    ),
                );
                machine.faults.off(fault);
            }
            expect(codes).toEqual(["denied", "hostError"]);
        });
    });
}
