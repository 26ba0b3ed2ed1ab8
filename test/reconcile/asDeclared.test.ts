import { flag, hostWith } from "./flags";

/** What is as declared is adopted: an entry is written, and the item is not. */

test.each([
    [true, true, true],
    [true, false, false],
    [true, "absent", false],
    [false, "absent", true],
    [false, false, true],
    [false, true, false],
    [true, "contradictory", false],
    [false, "contradictory", false],
] as const)("declared %s, found %s: %s", async (want, found, fine) => {
    const { written } = await hostWith(found).declare(flag(want));
    expect(written.every((one) => one.startsWith("entry "))).toBe(fine);
});

test("if the parent shows no flag, the readings do not contradict each other", async () => {
    const host = hostWith(true);
    host.machine.namespaces.instanceReading = "empty";
    expect(await host.declare(flag(true))).toMatchObject({ written: ["entry before=true owners=org/me#s1:true"], error: undefined });
});
