import type { RegistryData, RegistryValue } from "../core/registry";

/** The view of the registry that a process sees on 64-bit Windows. */
export type RegistryView = 64 | 32;

interface Key {
    /** The spelling at its creation. */
    readonly path: string;
    readonly values: Map<string, { readonly name: string; readonly data: RegistryData }>;
}

/**
 * Keys below SOFTWARE that both views share, and keys below those that they do not: the part of the documented table that concerns security
 * policy (MicrosoftDocs/win32 desktop-src/WinProg64/shared-registry-keys.md, Windows 7 and newer).
 */
const SHARED: ReadonlyMap<string, boolean> = new Map([
    ["software\\classes", true],
    ["software\\classes\\clsid", false],
    ["software\\classes\\interface", false],
    ["software\\microsoft\\com3", true],
    ["software\\microsoft\\cryptography\\services", true],
    ["software\\microsoft\\enterprisecertificates", true],
    ["software\\microsoft\\eventsystem", true],
    ["software\\microsoft\\ole", true],
    ["software\\microsoft\\rpc", true],
    ["software\\microsoft\\systemcertificates", true],
    ["software\\microsoft\\windows\\currentversion\\group policy", true],
    ["software\\microsoft\\windows\\currentversion\\policies", true],
    ["software\\microsoft\\windows\\currentversion\\setup", true],
    ["software\\policies", true],
]);

const REDIRECTED_ROOT = "software";
const NODE = "Wow6432Node";

/**
 * HKEY_LOCAL_MACHINE. Paths have single backslashes and no leading one. Keys and value names are case-insensitive and keep their original
 * spelling.
 */
export class Registry {
    private readonly keys = new Map<string, Key>();

    /** Removes all keys. */
    reset(): void {
        this.keys.clear();
    }

    keyExists(key: string, view: RegistryView = 64): boolean {
        return this.keys.has(physical(key, view).toLowerCase());
    }

    /** Creates the key and its missing parents. */
    createKey(key: string, view: RegistryView = 64): void {
        const names = physical(key, view).split("\\");
        for (let depth = 1; depth <= names.length; depth++) {
            const path = names.slice(0, depth).join("\\");
            if (!this.keys.has(path.toLowerCase())) this.keys.set(path.toLowerCase(), { path, values: new Map() });
        }
    }

    /** Deletes the key and everything below it. */
    deleteKey(key: string, view: RegistryView = 64): void {
        const own = physical(key, view).toLowerCase();
        for (const one of [...this.keys.keys()]) if (one === own || one.startsWith(`${own}\\`)) this.keys.delete(one);
    }

    /** Whether the key exists and has neither values nor subkeys. */
    isEmpty(key: string, view: RegistryView = 64): boolean {
        const own = physical(key, view).toLowerCase();
        const found = this.keys.get(own);
        return found !== undefined && found.values.size === 0 && ![...this.keys.keys()].some((one) => one.startsWith(`${own}\\`));
    }

    /** Names of the key's values, in the order in which they were first written; none if the key is missing. */
    valueNames(key: string, view: RegistryView = 64): readonly string[] {
        return [...(this.keys.get(physical(key, view).toLowerCase())?.values.values() ?? [])].map(({ name }) => name);
    }

    get(key: string, name: string, view: RegistryView = 64): RegistryValue {
        return this.keys.get(physical(key, view).toLowerCase())?.values.get(name.toLowerCase())?.data ?? "absent";
    }

    /** Writes the value, and creates the key if necessary. `absent` deletes the value. */
    set(key: string, name: string, value: RegistryValue, view: RegistryView = 64): void {
        if (value === "absent") {
            this.keys.get(physical(key, view).toLowerCase())?.values.delete(name.toLowerCase());
            return;
        }
        this.createKey(key, view);
        const values = this.keys.get(physical(key, view).toLowerCase())?.values;
        const spelled = values?.get(name.toLowerCase())?.name ?? name;
        values?.set(name.toLowerCase(), { name: spelled, data: structuredClone(value) });
    }
}

/**
 * Where a path of a view really is: the 32-bit view of SOFTWARE has its own key, except for what is shared.
 * @throws TypeError for another form of key, which would be a key that nobody reads
 */
function physical(key: string, view: RegistryView): string {
    const names = key.split("\\");
    if (names.includes("") || key.includes("/") || /^(?:hklm|hkey_\w+|registry|computer)\b/i.test(key))
        throw new TypeError(
            `${JSON.stringify(key)} is not a key below HKEY_LOCAL_MACHINE: write it as SOFTWARE\\Contoso, with single backslashes, without HKLM`,
        );
    if (view === 64 || names[0]?.toLowerCase() !== REDIRECTED_ROOT) return key;
    if (names[1]?.toLowerCase() === NODE.toLowerCase()) return key;
    return isShared(names) ? key : [names[0], NODE, ...names.slice(1)].join("\\");
}

/** The nearest key in the table, the key itself or a parent, decides; all others are redirected. */
function isShared(names: readonly string[]): boolean {
    for (let depth = names.length; depth > 1; depth--) {
        const rule = SHARED.get(names.slice(0, depth).join("\\").toLowerCase());
        if (rule !== undefined) return rule;
    }
    return false;
}
