import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Connection, INSECURE_ACCEPT_ANY } from "../../core/connection";
import { hostKeysIn } from "../../core/connection/hostKeyText";
import { WmisecError } from "../../core/errors";
import { exhausted } from "../controllerFault";
import { expandHome } from "../expandHome";
import { decodeKey, fingerprintOf } from "../publicKey";
import { keyOf } from "../trust";
import { HOST_KEY_ALIAS, type OpensshTrust } from "./sshArguments";
import { SshLog } from "./sshLog";

/**
 * The folder of one run of ssh, which only this user can enter: what `hostKey` says, as a known_hosts file, and ssh's log.
 * The names are needed until ssh is logged in and not longer: a later exchange of keys is compared with the key that ssh
 * remembers, and who has the log open goes on with it.
 */
export class SshFiles {
    readonly trust: OpensshTrust;
    readonly log: SshLog;
    /** Of `hostKey`: `ssh-ed25519 SHA256:...`. */
    readonly expected: readonly string[];
    readonly #folder: string;

    /** @throws WmisecError `invalidInput` for a key that is damaged, and where the controller has no room for files. */
    constructor({ hostKey, knownHostsFile }: Pick<Connection, "hostKey" | "knownHostsFile">) {
        const anybody = hostKey === INSECURE_ACCEPT_ANY;
        const lines = anybody ? [] : [hostKey ?? []].flat().flatMap(knownHostsLines);
        this.expected = fingerprints(lines);
        const base = tmpdir();
        let folder: string | undefined;
        try {
            folder = mkdtempSync(join(base, `pulumi-wmisec-${process.pid}-`));
            const file = join(folder, "known_hosts");
            if (hostKey !== undefined) writeFileSync(file, lines.map((line) => `${line}\n`).join(""), { mode: 0o600, flag: "wx" });
            this.log = new SshLog(join(folder, "log"));
            if (hostKey !== undefined) this.trust = { keys: anybody ? "anybody" : "pinned", file };
            else this.trust = knownHostsFile === undefined ? { keys: "configured" } : { keys: "file", file: knownHostsFile };
        } catch (error) {
            if (folder !== undefined) removed(folder);
            throw noRoom(base, error as NodeJS.ErrnoException);
        }
        this.#folder = folder;
    }

    /** The key that was shown at a login to anybody: `ssh-ed25519 SHA256:...`. */
    shown(): string {
        if (this.trust.keys !== "anybody") return "";
        try {
            return fingerprints(readFileSync(this.trust.file, "utf8").split("\n")).join("\n") || "a key that ssh did not tell";
        } catch (error) {
            return `a key that could not be read (${(error as NodeJS.ErrnoException).code})`;
        }
    }

    /** Files with keys that ssh may have looked into and that are UTF-16, in whole or in part: it skips what it can't read. */
    unreadable(home: string): string[] {
        const looked = this.trust.keys === "file" ? [this.trust.file] : this.trust.keys === "configured" ? ["~/.ssh/known_hosts"] : [];
        return looked.filter((file) => hasZeroByte(expandHome(file, home)));
    }

    /** ssh is logged in. Windows may not let go of a file that is open: there the folder stays until ssh has ended. */
    loggedIn(): void {
        if (process.platform !== "win32") removed(this.#folder);
    }

    /** ssh has ended. Twice is as good as once. */
    remove(): void {
        this.log.close();
        removed(this.#folder);
    }
}

const removed = (folder: string): void => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });

/** As text in UTF-16 has, and text that ssh reads has not. */
function hasZeroByte(path: string): boolean {
    try {
        return statSync(path).isFile() && readFileSync(path).includes(0);
    } catch {
        // ssh says for itself that a file is not there or not to be read.
        return false;
    }
}

const fingerprints = (lines: readonly string[]): string[] =>
    lines.flatMap((line) => {
        const [, type = "", base64 = ""] = line.split(" ");
        const key = decodeKey(type, base64);
        return key === undefined ? [] : [`${type} ${fingerprintOf(key)}`];
    });

/** Fingerprints are refused before: ssh compares whole keys. */
function knownHostsLines(text: string): string[] {
    return hostKeysIn(text).keys.flatMap((named) =>
        named.kind === "key" ? [`${HOST_KEY_ALIAS} ${named.type} ${keyOf(named, "connection.hostKey").toString("base64")}`] : [],
    );
}

/** A fault of the controller, not of the host. */
const noRoom = (base: string, { code, message }: NodeJS.ErrnoException): WmisecError =>
    exhausted(code, `make the program ssh's files in ${base}`) ??
    new WmisecError("invalidInput", `the program ssh needs files that could not be made in ${base} (${code ?? message})`, {
        remedy: "see that the account that runs pulumi may write there, that the disk is not full, and how many files it may open (ulimit -n)",
    });
