import { exampleLife } from "./exampleLife";
import { ExampleProject } from "./exampleProject";
import { prepared } from "./language";
import { World } from "./world";

const language = prepared("go");

if ("missing" in language) test.skip(`Go programs [skipped: ${language.missing}]`, () => undefined);
else
    describe("a Go program with the generated SDK", () => {
        const world = new World({ head: "native" });
        const project = new ExampleProject("go", language);
        afterAll(async () => {
            project.dispose();
            await world.dispose();
        });

        test("examples/languages/go has its whole life", async () => {
            for (const [name, value] of Object.entries(language.environment)) project.sets(name, value);
            await exampleLife(world, project, (address, index) => [`servers[${index}]`, address]);
        });
    });
