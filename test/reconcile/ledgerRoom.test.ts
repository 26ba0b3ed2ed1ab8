import { MAX_LEDGER_ENTRIES } from "../../provider/core/limits";
import { FLAG, flag, hostWith } from "./flags";

/** An entry that could not be read back is not written. */

test.each([
    ["too many owners", 1000, "x"],
    ["too long a text", 37, "x".repeat(1728)],
])("%s: refused, until some are evicted", async (_title, count, name) => {
    const owners = Array.from({ length: count }, (_, index) => ({ owner: `${name}${index}`, stamp: "s", wants: true }));
    const host = hostWith(true, { written: true, owners });
    expect(await host.declare(flag(true))).toMatchObject({
        error: { code: "ledgerFull", details: { remedy: expect.stringContaining("WMISEC_EVICT") } },
        written: [],
    });
    const { error } = await host.declare(flag(true), { claim: { evict: new Set([`${name}0`, `${name}1`]) } });
    expect(error).toBeUndefined();
    expect(host.entry(FLAG)?.owners).toHaveLength(count - 1);
});

test("an item is not handed over with a new entry into a ledger that is full, and nothing is written", async () => {
    const host = hostWith(true);
    for (let index = 0; index < MAX_LEDGER_ENTRIES; index++) host.machine.behindOurBack.setLedger(`namespace:root/n${index}`, "x");
    const memory = [[FLAG, { before: "absent", put: true }]] as const;
    expect(await host.release(FLAG, { onDelete: "handOver", memory })).toMatchObject({ error: { code: "ledgerFull" }, written: [] });
});
