import type { EventGroup, EventsReading } from "../../provider/core/wire/events";
import { namespaceEvents } from "../../provider/resources/namespaceEvents";

const KEYS = new Map([
    ["ROOT\\Cimv2", "root/cimv2"],
    ["root/contoso", "root/contoso"],
]);
const NONE = { count: 0 };
const NOTHING = { refused: NONE, callbacksRefused: NONE };
const at = (day: number) => `2026-11-${day}T23:10:04Z`;
const group = (id: EventGroup["id"], about: string, count = 1, first = at(11), last = at(12)): EventGroup => ({
    id,
    about,
    count,
    first,
    last,
});
const reading = (...groups: EventGroup[]): EventsReading => ({ since: at(10), until: at(20), groups, truncated: false });

test("a quiet log says so of each namespace", () => {
    expect(namespaceEvents(KEYS, { ...reading(), truncated: true })).toEqual({
        since: at(10),
        until: at(20),
        namespaces: { "ROOT\\Cimv2": NOTHING, "root/contoso": NOTHING },
        other: NOTHING,
        explains: [],
        truncated: true,
    });
});

test.each(["root\\cimv2", "\\\\.\\root\\cimv2", "//./ROOT/CIMV2", "Root\\CIMv2", "\\\\WEB-07\\root\\cimv2"])(
    "%s is counted under the key that the program wrote",
    (about) => {
        const { namespaces, other } = namespaceEvents(KEYS, reading(group(5605, about, 3), group(5606, about)));
        expect(namespaces["ROOT\\Cimv2"]).toEqual({
            refused: { count: 3, first: at(11), last: at(12) },
            callbacksRefused: { count: 1, first: at(11), last: at(12) },
        });
        expect([namespaces["root/contoso"], other]).toEqual([NOTHING, NOTHING]);
    },
);

test("spellings of one namespace are counted together, from the first to the last", () => {
    const groups = [
        group(5605, "root\\cimv2", 2, at(13), at(14)),
        group(5605, "ROOT\\CIMV2", 5, at(11), at(12)),
        group(5605, "//./root/cimv2", 1, at(12), at(15)),
    ];
    expect(namespaceEvents(KEYS, reading(...groups)).namespaces["ROOT\\Cimv2"]?.refused).toEqual({ count: 8, first: at(11), last: at(15) });
});

test.each(["root\\other", "root\\cimv2\\deeper", "root", "", "no path \u001b[2J", "root\\cimv2 ", "x".repeat(400)])(
    "%p is another namespace or none, and counted as such",
    (about) => {
        const { namespaces, other } = namespaceEvents(KEYS, reading(group(5605, about, 2), group(5606, about, 3)));
        expect(namespaces).toEqual({ "ROOT\\Cimv2": NOTHING, "root/contoso": NOTHING });
        expect(other).toMatchObject({ refused: { count: 2 }, callbacksRefused: { count: 3 } });
    },
);

test("what explains drift is told oldest first, with the MOF file made printable", () => {
    const hostile = "C:\\x\u001b]0;owned\u0007\u202e\r\n\u2028y.mof";
    const { explains, other } = namespaceEvents(
        KEYS,
        reading(
            group(5616, "", 2, at(11), at(14)),
            group(4, hostile, 1, at(13), at(13)),
            group(5614, "", 1, at(12), at(12)),
            group(5600, "", 1, at(12), at(12)),
        ),
    );
    expect(explains).toEqual([
        { event: 5600, count: 1, first: at(12), last: at(12) },
        { event: 5614, count: 1, first: at(12), last: at(12) },
        { event: 4, file: expect.stringMatching(/^C:\\x [\x20-\x7e]*y\.mof$/), count: 1, first: at(13), last: at(13) },
        { event: 5616, count: 2, first: at(11), last: at(14) },
    ]);
    expect(other).toEqual(NOTHING);
});
