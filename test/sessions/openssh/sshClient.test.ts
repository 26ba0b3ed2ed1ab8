import { join } from "node:path";
import { findSsh } from "../../../provider/sessions/openssh/sshClient";
import { onPosix } from "../../posix";
import { goodEntry, oddEntries } from "../../scripts/oddPath";
import { temporaryFolder } from "../../scripts/runModule";

const folder = temporaryFolder();
const odd = oddEntries(folder, "ssh");
const good = goodEntry(folder, "ssh", "echo OpenSSH_9.2p1 >&2");
const found = (...entries: string[]) => findSsh({ PATH: entries.join(":") }, new AbortController().signal);

onPosix.each(Object.entries(odd))("ssh is looked for past %s on the PATH", async (_what, entry) => {
    expect(await found(entry, good)).toEqual({ path: join(good, "ssh"), version: 902 });
});

onPosix("past all of them, and not found where nothing is left", async () => {
    const entries = Object.values(odd);
    expect(await found(...entries, good)).toMatchObject({ path: join(good, "ssh") });
    expect(await found(...entries)).toBeUndefined();
    expect(await findSsh({}, new AbortController().signal)).toBeUndefined();
});
