import { cpSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "./cli";
import { World } from "./world";

const world = new World({ head: "native" });
afterAll(() => world.dispose());

test("Pulumi's own check finds nothing wrong with the schema", async () => {
    const project = await world.project();
    cpSync(join(REPOSITORY, "schema.json"), join(project.folder, "schema.json"));
    await project.succeeds(["schema", "check", "schema.json"]);
});

test("the plugin tells the same schema", async () => {
    const project = await world.project();
    const told = await project.succeeds(["package", "get-schema", "./node_modules/.bin/pulumi-resource-wmisec"]);
    const { resources } = JSON.parse(told.slice(told.indexOf("{"))) as { resources: object };
    expect(Object.keys(resources)).toContain("wmisec:index:WmiNamespaceSecurity");
});
