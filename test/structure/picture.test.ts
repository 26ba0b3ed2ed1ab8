import { readdirSync, readFileSync } from "node:fs";
import { join, resolve, sep } from "node:path";
import { arrows, unusedGrants } from "./sourceRules";

const ROOT = resolve(__dirname, "../..");
const SOURCES = new Map(
    ["provider", "sdk"].flatMap((folder) =>
        readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
            .filter((path) => path.endsWith(".ts"))
            .map((path) => [folder, ...path.split(sep)].join("/"))
            .map((file) => [file, readFileSync(join(ROOT, file), "utf8")] as const),
    ),
);

test("the picture in DESIGN.md shows the imports as they are", () => {
    const [, picture = ""] = /```mermaid\ngraph TD\n([^`]*)```/.exec(readFileSync(join(ROOT, "DESIGN.md"), "utf8")) ?? [];
    expect(picture.trim().split(/\n\s*/)).toEqual(arrows(SOURCES));
});

test("the table of parts allows nothing that nobody needs", () => {
    expect(unusedGrants(SOURCES)).toEqual([]);
});

test("an arrow that follows from others is left out, and a type counts", () => {
    const sources = {
        "provider/heads/a.ts": `import { b } from "../hosts/b"; import { c } from "../core/c";`,
        "provider/hosts/b.ts": `import type { C } from "../core/c";`,
        "provider/core/c.ts": "",
    };
    expect(arrows(new Map(Object.entries(sources)))).toEqual(["heads --> hosts", "hosts --> core"]);
});
