import fc from "fast-check";
import { isWmisecError } from "../../provider/core/errors";
import { parseEntry } from "../../provider/core/ledger/entry";
import type { Properties } from "../../provider/handlers/handler";
import { PartialFailure } from "../../provider/handlers/partialFailure";
import { WindowsMachine } from "../../provider/model/windowsMachine";
import { fuzzRuns } from "../fuzz";
import { troubleIn } from "../hosts/ledgerHistory";
import { CONTOSO, inputs } from "../inputs";
import { HandlerWorld } from "./world";

/** Several owners of the same items on one host, each creating, updating and deleting, with their requests in any order. */

const PATHS = ["root/contoso", "root/contoso/billing"] as const;
const BEFORE = { "root/contoso": null, "root/contoso/billing": true } as const;

const wish = fc
    .record({ "root/contoso": fc.boolean(), "root/contoso/billing": fc.boolean() }, { requiredKeys: [] })
    .map((flags) => Object.fromEntries(Object.entries(flags).map(([path, requiresEncryption]) => [path, { requiresEncryption }])));
/** What each owner declares, one after the other; the end is a delete. */
const life = fc.array(wish, { minLength: 1, maxLength: 3 });

/** What may become of somebody who is not alone; nothing else may. */
const EXPECTED = new Set(["ownedByAnother", "changedMeanwhile"]);
function refused(error: unknown): PartialFailure | undefined {
    const failure = error instanceof PartialFailure ? error.failure : error;
    if (!isWmisecError(failure) || !EXPECTED.has(failure.code)) throw error;
    return error instanceof PartialFailure ? error : undefined;
}

async function live(world: HandlerWorld, owner: string, wishes: readonly Properties[]): Promise<void> {
    const handler = world.handler("WmiNamespaceSecurity");
    let made: { id: string; outs: Properties } | undefined;
    for (const namespaces of wishes) {
        try {
            if (made === undefined) made = await handler.create(inputs(namespaces, { owner }));
            else made = { id: made.id, outs: await handler.update(made.id, made.outs, inputs(namespaces, { owner })) };
        } catch (error) {
            const partly = refused(error);
            if (partly !== undefined) made = { id: partly.id, outs: partly.properties };
        }
    }
    if (made !== undefined) await handler.delete(made.id, made.outs);
}

test("in whatever order: before is never overwritten, each change is somebody's, the last delete restores", async () => {
    await fc.assert(
        fc.asyncProperty(fc.scheduler(), fc.array(life, { minLength: 3, maxLength: 4 }), async (scheduler, lives) => {
            const world = new HandlerWorld();
            const machine = new WindowsMachine({ namespaces: BEFORE });
            world.machines.set("a", machine);
            world.turn = () => scheduler.schedule(Promise.resolve());
            await scheduler.waitFor(Promise.all(lives.map((wishes, index) => live(world, `org/owner-${index}`, wishes))));
            expect(troubleIn(machine.writes)).toEqual([]);
            expect(machine.ledger()).toEqual({});
            expect(PATHS.map((path) => machine.flag(path) === true)).toEqual(PATHS.map((path) => BEFORE[path] === true));
        }),
        fuzzRuns(150),
    );
});

test("owners who want the same all get it, and the entry names them all", async () => {
    await fc.assert(
        fc.asyncProperty(fc.scheduler(), fc.integer({ min: 2, max: 5 }), async (scheduler, count) => {
            const world = new HandlerWorld();
            world.turn = () => scheduler.schedule(Promise.resolve());
            const handler = world.handler("WmiNamespaceSecurity");
            const owners = Array.from({ length: count }, (_, index) => `org/owner-${index}`);
            await scheduler.waitFor(Promise.all(owners.map((owner) => handler.create(inputs(CONTOSO, { owner })))));
            const parsed = parseEntry(world.machine("a").ledger()["namespace:root/contoso"]);
            const named = parsed.state === "entry" ? parsed.entry.owners.map(({ owner }) => owner) : [];
            expect(named.sort()).toEqual(owners);
            expect(world.machine("a").writes.flagHistory("root/contoso")).toEqual([null, true]);
        }),
        fuzzRuns(50),
    );
});
