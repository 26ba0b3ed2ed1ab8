import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { SCRIPTS } from "./runModule";

const { scripts } = JSON.parse(readFileSync(resolve(SCRIPTS, "../package.json"), "utf8")) as { scripts: Record<string, string> };
const ENTRIES = [
    ...Object.values(scripts)
        .join(" ")
        .matchAll(/node scripts\/(\S+\.mjs)/g),
].map(([, file = ""]) => file);

/** The packages that a script needs before its first line runs: those of its own `import` lines, and of the files that these name. */
function packagesOf(file: string, seen = new Set<string>()): string[] {
    if (seen.has(file)) return [];
    seen.add(file);
    const lines = readFileSync(join(SCRIPTS, file), "utf8").matchAll(/^(?:import|export)(?: [^;]*? from)? "([^"]+)";$/gm);
    return [...lines].flatMap(([, name = ""]) => {
        if (name.startsWith("./")) return packagesOf(name.slice(2), seen);
        return name.startsWith("node:") ? [] : [`${file} imports ${name}`];
    });
}

test.each([...new Set(ENTRIES), "release.mjs"])("%s can say what is missing where no package is", (file) => {
    expect(packagesOf(file)).toEqual([]);
});

test("the check finds it: the compiler of dist/ comes from packages", () => {
    expect(packagesOf("dist.mjs")).toContain("lock.mjs imports proper-lockfile");
});

test.each(["setup.mjs", "build.mjs", "check.mjs"])("%s begins with the first step", (file) => {
    expect(readFileSync(join(SCRIPTS, file), "utf8")).toMatch(/^\/\*\*[\s\S]*?\*\/\nimport "\.\/first\.mjs";\n/);
});
