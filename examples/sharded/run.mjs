/**
 * Runs the shards on this machine, some at a time: `node run.mjs preview|up|check [SHARD...] [--parallel N]`.
 * Exits 0 if all is well, 7 if `check` found drift, 1 if a shard failed.
 */
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { CommandError, LocalWorkspace, Stack } from "@pulumi/pulumi/automation/index.js";

/** @typedef {{ refresh: true, color: "never", onOutput: (text: string) => void, onError: (text: string) => void }} Options */

/** What each command does with a stack. @type {Readonly<Record<string, (stack: Stack, options: Options) => Promise<0 | 7>>>} */
const COMMANDS = {
    preview: (stack, options) => stack.preview({ ...options, diff: true }).then(() => 0),
    up: (stack, options) => stack.up(options).then(() => 0),
    check: async (stack, options) => {
        const { changeSummary } = await stack.preview({ ...options, diff: true });
        const { same = 0, ...changes } = changeSummary;
        const changed = Object.values(changes).some((count) => count > 0);
        // A stack has at least itself: without any count the summary was lost, and nothing is known.
        if (same === 0 && !changed) throw new Error("the engine did not say what would change");
        return changed ? 7 : 0;
    },
};

const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { parallel: { type: "string", default: String(availableParallelism()) } },
});
const [name = "", ...chosen] = positionals;
const command = COMMANDS[name] ?? fail(`say what to do: ${Object.keys(COMMANDS).join(", ")}`);
const parallel = Number(values.parallel) >= 1 ? Number(values.parallel) : fail(`--parallel takes a number from 1: ${values.parallel}`);
/** @type {{ shards: number }} */
const { shards } = JSON.parse(readFileSync(join(import.meta.dirname, "inventory.json"), "utf8"));
const waiting = await stacksOf(chosen.length > 0 ? chosen : [...Array(shards).keys()]);
/** Names of stacks, by how they ended. @type {Record<0 | 7 | 1, string[]>} */
const ended = { 0: [], 7: [], 1: [] };

// The terminal sends Ctrl-C to the CLIs in progress, too. They end by themselves, and no other is begun.
process.on("SIGINT", () => ended[1].push(...waiting.splice(0).map((stack) => stack.name)));

await Promise.all(
    Array.from({ length: parallel }, async () => {
        for (let stack = waiting.shift(); stack !== undefined; stack = waiting.shift()) ended[await codeOf(stack)].push(stack.name);
    }),
);

const told = { 0: "ok", 7: "drifted", 1: "failed" };
for (const code of /** @type {const} */ ([0, 7, 1]))
    if (ended[code].length > 0) console.log(`${ended[code].length} ${told[code]}: ${ended[code].sort().join(", ")}`);
process.exitCode = ended[1].length > 0 ? 1 : ended[7].length > 0 ? 7 : 0;

/**
 * One after another: the CLI notes the selected stack in one file for all. The commands after it name theirs.
 * @param {readonly (number | string)[]} numbers
 */
async function stacksOf(numbers) {
    const workspace = await LocalWorkspace.create({ workDir: import.meta.dirname });
    const stacks = [];
    for (const shard of numbers) {
        const stack = await Stack.createOrSelect(`shard-${shard}`, workspace);
        await stack.setConfig("shard", { value: String(shard) });
        stacks.push(stack);
    }
    return stacks;
}

/** @param {Stack} stack */
async function codeOf(stack) {
    const tell = linesOf(stack.name);
    try {
        return await command(stack, { refresh: true, color: "never", onOutput: tell, onError: tell });
    } catch (error) {
        // What the CLI said is printed already.
        tell(error instanceof CommandError ? "failed\n" : `${error}\n`);
        return 1;
    }
}

/** Prints whole lines, each with the stack's name before it. @param {string} stack */
function linesOf(stack) {
    let begun = "";
    return (/** @type {string} */ text) => {
        const lines = (begun + text).split("\n");
        begun = lines.pop() ?? "";
        for (const line of lines) console.log(`${stack}: ${line}`);
    };
}

/** @param {string} message @returns {never} */
function fail(message) {
    console.error(message);
    process.exit(1);
}
