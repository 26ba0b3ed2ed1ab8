import { existsSync, readFileSync, statSync } from "node:fs";
import { join, posix } from "node:path";
import { anchorsOf, DOCUMENTS, linksOf, ROOT } from "./markdown";

const LINKS = DOCUMENTS.flatMap((file) =>
    linksOf(file)
        .filter((target) => !/^https?:/.test(target))
        .map((target) => {
            const [path = "", anchor] = target.split("#");
            return { file, target, path: path === "" ? file : posix.join(posix.dirname(file), path), anchor };
        }),
);

test("every relative link leads to a file, and every anchor to a heading", () => {
    expect(LINKS.length).toBeGreaterThan(80);
    const broken = LINKS.filter(
        ({ path, anchor }) =>
            !existsSync(join(ROOT, path)) || (anchor !== undefined && (!path.endsWith(".md") || !anchorsOf(path).includes(anchor))),
    );
    expect(broken).toEqual([]);
});

test("a heading has an anchor of its own", () => {
    const twins = DOCUMENTS.flatMap((file) => {
        const anchors = anchorsOf(file);
        return anchors.filter((anchor, index) => anchors.indexOf(anchor) !== index).map((anchor) => `${file}#${anchor}`);
    });
    expect(twins).toEqual([]);
});

test("each page of docs/ can be reached from the README, by links", () => {
    const reached = new Set(["README.md"]);
    for (const page of reached) for (const { file, path } of LINKS) if (file === page && path.endsWith(".md")) reached.add(path);
    expect(DOCUMENTS.filter((file) => !reached.has(file))).toEqual([]);
});

/** They are for those who have a clone, and so is what they lead to. */
const OF_THE_REPOSITORY = ["DESIGN.md", "CONTRIBUTING.md"];

test("what a document in the package links to is in the package", () => {
    const { files } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { files: string[] };
    const shapes = [...files, "README.md", "LICENSE"].map(
        (glob) => new RegExp(`^${glob.replaceAll(".", "\\.").replaceAll("*", "[^/]+")}(/|$)`),
    );
    const isPacked = (path: string) => shapes.some((shape) => shape.test(path));
    const packed = LINKS.filter(({ file }) => isPacked(file));
    expect(packed.length).toBeGreaterThan(70);
    expect(packed.filter(({ path }) => !isPacked(path) && !OF_THE_REPOSITORY.includes(path))).toEqual([]);
    expect(packed.filter(({ path }) => statSync(join(ROOT, path)).isDirectory())).toEqual([]);
});
