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
 * The folder of one run of ssh, which only this user can enter. It holds the keys of `hostKey` as a known_hosts file, and ssh's log.
 * The files are needed by name only until ssh is logged in. In a later key exchange ssh compares with the key that it
 * remembers, and open handles of the log stay valid.
 */
export class SshFiles {
    readonly trust: OpensshTrust;
    readonly log: SshLog;
    /** The keys of `hostKey`: `ssh-ed25519 SHA256:...`. */
    readonly expected: readonly string[];
    readonly #folder: string;

    /** @throws WmisecError `invalidInput` for a damaged key, or if the files can't be made. */
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

    /** With unchecked keys, the key that the host showed: `ssh-ed25519 SHA256:...`. */
    shown(): string {
        if (this.trust.keys !== "anybody") return "";
        try {
            return fingerprints(readFileSync(this.trust.file, "utf8").split("\n")).join("\n") || "a key that ssh did not report";
        } catch (error) {
            return `a key that could not be read (${(error as NodeJS.ErrnoException).code})`;
        }
    }

    /** The known_hosts files that ssh may have read and that are UTF-16, in whole or in part. ssh skips such lines. */
    unreadable(home: string): string[] {
        const looked = this.trust.keys === "file" ? [this.trust.file] : this.trust.keys === "configured" ? ["~/.ssh/known_hosts"] : [];
        return looked.filter((file) => hasZeroByte(expandHome(file, home)));
    }

    /** Call it after the login. Windows may refuse to delete an open file, so there the folder stays until ssh has ended. */
    loggedIn(): void {
        if (process.platform !== "win32") removed(this.#folder);
    }

    /** Call it when ssh has ended. May be called twice. */
    remove(): void {
        this.log.close();
        removed(this.#folder);
    }
}

const removed = (folder: string): void => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });

/** UTF-16 text has zero bytes; text that ssh can read has none. */
function hasZeroByte(path: string): boolean {
    try {
        return statSync(path).isFile() && readFileSync(path).includes(0);
    } catch {
        // ssh itself reports a missing or unreadable file.
        return false;
    }
}

const fingerprints = (lines: readonly string[]): string[] =>
    lines.flatMap((line) => {
        const [, type = "", base64 = ""] = line.split(" ");
        const key = decodeKey(type, base64);
        return key === undefined ? [] : [`${type} ${fingerprintOf(key)}`];
    });

/** `check` has refused fingerprints: ssh compares whole keys. */
function knownHostsLines(text: string): string[] {
    return hostKeysIn(text).keys.flatMap((named) =>
        named.kind === "key" ? [`${HOST_KEY_ALIAS} ${named.type} ${keyOf(named, "connection.hostKey").toString("base64")}`] : [],
    );
}

/** A fault of the controller, not of the host. */
const noRoom = (base: string, { code, message }: NodeJS.ErrnoException): WmisecError =>
    exhausted(code, `make the program ssh's files in ${base}`) ??
    new WmisecError("invalidInput", `the program ssh needs files that could not be made in ${base} (${code ?? message})`, {
        remedy: "check that the account that runs pulumi may write there, that the disk is not full, and how many files it may open (ulimit -n)",
    });
