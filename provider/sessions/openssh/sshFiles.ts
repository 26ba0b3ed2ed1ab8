import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Connection, INSECURE_ACCEPT_ANY } from "../../core/connection";
import { WmisecError } from "../../core/errors";
import { decodeKey, fingerprintOf } from "../publicKey";
import { keyOfLine } from "../trust";
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
    readonly #folder: string;

    /** @throws WmisecError `invalidInput` for a key that is damaged, and where the controller has no room for files. */
    constructor({ hostKey, knownHostsFile }: Pick<Connection, "hostKey" | "knownHostsFile">) {
        const anybody = hostKey === INSECURE_ACCEPT_ANY;
        const lines = anybody ? [] : [hostKey ?? []].flat().map(knownHostsLine);
        const base = tmpdir();
        let folder: string | undefined;
        try {
            folder = mkdtempSync(join(base, `pulumi-wmisec-${process.pid}-`));
            const file = join(folder, "known_hosts");
            if (hostKey !== undefined) writeFileSync(file, lines.join(""), { mode: 0o600, flag: "wx" });
            this.log = new SshLog(join(folder, "log"));
            if (hostKey !== undefined) this.trust = { keys: anybody ? "anybody" : "pinned", file };
            else this.trust = knownHostsFile === undefined ? { keys: "configured" } : { keys: "file", file: knownHostsFile };
        } catch (error) {
            if (folder !== undefined) removed(folder);
            throw noRoom(base, error as NodeJS.ErrnoException);
        }
        this.#folder = folder;
    }

    /** Of the keys in our file, after a login to anybody the one that was shown: `ssh-ed25519 SHA256:...`. */
    fingerprints(): string[] {
        if (this.trust.keys !== "pinned" && this.trust.keys !== "anybody") return [];
        return readFileSync(this.trust.file, "utf8")
            .split("\n")
            .flatMap((line) => {
                const [, type = "", base64 = ""] = line.split(" ");
                const key = decodeKey(type, base64);
                return key === undefined ? [] : [`${type} ${fingerprintOf(key)}`];
            });
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

function knownHostsLine(text: string): string {
    const { type, key } = keyOfLine(text, "connection.hostKey");
    return `${HOST_KEY_ALIAS} ${type} ${key.toString("base64")}\n`;
}

/** A fault of the controller, not of the host. */
const noRoom = (base: string, { code, message }: NodeJS.ErrnoException): WmisecError =>
    new WmisecError("invalidInput", `the program ssh needs files that could not be made in ${base} (${code ?? message})`, {
        remedy: "see that the account that runs pulumi may write there, that the disk is not full, and how many files it may open (ulimit -n)",
    });
