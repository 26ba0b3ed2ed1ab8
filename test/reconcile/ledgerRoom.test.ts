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
