import {
    adopted,
    BACKUP,
    content,
    DEFINITION_BY_NAME,
    EDITED,
    FILE,
    filesOn,
    type Has,
    hostWith,
    namespace,
    ORIGINAL,
    ours,
    SOMEBODYS,
    short,
} from "./definitionFile";
import { mine, yours } from "./entries";

/** The last owner of a definition goes: the backup is put back, where the file is as we left it. */

const during = `entry before=${short(ORIGINAL)} written=${short(EDITED)} writing=${short(ORIGINAL)} owners=org/me#s1:true for root/contoso`;
const putBack = [during, `contoso.mof ${short(ORIGINAL)}`, "contoso.mof.pulumi-wmisec-backup gone", "entry gone"];
const killed = { ...ours, written: undefined, writing: content(EDITED) };

test.each<[string, Has, string[], RegExp | undefined]>([
    ["as we wrote it: put back", { text: EDITED, backup: ORIGINAL, entry: ours }, putBack, undefined],
    ["a killed run had written it: put back", { text: EDITED, backup: ORIGINAL, entry: killed }, putBack, undefined],
    [
        "as before: only the backup goes",
        { text: ORIGINAL, backup: ORIGINAL, entry: ours },
        [during, "contoso.mof.pulumi-wmisec-backup gone", "entry gone"],
        undefined,
    ],
    ["as before and no backup", { text: ORIGINAL, entry: ours }, ["entry gone"], undefined],
    ["adopted, never edited", { text: EDITED, entry: adopted }, ["entry gone"], undefined],
    [
        "changed by somebody: left, and told where the backup is",
        { text: SOMEBODYS, backup: ORIGINAL, entry: ours },
        ["entry gone"],
        /somebody changed it since; the backup is .*\.pulumi-wmisec-backup$/,
    ],
    ["the backup is gone: left", { text: EDITED, entry: ours }, ["entry gone"], /its backup .* is gone/],
    [
        "another backup: left",
        { text: EDITED, backup: SOMEBODYS, entry: ours },
        ["entry gone"],
        /with our flag in it.*its backup is not the original/,
    ],
    [
        "as before, with another backup: left",
        { text: ORIGINAL, backup: SOMEBODYS, entry: ours },
        ["entry gone"],
        /was left as it was before, because its backup is not the original; the backup is/,
    ],
    [
        "the file is gone: not made again",
        { backup: ORIGINAL, entry: ours },
        ["entry gone"],
        /is gone, and was not created again; the backup is/,
    ],
    ["file and backup are gone", { entry: ours }, ["entry gone"], undefined],
    ["not MOF any more: hashes are enough", { text: "{{{", backup: ORIGINAL, entry: ours }, ["entry gone"], /somebody changed it since/],
    [
        "the namespace is gone: put back all the same",
        { text: EDITED, backup: ORIGINAL, entry: ours, namespace: "missing" },
        putBack,
        undefined,
    ],
])("%s", async (_title, has, written, warning) => {
    const outcome = await hostWith(has).release(DEFINITION_BY_NAME);
    expect(outcome).toMatchObject({ written, notes: [], error: undefined });
    expect(outcome.warnings).toEqual(warning === undefined ? [] : [expect.stringMatching(warning)]);
});

test("others who want it keep it edited", async () => {
    const wants = { namespace, requires: true };
    const { written } = await hostWith({
        text: EDITED,
        backup: ORIGINAL,
        entry: { ...ours, owners: [mine(wants), yours(wants)] },
    }).release(DEFINITION_BY_NAME);
    expect(written).toEqual([`entry before=${short(ORIGINAL)} written=${short(EDITED)} owners=org/you#s9:true for root/contoso`]);
});

test("the entry is lost: what we wrote is not known, so the file stays and it is told where the backup is", async () => {
    const { written, warnings } = await hostWith({ text: EDITED, backup: ORIGINAL }).release(DEFINITION_BY_NAME, {
        memory: [[DEFINITION_BY_NAME, { before: content(ORIGINAL) }]],
    });
    expect(written).toEqual([]);
    expect(warnings.join()).toMatch(/what we wrote is not known; the backup is .*; the ledger has no entry for it/);
});

describe("onDelete: leave", () => {
    const leave = (has: Has) => hostWith(has).release(DEFINITION_BY_NAME, { onDelete: "leave" });

    test("file and backup stay, and it is told where that is", async () => {
        const host = hostWith({ text: EDITED, backup: ORIGINAL, entry: ours });
        const { written, notes } = await host.release(DEFINITION_BY_NAME, { onDelete: "leave" });
        expect(written).toEqual(["entry gone"]);
        expect(filesOn(host)).toEqual([EDITED, ORIGINAL]);
        expect(notes).toEqual([`${FILE.toLowerCase()} stays as we edited it; the original is in ${BACKUP.toLowerCase()}`]);
    });

    test("of a file that we never edited, nothing is told", async () => {
        expect(await leave({ text: EDITED, entry: adopted })).toMatchObject({ written: ["entry gone"], notes: [] });
    });

    test("while others want it, only that is told", async () => {
        const wants = { namespace, requires: true };
        const { notes } = await leave({ text: EDITED, backup: ORIGINAL, entry: { ...ours, owners: [mine(wants), yours(wants)] } });
        expect(notes).toEqual([expect.stringMatching(/stays as it is: still wanted by org\/you/)]);
    });
});
