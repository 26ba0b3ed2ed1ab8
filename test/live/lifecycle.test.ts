import type { Connection } from "../../provider/core/connection";
import { observeRequestFor } from "../../provider/core/items/item";
import { writeStep } from "../../provider/core/items/itemState";
import { meansSame } from "../../provider/core/items/itemValue";
import type { Item } from "../../provider/core/items/kind";
import type { LiveValue } from "../../provider/core/items/kinds";
import { namespaceItem } from "../../provider/core/items/namespaceFlag";
import { UNSEC_APP_ITEM } from "../../provider/core/items/registryValue";
import { recordedState } from "../../provider/core/ledger/record";
import type { Observation } from "../../provider/core/wire/observation";
import type { AgentHost } from "../../provider/hosts/agentHost";
import { Project } from "../engine/project";
import { environmentOf, RealHost, realConnection, requireThrowAway, SKIPPED, THROW_AWAY } from "./realHost";

const FLAG = namespaceItem(THROW_AWAY);
const ITEMS = [FLAG, UNSEC_APP_ITEM];
const CHECKS: LiveValue = { kind: "REG_SZ", value: "1" };

const connection = realConnection();

if (connection === undefined) test.skip(`the life of both resources on a real Windows ${SKIPPED}`, () => undefined);
else describe("the life of both resources on a real Windows", () => lifeOn(connection));

/** By the real CLI. Looks at the host through our own agent: there is no other way to it. */
function lifeOn(target: Connection): void {
    const real = new RealHost(target);
    const project = new Project({ name: "live", environment: environmentOf(target) });
    let host: AgentHost;
    let before: Observation;
    let declared: Observation;
    let isUp = false;

    const look = () => host.observe(observeRequestFor(ITEMS));

    beforeAll(async () => {
        host = real.open();
        await requireThrowAway(host);
        before = await look();
        await project.init();
        project.programOf(
            { target },
            `new wmisec.WmiNamespaceSecurity("policy", { connection: hosts.target, namespaces: { "root/wmisec_test": { requiresEncryption: true } } });
             new wmisec.UnsecAppPolicy("policy", { connection: hosts.target, checkAccess: true });`,
        );
    });

    afterAll(async () => {
        try {
            if (isUp) await project.destroy();
        } finally {
            project.dispose();
            await real.dispose();
        }
    });

    test("preview shows both and writes nothing", async () => {
        expect(await project.preview()).toMatch(/3 to create/);
        expect(await look()).toEqual(before);
    });

    test("up makes it so", async () => {
        isUp = true;
        await project.up();
        declared = await look();
        expect(ITEMS.map((item) => valueIn(declared, item))).toEqual([true, CHECKS]);
        expect(declared.ledger).toHaveLength(before.ledger.length + ITEMS.length);
    });

    test("up again changes nothing, with a look at the host too; the gate is open", async () => {
        expect(await project.up()).toMatch(/3 unchanged/);
        expect(await project.up("--refresh")).toMatch(/3 unchanged/);
        const gate = await project.gate();
        expect([gate.code, gate.code === 0 ? "" : gate.output]).toEqual([0, ""]);
        expect(await look()).toEqual(declared);
    });

    test("drift closes the gate, and up --refresh heals it", async () => {
        const drift = await host.apply([writeStep(false, recordedState(FLAG, declared), "mofcomp")], observeRequestFor(ITEMS));
        expect(drift).toMatchObject({ done: 1, stopped: null });
        const gate = await project.gate();
        expect(gate.output).toContain("root/wmisec_test is false, declared true");
        expect(gate.code).toBe(7);
        await project.up("--refresh");
        // The ledger may tell more now: where the host had the flag from the beginning, this was the first write.
        const { namespaces, values } = declared;
        expect(await look()).toMatchObject({ namespaces, values });
    });

    test("destroy puts back what stood there before, and leaves no trace", async () => {
        await project.destroy();
        isUp = false;
        const after = await look();
        for (const item of ITEMS) {
            const [was, is] = [valueIn(before, item), valueIn(after, item)];
            // mofcomp can't take a qualifier away: what was absent is put back as FALSE, which means the same.
            if (!meansSame(item, was, is)) expect(is).toEqual(was);
        }
        expect(after.ledger).toEqual(before.ledger);
    });
}

const valueIn = (seen: Observation, item: Item): LiveValue => recordedState(item, seen).live;
