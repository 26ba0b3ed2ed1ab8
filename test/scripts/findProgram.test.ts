import { join } from "node:path";
import { onPosix } from "../posix";
import { goodEntry, oddEntries } from "./oddPath";
import { runModule, SCRIPTS, temporaryFolder } from "./runModule";

const folder = temporaryFolder();
const odd = oddEntries(folder, "pulumi");
const good = goodEntry(folder, "pulumi", "exit 0");

async function found(entries: readonly string[], how: "PATH" | "folders"): Promise<unknown> {
    const where = how === "PATH" ? "searchPath()" : JSON.stringify(entries);
    const { exit, stdout, stderr } = await runModule(
        `
        import { findProgram, searchPath } from "${SCRIPTS}/findProgram.mjs";
        console.log(JSON.stringify(findProgram("pulumi", ${where}) ?? null));
        `,
        how === "PATH" ? { PATH: entries.join(":") } : {},
    );
    expect([exit, stderr]).toEqual([0, ""]);
    return JSON.parse(stdout);
}

onPosix.each(Object.entries(odd))("looks past %s", async (_what, entry) => {
    expect(await found([entry, good], "PATH")).toBe(join(good, "pulumi"));
});

onPosix("looks past all of them, and says so where nothing is left", async () => {
    const entries = [...Object.values(odd), `${folder}/a\0b`];
    expect(await found([...entries, good], "folders")).toBe(join(good, "pulumi"));
    expect(await found(entries, "folders")).toBeNull();
});
