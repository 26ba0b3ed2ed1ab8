import type { SimulatedHost } from "../../../provider/simulator";
import { NATIVE } from "../heads";
import { neverUnencrypted, policy, restored } from "../oneFlag";
import type { Project } from "../project";
import { until } from "../until";
import { World } from "../world";
import { conditionsOf, fleet } from "./declared";

const world = new World(NATIVE);
afterAll(() => world.dispose());

const onLinux =
    process.platform === "linux"
        ? test
        : (title: string) => test.skip(`${title} [skipped: needs Linux, to see processes]`, () => undefined);

let hosts: readonly SimulatedHost[];
let project: Project;

const SINGLES = ["single1", "single2"];
const DONE = ["done-1", "done-2"];
/** The host has carried out the write, and the answer never comes. */
const HANGING = ["hanging-1", "hanging-2"];

onLinux(
    "without checkpoints a killed run leaves a state that has heard of nothing: the next up adopts it, and destroy restores it",
    async () => {
        hosts = await Promise.all([...SINGLES, ...DONE, ...HANGING].map((name) => world.host(name)));
        project = await world.project({ environment: { PULUMI_SKIP_CHECKPOINTS: "true" } });
        project.program(
            hosts,
            SINGLES.map((name) => policy(name, "", name)).join("\n") +
                fleet(
                    `namespaces: { "root/Contoso": { requiresEncryption: true } }`,
                    "fleet",
                    `Object.keys(hosts).filter((name) => !name.startsWith("single"))`,
                ),
        );
        const hanging = hosts.filter(({ name }) => HANGING.includes(name));
        for (const { faults } of hanging) faults.on("verbHangs", { verb: "apply", when: "after" });

        const up = project.start(["up", "--yes", "--skip-preview"]);
        let output = "";
        up.child.stdout?.on("data", (chunk) => (output += String(chunk)));
        const isWritten = () => hosts.every(({ machine }) => machine.flag("root/Contoso") === true);
        const isSaidOf = (name: string) => new RegExp(`${name} created`).test(output);
        expect(await until(() => isWritten() && SINGLES.every(isSaidOf), 120)).toBe(true);
        up.child.kill("SIGKILL");
        await up.ended;
        expect(await until(() => project.plugins().length === 0, 10)).toBe(true);
        expect(project.resources()).toEqual([]);

        for (const { faults } of hanging) faults.off();
        project.mendAttributes();
        await project.succeeds(["cancel", "--yes"]);
        await project.up();
        expect(project.resources()).toHaveLength(SINGLES.length + 1);
        expect(conditionsOf(project)).toEqual({ compliant: DONE.length + HANGING.length });
        for (const host of hosts) neverUnencrypted(host);

        await project.destroy();
        for (const host of hosts) restored(host);
    },
);
