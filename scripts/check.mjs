/** Checks the sources without running them: types, formatting, lint, and the rules of test/structure/. */
import "./first.mjs";
import { runNode } from "./repository.mjs";

/** Folders with a tsconfig.json; "." is the package itself. In examples/ the package's name leads to its sources, so they need no build and no installation. */
const PROJECTS = [".", "test", "examples", "scripts"];

/** @type {[title: string, program: string, args: string[]][]} */
const CHECKS = [
    ["dist is up to date (the demo's types come from it)", "scripts/build.mjs", ["--if-changed"]],
    ...PROJECTS.map((folder) => tsc(folder)),
    ["formatting and lint", "node_modules/@biomejs/biome/bin/biome", ["check", "--error-on-warnings"]],
    ["rules of test/structure", "node_modules/jest/bin/jest.js", ["test/structure"]],
];

const failed = CHECKS.filter(([title, program, args]) => {
    console.log(`${title}:`);
    return !runNode(program, args);
});
console.log(failed.length === 0 ? "all checks passed" : `failed: ${failed.map(([title]) => title).join(", ")}`);
process.exitCode = failed.length === 0 ? 0 : 1;

/** @param {string} folder @returns {[string, string, string[]]} */
function tsc(folder) {
    return [`types of ${folder}`, "node_modules/typescript/bin/tsc", ["-p", folder, "--noEmit"]];
}
