import { execFileSync } from "node:child_process";
import { symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { blocksOf } from "../docs/markdown";
import { exampleLife } from "./exampleLife";
import { ExampleProject } from "./exampleProject";
import { type Prepared, prepared } from "./language";
import { World, writesOf } from "./world";

const language = prepared("python");

/**
 * A user's project. Its `venv` has the package `pulumi` already, and the SDK is installed beside it. The engine tells the name of the `venv` in a way
 * that a host of v3.66 does not know, so the `venv` is activated, too.
 */
function pythonProject(needed: Prepared<"python">): ExampleProject {
    const project = new ExampleProject("python", needed);
    const programs = dirname(needed.python);
    symlinkSync(dirname(programs), join(project.folder, "venv"), "junction");
    project.putsOnPath(programs);
    const offline = ["--no-index", "--no-deps", "--no-build-isolation", "--use-pep517", "--disable-pip-version-check", "--quiet"];
    execFileSync(needed.python, ["-m", "pip", "install", ...offline, "--target", join(project.folder, "installed"), project.sdk]);
    project.sets("PYTHONPATH", join(project.folder, "installed"));
    return project;
}

const IN_PROGRAM = "canary-in-python-77d1";
const OF_PROVIDER = "canary-of-python-provider-e3a0";
/** Credentials in the program: in plain text where they belong to one resource, and in a provider of its own. */
const CREDENTIALS = `
import pulumi
import pulumi_wmisec as wmisec

def where(name):
    at = pulumi.Config().require_object(name)
    return wmisec.ConnectionArgs(host=at["host"], port=at["port"], host_key=at["hostKey"])

inline = where("inline")
inline.user = "me"
inline.password = "${IN_PROGRAM}"
flags = {"root/Contoso": wmisec.NamespacePolicyArgs(requires_encryption=True)}
wmisec.WmiNamespaceSecurity("inline", connection=inline, namespaces=flags)

provider = wmisec.Provider("lab", user="me", password="${OF_PROVIDER}")
wmisec.UnsecAppPolicy("sinks", connection=where("provided"), check_access=True, opts=pulumi.ResourceOptions(provider=provider))
`;

if ("missing" in language) test.skip(`Python programs [skipped: ${language.missing}]`, () => undefined);
else
    describe("a Python program with the generated SDK", () => {
        const world = new World({ head: "native" });
        const projects: ExampleProject[] = [];
        const newProject = (): ExampleProject => {
            const project = pythonProject(language);
            projects.push(project);
            return project;
        };
        afterAll(async () => {
            for (const project of projects) project.dispose();
            await world.dispose();
        });

        test("examples/languages/python has its whole life", async () => {
            await exampleLife(world, newProject(), (address, index) => [`servers[${index}]`, address]);
        });

        test("docs/native-plugin.md shows one with all three resources", async () => {
            const project = newProject();
            const [program = ""] = blocksOf("docs/native-plugin.md", "python");
            project.write("__main__.py", program);
            await project.init();
            await project.configure({ "wmisec:user": "me" });
            expect(await project.preview()).toMatch(/4 to create/);
        });

        test("a password in it is encrypted in the state, and one of an explicit provider is in no resource", async () => {
            const inline = await world.host("web-07", { users: [{ user: "me", password: IN_PROGRAM }] });
            const provided = await world.host("web-08", { users: [{ user: "me", password: OF_PROVIDER }] });
            const project = newProject();
            project.write("__main__.py", CREDENTIALS);
            await project.init();
            const at = Object.entries({ inline, provided }).flatMap(([name, { address, port, hostKey }]) =>
                Object.entries({ host: address, port, hostKey }).map(([field, value]) => [`${name}.${field}`, value]),
            );
            await project.configure(Object.fromEntries(at));
            const output = await project.up();
            expect(writesOf(inline)).toEqual(["root/contoso: null -> true"]);
            expect(provided.machine.ledger()).not.toEqual({});
            for (const text of [output, project.stateText()])
                for (const secret of [IN_PROGRAM, OF_PROVIDER]) expect(text.includes(secret)).toBe(false);
            // Python registers them in any order.
            const stored = (name: string) => project.resources().find(({ urn }) => urn.endsWith(`::${name}`));
            expect(stored("inline")?.inputs["connection"]).toMatchObject({ password: { ciphertext: expect.any(String) } });
            expect(stored("sinks")?.outputs["checkAccess"]).toBe(true);
            expect(JSON.stringify(stored("sinks"))).not.toMatch(/password/);
            await project.destroy();
        });
    });
