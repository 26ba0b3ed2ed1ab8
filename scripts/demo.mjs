/**
 * Three simulated Windows hosts and the example fleet on the real Pulumi CLI: preview, up, drift, preview, up, up, destroy. Ends with a table
 * of what the hosts had at each point, read from the hosts. Exits 0 only if every step did what it should.
 */
import { randomBytes } from "node:crypto";
import { DemoProject } from "./demo/project.mjs";
import { describe, itemsOf, printTable } from "./demo/table.mjs";
import { madeBySetup } from "./madeBySetup.mjs";
import { reportAndFail, SetupError } from "./setupError.mjs";

const PASSWORD = randomBytes(12).toString("base64url");
const USER = "CONTOSO\\svc-pulumi";
const BILLING = "root/Contoso/Billing";

/** What the CLI exits with when it expected no changes and there are some. */
const DRIFTED = 7;

/** @type {[name: string, namespaces: string[], checkSinkAccess: boolean][]} */
const FLEET = [
    ["web-01", [BILLING], false],
    ["web-02", [BILLING], false],
    ["mgmt-01", [], true],
];

try {
    await demo();
} catch (error) {
    reportAndFail(error);
}

async function demo() {
    const cli = madeBySetup();
    const { startSimulatedHosts } = await import("../dist/provider/simulator/index.js");
    const hosts = await startSimulatedHosts(
        FLEET.map(([name, namespaces]) => ({
            name,
            noise: true,
            users: [{ user: USER, password: PASSWORD }],
            machine: { namespaces: Object.fromEntries(namespaces.map((path) => [path, null])) },
        })),
    );
    try {
        await show(cli, hosts);
    } finally {
        await Promise.all(hosts.map((host) => host.stop()));
    }
}

/** @param {ReturnType<typeof madeBySetup>} cli @param {readonly import("../dist/provider/simulator/index.js").SimulatedHost[]} hosts */
async function show(cli, hosts) {
    const project = new DemoProject(cli, {
        inventory: hosts.map(({ name, address, port, hostKey }, index) => ({
            name,
            host: address,
            port,
            hostKey,
            namespaces: FLEET[index]?.[1],
            checkSinkAccess: FLEET[index]?.[2],
        })),
        password: PASSWORD,
    });
    try {
        console.log("Three simulated Windows hosts are up: models that speak SSH, not Windows. Everything else is real.\n");
        await project.init(USER);
        /** @type {[column: string, found: Map<string, string>][]} */
        const columns = [];
        const look = (/** @type {string} */ column) => {
            columns.push([column, new Map(hosts.flatMap(itemsOf))]);
            return columns.at(-1)?.[1] ?? new Map();
        };
        const wrote = () => {
            const count = hosts.reduce((sum, { writes }) => sum + writes.items.length, 0);
            for (const { writes } of hosts) writes.clear();
            return count;
        };

        const before = look("before");
        await project.pulumi("what would change", ["preview"]);
        expect(wrote() === 0 && same(before, look("after preview")), "a preview wrote to a host");
        columns.pop();

        await project.pulumi("make it so", ["up", "--yes", "--skip-preview"]);
        const up = look("after up");
        expect(
            [...up].every(([item, value]) => !/root/.test(item) || value === "TRUE"),
            "up left a namespace without encryption",
        );
        const firstWrites = wrote();
        expect(firstWrites === 6, `up wrote ${firstWrites} times instead of 6`);

        const [, victim] = hosts;
        victim?.machine.behindOurBack.setFlag("root/cimv2", false);
        console.log("\n--- somebody sets RequiresEncryption(FALSE) on root\\cimv2 of web-02\n");
        look("after the change");
        const drift = await project.pulumi("who changed what", ["preview", "--expect-no-changes", "--diff"], DRIFTED);
        expect(/root\/cimv2 is false, declared true/.test(drift), "the preview did not show the drift");
        expect(/1 to update/.test(drift), "the preview would change something else than the drifted resource");

        for (const { writes } of hosts) writes.clear();
        await project.pulumi("heal it", ["up", "--yes", "--skip-preview"]);
        expect(wrote() === 1, "healing wrote something else than the one flag");
        expect(same(up, look("after heal")), "the drift was not healed");

        const again = await project.pulumi("and once more", ["up", "--yes", "--skip-preview"]);
        expect(wrote() === 0 && !/updated|created/.test(again), "an up with nothing to do did something");

        await project.pulumi("take the policy away", ["destroy", "--yes", "--skip-preview"]);
        const after = look("after destroy");
        // What was absent is put back as FALSE: mofcomp can't take a qualifier away, and the effect is the same.
        const meaning = (/** @type {Map<string, string>} */ found) =>
            new Map([...found].map(([item, value]) => [item, /root/.test(item) && value === "absent" ? "FALSE" : value]));
        expect(same(meaning(before), meaning(after)), "destroy did not put back what stood there before");
        expect(
            hosts.every(({ machine }) => Object.keys(machine.ledger()).length === 0),
            "destroy left a ledger entry on a host",
        );

        printTable(columns);
        console.log(
            "\nRead from the hosts, which are simulated: no Windows machine was involved. A namespace whose qualifier was absent is put back to FALSE,\n" +
                "because mofcomp can't take a qualifier away; both let everybody in. Every step did what it should.",
        );
    } finally {
        project.dispose();
    }
}

/** @param {Map<string, string>} a @param {Map<string, string>} b */
function same(a, b) {
    return describe(a) === describe(b);
}

/** @param {boolean} condition @param {string} problem */
function expect(condition, problem) {
    if (!condition)
        throw new SetupError(`the demo failed: ${problem}`, { remedy: "this is a bug: please report it with the output above" });
}
