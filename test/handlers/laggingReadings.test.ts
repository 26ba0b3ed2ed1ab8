import { isWmisecError } from "../../provider/core/errors";
import type { Properties } from "../../provider/handlers/handler";
import { PartialFailure } from "../../provider/handlers/partialFailure";
import type { InstanceReading } from "../../provider/model/namespaceTree";
import { WindowsMachine } from "../../provider/model/windowsMachine";
import { inputs, requiring } from "../inputs";
import { HandlerWorld } from "./world";

/** One of a flag's two readings shows a write only after the WMI service was restarted: the parent (`stale`), or the singleton (`ahead`). */

const PATH = "root/contoso";
const OTHER = "root/other";

interface Made {
    id: string;
    outs: Properties;
}

let world: HandlerWorld;
let machine: WindowsMachine;
beforeEach(() => {
    world = new HandlerWorld();
});
const handler = () => world.handler("WmiNamespaceSecurity");

function machineWith(before: boolean | null, reading: InstanceReading): void {
    machine = new WindowsMachine({ namespaces: { [PATH]: before, [OTHER]: before }, instanceReading: reading });
    world.machines.set("a", machine);
}

const declared = (policy: boolean, paths: readonly string[] = [PATH], owner = "org/one"): Properties =>
    inputs(requiring(paths, policy), { owner });

/** Runs until it succeeds, with a restart of the WMI service after each error, as the errors say. */
async function until<T>(work: (made: Made | undefined) => Promise<T>, made?: Made): Promise<T> {
    let known = made;
    for (let attempt = 0; attempt < 4; attempt += 1) {
        try {
            return await work(known);
        } catch (error) {
            const failure = error instanceof PartialFailure ? error.failure : error;
            if (!isWmisecError(failure) || (failure.code !== "readingsDiffer" && failure.code !== "readBackDiffers")) throw error;
            if (error instanceof PartialFailure) known = { id: error.id, outs: error.properties };
            machine.restartWmi();
        }
    }
    throw new Error("no end of it");
}

const up = (news: Properties, made?: Made): Promise<Made> =>
    until(async (known) => {
        if (known === undefined) return handler().create(news);
        return { id: known.id, outs: await handler().update(known.id, known.outs, news) };
    }, made);

/** As `up`, and the service is not restarted where it fails. */
async function upOnce(news: Properties): Promise<Made> {
    try {
        return await handler().create(news);
    } catch (error) {
        if (error instanceof PartialFailure) return { id: error.id, outs: error.properties };
        throw error;
    }
}

const destroy = ({ id, outs }: Made): Promise<void> => until(() => handler().delete(id, outs));

/** What is in force once the service has been restarted, and what is remembered. */
function expectRestored(before: boolean | null, paths: readonly string[] = [PATH, OTHER]): void {
    machine.restartWmi();
    expect(paths.map((path) => machine.namespaces.isEnforced(path))).toEqual(paths.map(() => before === true));
    expect(paths.map((path) => machine.flag(path) === true)).toEqual(paths.map(() => before === true));
    expect(machine.ledger()).toEqual({});
}

const cases = (["stale", "ahead"] as const).flatMap((reading) =>
    ([true, false, null] as const).flatMap((before) => [true, false].map((policy) => [reading, before, policy] as const)),
);

describe.each(cases)("%s, %s before, declared %s", (reading, before, policy) => {
    beforeEach(() => machineWith(before, reading));

    test.each([true, false])("up and destroy, with a restart between them: %s", async (restart) => {
        const made = await upOnce(declared(policy));
        if (restart) machine.restartWmi();
        await destroy(made);
        expectRestored(before);
    });

    test.each([true, false])("destroy, and up again at once: before is what is stored, restart between: %s", async (restart) => {
        await destroy(await up(declared(policy)));
        if (restart) machine.restartWmi();
        await destroy(await up(declared(policy)));
        expectRestored(before);
    });

    test("the ledger's entry is lost", async () => {
        const made = await up(declared(policy));
        machine.behindOurBack.loseLedger();
        // Nobody remembers of a write of which the ledger was lost how it ended.
        machine.restartWmi();
        await destroy(made);
        expectRestored(before);
    });

    test("the ledger's entry is lost, and nothing was restarted", async () => {
        const made = await upOnce(declared(policy));
        // An up that failed half way does not know yet what stood there.
        if (Object.keys(made.outs["before"] ?? {}).length === 0) return;
        machine.behindOurBack.loseLedger();
        await destroy(made);
        expectRestored(before);
    });

    test("another owner joins, and both leave", async () => {
        const one = await upOnce(declared(policy));
        const two = await upOnce(declared(policy, [PATH], "org/two"));
        await destroy(one);
        await destroy(two);
        expectRestored(before);
    });

    test("an update takes a namespace out", async () => {
        const made = await upOnce(declared(policy, [PATH, OTHER]));
        const later = await up(declared(policy, [OTHER]), made);
        expect(Object.keys(machine.ledger())).toEqual([`namespace:${OTHER}`]);
        machine.restartWmi();
        expect(machine.namespaces.isEnforced(PATH)).toBe(before === true);
        await destroy(later);
        expectRestored(before);
    });

    test("what a lost state left behind is released by the next create", async () => {
        await upOnce(declared(policy, [PATH, OTHER]));
        const made = await up(declared(policy, [OTHER]));
        await destroy(made);
        expectRestored(before);
    });

    test("the next life takes over, and is deleted", async () => {
        await upOnce(declared(policy));
        const made = await upOnce(declared(policy));
        await destroy(made);
        expectRestored(before);
    });

    test("the declared flag is inverted, and the update is killed between the entry and the item", async () => {
        const made = await upOnce(declared(policy));
        world.carriedOut = () => 1;
        world.afterApply = () => {
            throw new Error("killed");
        };
        await handler()
            .update(made.id, made.outs, declared(!policy))
            .catch(() => undefined);
        world.carriedOut = (steps) => steps.length;
        world.afterApply = () => undefined;
        machine.restartWmi();
        await destroy(made);
        expectRestored(before);
    });
});
