import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Connection, INSECURE_ACCEPT_ANY } from "../../core/connection";
import { decodeKey, fingerprintOf } from "../publicKey";
import { keyOfLine } from "../trust";
import { HOST_KEY_ALIAS, type OpensshTrust } from "./sshArguments";

/**
 * What `hostKey` says, as a known_hosts file that only this user can read. It is needed while ssh logs in and not longer:
 * a later exchange of keys is compared with the key that ssh remembers.
 */
export class KnownHostsFolder {
    readonly trust: OpensshTrust;
    readonly #folder: string | undefined;

    /** @throws WmisecError `invalidInput` for a key that is damaged. */
    constructor({ hostKey, knownHostsFile }: Pick<Connection, "hostKey" | "knownHostsFile">) {
        if (hostKey === undefined) {
            this.trust = knownHostsFile === undefined ? { keys: "configured" } : { keys: "file", file: knownHostsFile };
            return;
        }
        const anybody = hostKey === INSECURE_ACCEPT_ANY;
        const lines = anybody ? [] : [hostKey].flat().map(knownHostsLine);
        this.#folder = mkdtempSync(join(tmpdir(), `pulumi-wmisec-${process.pid}-`));
        const file = join(this.#folder, "known_hosts");
        writeFileSync(file, lines.join(""), { mode: 0o600, flag: "wx" });
        this.trust = { keys: anybody ? "anybody" : "pinned", file };
    }

    /** Of the keys in our file, after a login to anybody the one that was shown: `ssh-ed25519 SHA256:...`. */
    fingerprints(): string[] {
        if (this.#folder === undefined || !("file" in this.trust)) return [];
        return readFileSync(this.trust.file, "utf8")
            .split("\n")
            .flatMap((line) => {
                const [, type = "", base64 = ""] = line.split(" ");
                const key = decodeKey(type, base64);
                return key === undefined ? [] : [`${type} ${fingerprintOf(key)}`];
            });
    }

    /** Twice is as good as once. */
    remove(): void {
        if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
    }
}

function knownHostsLine(text: string): string {
    const { type, key } = keyOfLine(text, "connection.hostKey");
    return `${HOST_KEY_ALIAS} ${type} ${key.toString("base64")}\n`;
}
