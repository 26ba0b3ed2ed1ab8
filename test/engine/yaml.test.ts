import { appendFileSync, copyFileSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { blocksOf } from "../docs/markdown";
import { REPOSITORY } from "./cli";
import { exampleLife } from "./exampleLife";
import { ExampleProject } from "./exampleProject";
import { prepared } from "./language";
import { World, writesOf } from "./world";

const language = prepared("yaml");

const PASSWORD = "canary-in-yaml-90b2";
const users = [{ user: "me", password: PASSWORD }];

if ("missing" in language) test.skip(`YAML programs [skipped: ${language.missing}]`, () => undefined);
else
    describe("a YAML program", () => {
        const world = new World({ head: "native", yaml: language.folder });
        const projects: ExampleProject[] = [];
        /** Only the plugin is installed: a YAML program needs no package. */
        const newProject = () => world.project({ install: () => undefined });
        afterAll(async () => {
            for (const project of projects) project.dispose();
            await world.dispose();
        });

        test("has the whole life of a resource, and a password that it holds in plain text is encrypted in the state", async () => {
            const host = await world.host("web01", { users });
            const project = await newProject();
            project.programOf(
                { web01: { ...host.connection, user: "me", password: PASSWORD } },
                `const policy = new wmisec.WmiNamespaceSecurity("policy", { connection: hosts.web01, namespaces: { "root/Contoso": { requiresEncryption: true } } });
                exports.before = policy.before;`,
            );
            const outputs = [await project.preview()];
            expect(writesOf(host)).toEqual([]);
            outputs.push(await project.up());
            expect(writesOf(host)).toEqual(["root/contoso: null -> true"]);
            expect(JSON.parse(await project.succeeds(["stack", "output", "--json"]))).toEqual({
                before: { "namespace:root/contoso": "absent" },
            });
            expect(await project.up()).toMatch(/2 unchanged/);

            host.machine.behindOurBack.setFlag("root/Contoso", false);
            const { code, output } = await project.gate();
            expect(code).toBe(7);
            expect(output).toMatch(/requiresEncryption: (true => false|false => true)/);
            host.writes.clear();
            outputs.push(output, await project.up("--refresh"));
            expect(writesOf(host)).toEqual(["root/contoso: false -> true"]);
            for (const text of [project.stateText(), ...outputs]) expect(text.includes(PASSWORD)).toBe(false);

            await project.destroy();
            expect(host.machine.flag("root/Contoso")).toBe(false);
            expect(host.machine.ledger()).toEqual({});
        });

        test("needs no package; pulumi package add takes the schema that the npm package has, and leaves Pulumi.yaml as it is", async () => {
            const project = await newProject();
            const before = readFileSync(join(project.folder, "Pulumi.yaml"), "utf8");
            copyFileSync(join(REPOSITORY, "schema.json"), join(project.folder, "schema.json"));
            await project.succeeds(["package", "add", "./schema.json"]);
            expect(readdirSync(join(project.folder, "sdks"))).toEqual(["wmisec"]);
            expect(readFileSync(join(project.folder, "Pulumi.yaml"), "utf8")).toBe(before);
        });

        test("drops a host without a value before the provider sees it, and keeps one with {}", async () => {
            const project = await newProject();
            const hosts = "{ hosts: { web-01: {}, web-02: }, connection: { user: svc }, checkAccess: true }";
            const fleet = `resources: { fleet: { type: wmisec:FleetEncryptionPolicy, properties: ${hosts} } }\n`;
            appendFileSync(join(project.folder, "Pulumi.yaml"), fleet);
            const preview = await project.preview();
            expect(preview).toContain("web-01");
            expect(preview).not.toContain("web-02");
        });

        test("is written by an import, without a credential and without an owner, and its up writes no item", async () => {
            const host = await world.host("web01", { users });
            host.machine.behindOurBack.setFlag("root/cimv2", true);
            host.writes.clear();
            const project = await newProject();
            project.programOf({}, "");
            const { host: name, port, hostKey } = host.connection;
            await project.succeeds(["config", "set", "--secret", "wmisec:password", PASSWORD]);
            for (const [field, value] of Object.entries({ port, hostKey, user: "me" }))
                await project.succeeds(["config", "set", `wmisec:${field}`, String(value)]);
            const args = [
                "wmisec:index:WmiNamespaceSecurity",
                "policy",
                `${name},root/cimv2`,
                "--yes",
                "--skip-preview",
                "--protect=false",
            ];
            const text = await project.succeeds(["import", ...args]);
            const [, program = ""] = text.split(/^resources:$/m);
            expect(program).toMatch(/requiresEncryption: true/);
            expect(program).toMatch(new RegExp(`host: ${name}`));
            expect(program).not.toMatch(/owner|user|password|hostKey/i);
            expect(text.includes(PASSWORD)).toBe(false);

            project.programOf(
                { web01: { host: name } },
                `new wmisec.WmiNamespaceSecurity("policy", { connection: hosts.web01, namespaces: { "root/cimv2": { requiresEncryption: true } } });`,
            );
            await project.up();
            expect(writesOf(host)).toEqual([]);
            expect(project.resources()[0]?.outputs["before"]).toEqual({ "namespace:root/cimv2": true });
            await project.destroy();
            expect(host.machine.flag("root/cimv2")).toBe(true);
        });

        test("docs/native-plugin.md shows one with all three resources", async () => {
            const project = new ExampleProject("yaml", language);
            projects.push(project);
            const [program = ""] = blocksOf("docs/native-plugin.md", "yaml").filter((block) => block.includes("runtime: yaml"));
            project.write("Pulumi.yaml", program);
            await project.init();
            await project.configure({ "wmisec:user": "me" });
            expect(await project.preview()).toMatch(/4 to create/);
        });

        test("examples/languages/yaml has its whole life", async () => {
            const project = new ExampleProject("yaml", language);
            projects.push(project);
            await exampleLife(world, project, (address) => [`servers["${address}"].checkAccess`, true]);
        });
    });
