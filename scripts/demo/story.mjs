import { styleText } from "node:util";
import { SetupError } from "../setupError.mjs";
import { showProgress } from "../terminal.mjs";
import { withFleet } from "./project.mjs";
import { describe, itemsOf, printTable } from "./table.mjs";

const BILLING = "root/Contoso/Billing";
/** The CLI's exit code if it expected no changes and there are some. */
const DRIFTED = 7;

const WITH_BILLING = { namespaces: { [BILLING]: { requiresEncryption: true } } };

const FLEET = [host("web-01", { ring: "canary", ...WITH_BILLING }), host("web-02", WITH_BILLING), host("mgmt-01", { checkAccess: true })];

/** @param {string} name @param {{ namespaces?: object, [field: string]: unknown }} inventory */
function host(name, inventory) {
    const machine = { namespaces: Object.fromEntries(Object.keys(inventory.namespaces ?? {}).map((path) => [path, null])) };
    return { inventory, options: { name, noise: true, machine } };
}

export const tellStory = () =>
    withFleet(FLEET, async (project, hosts) => {
        console.log("Three simulated Windows hosts are up: models that speak SSH, not Windows. Everything else is real.\n");
        /** @type {[column: string, found: Map<string, string>][]} */
        const columns = [];
        const look = (/** @type {string} */ column) => {
            const found = new Map(hosts.flatMap(itemsOf));
            columns.push([column, found]);
            return found;
        };
        const wrote = () => {
            const count = hosts.reduce((sum, { writes }) => sum + writes.items.length, 0);
            for (const { writes } of hosts) writes.clear();
            return count;
        };
        const pulumi = async (/** @type {string} */ title, /** @type {string[]} */ args, exit = 0) => {
            heading(`${title}: pulumi ${args.join(" ")}`);
            const endProgress = showProgress(`pulumi ${args[0]}`, { plain: () => {}, handleSignals: true });
            return await project.run(args, { exit, onLine: (line) => console.log(line && `    ${line}`) }).finally(() => endProgress());
        };

        const before = look("before");
        await pulumi("what would change", ["preview"]);
        expect(wrote() === 0 && same(before, new Map(hosts.flatMap(itemsOf))), "a preview wrote to a host");

        await pulumi("make it so", ["up", "--yes", "--skip-preview"]);
        const up = look("after up");
        const open = [...up].filter(([item, value]) => /root/.test(item) && value !== "TRUE");
        expect(open.length === 0, "up left a namespace without encryption");
        const firstWrites = wrote();
        expect(firstWrites === 6, `up wrote ${firstWrites} times instead of 6`);

        hosts[1]?.machine.behindOurBack.setFlag("root/cimv2", false);
        heading("somebody sets RequiresEncryption(FALSE) on root\\cimv2 of web-02");
        look("after the change");
        const drift = await pulumi("who changed what", ["preview", "--expect-no-changes", "--diff"], DRIFTED);
        expect(/root\/cimv2 is false, declared true/.test(drift), "the preview did not show the drift");
        expect(/1 to update/.test(drift), "the preview would change something other than the drifted resource");

        wrote();
        await pulumi("heal it", ["up", "--yes", "--skip-preview"]);
        expect(wrote() === 1, "healing wrote something other than the one flag");
        expect(same(up, look("after heal")), "the drift was not healed");

        const again = await pulumi("and once more", ["up", "--yes", "--skip-preview"]);
        expect(wrote() === 0 && !/updated|created/.test(again), "an up with nothing to do did something");

        await pulumi("take the policy away", ["destroy", "--yes", "--skip-preview"]);
        expect(same(meaning(before), meaning(look("after destroy"))), "destroy did not restore the original values");
        const left = hosts.filter(({ machine }) => Object.keys(machine.ledger()).length > 0);
        expect(left.length === 0, "destroy left a ledger entry on a host");

        const head = ["host", "namespace or value", ...columns.map(([title]) => title)];
        const rows = [...before.keys()].map((item) => [...item.split("  "), ...columns.map(([, found]) => found.get(item) ?? "")]);
        printTable([head, ...rows]);
        console.log(
            "\nRead from the hosts, which are simulated: no Windows machine was involved. A namespace whose qualifier was absent is set back to FALSE,\n" +
                `because mofcomp can't remove a qualifier; both let everybody in. ${styleText("green", "Every step did what it should.")}`,
        );
    });

const heading = (text = "") => console.log(`\n${styleText(["bold", "cyan"], `--- ${text}`)}\n`);

/**
 * Treats an absent flag as FALSE: mofcomp can't remove a qualifier, so a destroy restores FALSE. The effect is the same.
 * @param {Map<string, string>} found
 */
function meaning(found) {
    return new Map([...found].map(([item, value]) => [item, /root/.test(item) && value === "absent" ? "FALSE" : value]));
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
