import { createHash, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { AUTORECOVER_LIST } from "../../provider/core/mof/autorecover";
import { LEDGER_KEY, type RegistryData, type RegistryLocation, type RegistryValue } from "../../provider/core/registry";
import { namespaceKey } from "../../provider/model/namespaceTree";
import type { FlagState } from "../../provider/model/writeLog";

/** What a namespace carries. The two readings differ where somebody made them differ. */
interface Flag {
    readonly path: string;
    readonly effective: boolean | null;
    readonly stored: boolean | null;
}

/** All that a host has, for comparing what was with what is. */
export interface Snapshot {
    readonly flags: Readonly<Record<string, boolean | null>>;
    readonly values: readonly string[];
    /** By path in small letters. */
    readonly files: Readonly<Record<string, string>>;
}

const CRYPTOGRAPHY: RegistryLocation = { key: "SOFTWARE\\Microsoft\\Cryptography", name: "MachineGuid" };

/**
 * Where a host's state lies between its processes. A folder with a file for each fact, so that a process that is killed leaves
 * no half of one: `namespaces/` and `registry/KEY/` under the SHA-256 of their names in small letters, `drives/c/...`,
 * `permissions/` as SDDL, `events`, `smbiosUuid`. The stand-ins (standIns/machineFolder.cs) read and write the same.
 */
export class MachineFolder {
    readonly path = mkdtempSync(join(tmpdir(), "wmisec-powershell-"));

    constructor(namespaces: Readonly<Record<string, boolean | null>>) {
        for (const folder of ["namespaces", "registry", "permissions", "drives/c/windows/system32/wbem", "drives/c/program files"])
            mkdirSync(join(this.path, folder), { recursive: true });
        this.#write(["smbiosUuid"], randomUUID().toUpperCase());
        for (const [path, flag] of Object.entries(namespaces)) this.setFlag(path, flag);
        this.setValue(CRYPTOGRAPHY, { kind: "REG_SZ", value: randomUUID() });
        this.setValue(AUTORECOVER_LIST, {
            kind: "REG_MULTI_SZ",
            value: ["%windir%\\system32\\wbem\\cimwin32.mof", "C:\\Contoso\\other.mof"],
        });
    }

    has(path: string): boolean {
        return existsSync(this.#namespace(path));
    }

    /** The singleton's reading. */
    flag(path: string): FlagState {
        return this.has(path) ? (this.#read(this.#namespace(path)) as Flag).stored : "missing";
    }

    /** Both readings; makes the namespace. */
    setFlag(path: string, flag: boolean | null): void {
        const made: Flag = { path: namespaceKey(path), effective: flag, stored: flag };
        this.#write(["namespaces", hashed(namespaceKey(path))], made);
    }

    value({ key, name }: RegistryLocation): RegistryValue {
        const file = join(this.path, "registry", hashed(key), hashed(name));
        return existsSync(file) ? (this.#read(file) as { data: RegistryData }).data : "absent";
    }

    setValue({ key, name }: RegistryLocation, data: RegistryValue): void {
        const names = key.split("\\");
        for (const own of names.map((_, index) => names.slice(0, index + 1).join("\\"))) {
            mkdirSync(join(this.path, "registry", hashed(own)), { recursive: true });
            this.#write(["registry", hashed(own), "key"], own);
        }
        if (data === "absent") rmSync(join(this.path, "registry", hashed(key), hashed(name)), { force: true });
        else this.#write(["registry", hashed(key), hashed(name)], { name, data });
    }

    /** The items that the ledger has entries for. */
    get ledger(): readonly string[] {
        return this.#values(hashed(LEDGER_KEY)).map(({ name }) => name);
    }

    /** The MOF files that a rebuilt repository is filled from. */
    get autorecover(): readonly string[] {
        const list = this.value(AUTORECOVER_LIST);
        return list !== "absent" && list.kind === "REG_MULTI_SZ" ? list.value : [];
    }

    addAutorecover(file: string): void {
        if (this.autorecover.some((one) => one.toLowerCase() === file.toLowerCase())) return;
        this.setValue(AUTORECOVER_LIST, { kind: "REG_MULTI_SZ", value: [...this.autorecover, file] });
    }

    /** Where the file of that path on Windows lies. */
    fileOf(path: string): string {
        return join(this.path, "drives", ...path.toLowerCase().replace(":", "").split("\\"));
    }

    writeFile(path: string, text: string): void {
        mkdirSync(dirname(this.fileOf(path)), { recursive: true });
        writeFileSync(this.fileOf(path), text);
    }

    text(path: string): string {
        return readFileSync(this.fileOf(path), "latin1");
    }

    snapshot(): Snapshot {
        const flags = readdirSync(join(this.path, "namespaces"))
            .filter(whole)
            .map((file) => this.#read(join(this.path, "namespaces", file)) as Flag);
        const keys = readdirSync(join(this.path, "registry"));
        const files = readdirSync(join(this.path, "drives"), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
        return {
            flags: Object.fromEntries(flags.map(({ path, stored }) => [path, stored])),
            values: keys
                .flatMap((key) => {
                    const path = String(this.#read(join(this.path, "registry", key, "key")));
                    return [path, ...this.#values(key).map(({ name, data }) => `${path}\\${name}: ${JSON.stringify(data)}`)];
                })
                .sort(),
            files: Object.fromEntries(
                files.map(({ parentPath, name }) => [join(parentPath, name), readFileSync(join(parentPath, name), "latin1")]),
            ),
        };
    }

    remove(): void {
        rmSync(this.path, { recursive: true, force: true, maxRetries: 5 });
    }

    #namespace(path: string): string {
        return join(this.path, "namespaces", hashed(namespaceKey(path)));
    }

    #values(key: string): { name: string; data: RegistryData }[] {
        const folder = join(this.path, "registry", key);
        if (!existsSync(folder)) return [];
        const names = readdirSync(folder).filter((file) => whole(file) && file !== "key");
        return names.map((file) => this.#read(join(folder, file)) as { name: string; data: RegistryData });
    }

    #read(file: string): unknown {
        return JSON.parse(readFileSync(file, "utf8"));
    }

    #write(at: readonly string[], fact: unknown): void {
        const file = join(this.path, ...at);
        const fresh = join(dirname(file), `.${randomUUID()}`);
        writeFileSync(fresh, JSON.stringify(fact));
        renameSync(fresh, file);
    }
}

const hashed = (name: string): string => createHash("sha256").update(name.toLowerCase(), "utf8").digest("hex");

/** A name that begins with a dot is of a file that is being written. */
const whole = (file: string): boolean => !file.startsWith(".");
