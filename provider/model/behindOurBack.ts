import { AUTORECOVER_LIST } from "../core/mof/autorecover";
import { LEDGER_KEY, type RegistryValue } from "../core/registry";
import { WMI_EVENT } from "../core/wire/events";
import { WMI_EVENTS } from "./eventLog";
import { sha256 } from "./fileAccess";
import type { MachineState } from "./machineState";
import { namespaceKey } from "./namespaceTree";

/**
 * Changes that somebody else makes to a machine. The write log records them as `by: "somebody"`, so that it has the whole history of a
 * flag, and does not count them among our writes.
 */
export class BehindOurBack {
    constructor(private readonly machine: MachineState) {}

    /** Sets the flag, or removes the qualifier (null). The namespace must exist. Both readings show it at once. */
    setFlag(path: string, flag: boolean | null): void {
        const { namespaces, writes } = this.machine;
        const from = namespaces.stored(path);
        namespaces.setFlag(path, flag);
        namespaces.restart();
        writes.add({ kind: "namespace", by: "somebody", name: namespaceKey(path), from, to: flag });
    }

    /** Creates the namespace and its missing parents. */
    createNamespace(path: string, flag: boolean | null = null): void {
        const { namespaces, writes } = this.machine;
        const from = namespaces.stored(path);
        namespaces.create(path, flag);
        writes.add({ kind: "namespace", by: "somebody", name: namespaceKey(path), from, to: namespaces.stored(path) });
    }

    /** Removes the namespace and everything below it. */
    removeNamespace(path: string): void {
        const { namespaces, writes } = this.machine;
        const from = namespaces.stored(path);
        namespaces.remove(path);
        writes.add({ kind: "namespace", by: "somebody", name: namespaceKey(path), from, to: "missing" });
    }

    /**
     * A remote client connects without encryption, or (`asynchronous`) makes an asynchronous call whose callback can't be encrypted. If the
     * namespace requires encryption, event 5605 or 5606 is logged; otherwise nothing happens.
     * @returns whether the client was refused
     */
    refuseClient(path: string, { asynchronous = false }: { readonly asynchronous?: boolean } = {}): boolean {
        const { namespaces, events } = this.machine;
        if (!namespaces.isEnforced(path)) return false;
        const id = asynchronous ? WMI_EVENT.callbackRefused : WMI_EVENT.refused;
        events.append({ id, provider: WMI_EVENTS, inserts: [path.replaceAll("/", "\\")] });
        return true;
    }

    /** Sets a value in the 64-bit view and creates its key if necessary; `absent` deletes the value. */
    setValue(key: string, name: string, value: RegistryValue): void {
        const { registry, writes } = this.machine;
        const from = registry.get(key, name);
        registry.set(key, name, value);
        writes.add({ kind: "value", by: "somebody", name: `${key}\\${name}`, from, to: value });
    }

    /** Deletes the key with its values and subkeys. */
    deleteKey(key: string): void {
        this.machine.registry.deleteKey(key);
    }

    /** Creates the file or replaces its content; text is written as UTF-8. */
    writeFile(path: string, content: string | Uint8Array): void {
        const { files, writes } = this.machine;
        const bytes = typeof content === "string" ? Buffer.from(content, "utf8") : content;
        const from = this.hash(path);
        files.write(path, bytes);
        writes.add({ kind: "file", by: "somebody", name: path, from, to: sha256(bytes) });
    }

    deleteFile(path: string): void {
        const { files, writes } = this.machine;
        const from = this.hash(path);
        files.delete(path);
        writes.add({ kind: "file", by: "somebody", name: path, from, to: null });
    }

    /**
     * Adds a file to the list from which a repository is rebuilt, or moves it there.
     * @param at its place in the list; default: the end
     */
    register(file: string, at = Number.POSITIVE_INFINITY): void {
        const others = this.othersThan(file);
        this.setValue(AUTORECOVER_LIST.key, AUTORECOVER_LIST.name, {
            kind: "REG_MULTI_SZ",
            value: [...others.slice(0, at), file, ...others.slice(at)],
        });
    }

    /** Removes a file from that list. The file itself stays. */
    unregister(file: string): void {
        this.setValue(AUTORECOVER_LIST.key, AUTORECOVER_LIST.name, { kind: "REG_MULTI_SZ", value: this.othersThan(file) });
    }

    /** Sets a ledger entry to any text, or deletes it (null). */
    setLedger(item: string, text: string | null): void {
        this.setValue(LEDGER_KEY, item, text === null ? "absent" : { kind: "REG_SZ", value: text });
    }

    /** Deletes the whole ledger. */
    loseLedger(): void {
        this.machine.registry.deleteKey(LEDGER_KEY);
    }

    private hash(path: string): string | null {
        const found = this.machine.files.get(path);
        return found === undefined ? null : sha256(found.bytes);
    }

    private othersThan(file: string): string[] {
        return this.machine.autorecoverList.filter((one) => one.toLowerCase() !== file.toLowerCase());
    }
}
