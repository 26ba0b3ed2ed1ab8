import type { FlagReadings } from "../core/wire/namespaceFlag";

interface Namespace {
    /** The spelling at its creation. */
    readonly path: string;
    /** The qualifier on the `__SystemSecurity` singleton; null: none. */
    stored: boolean | null;
    /** What the WMI service enforces, and shows on the parent's `__Namespace` instance. */
    inForce: boolean | null;
}

/**
 * How a change of the flag shows on the parent's `__Namespace` instance. `filled`: at once, as in MS-WMI 3.1.4.18.2. `empty`: never; the
 * instance has no such qualifier. `stale`: only after a restart of the WMI service. `ahead`: at once, and the singleton shows it only after
 * a restart. Windows: unknown which of these applies; KB2590230 restarts the service after setting FALSE.
 */
export type InstanceReading = "filled" | "empty" | "stale" | "ahead";

/** The same text for all spellings of a namespace: lower case, `/` between names. */
export const namespaceKey = (path: string): string => path.replace(/[\\/]+/g, "/").toLowerCase();

/**
 * The namespaces of a Windows Server with Remote Desktop Services and Failover Clustering. KB2590230 names those that are TRUE by default.
 */
const VENDOR_DEFAULTS: readonly (readonly [path: string, flag: boolean | null])[] = [
    ["root", null],
    ["root/default", null],
    ["root/subscription", null],
    ["root/SECURITY", null],
    ["root/WMI", null],
    ["root/StandardCimv2", null],
    ["root/SecurityCenter2", null],
    ["root/Microsoft", null],
    ["root/Microsoft/Windows", null],
    ["root/cimv2", null],
    ["root/cimv2/TerminalServices", true],
    ["root/MSCluster", true],
];

/** The namespaces of one machine. Names are case-insensitive; `/` and `\` both separate them. */
export class NamespaceTree {
    private readonly namespaces = new Map<string, Namespace>();

    constructor(public instanceReading: InstanceReading) {
        this.reset();
    }

    /** Resets to a fresh installation of Windows. */
    reset(): void {
        this.namespaces.clear();
        for (const [path, flag] of VENDOR_DEFAULTS) this.create(path, flag);
    }

    /** Paths with their original spelling, parents before children. */
    list(): readonly string[] {
        return [...this.namespaces.values()].map(({ path }) => path).sort();
    }

    has(path: string): boolean {
        return this.namespaces.has(namespaceKey(path));
    }

    /** Creates the namespace and its missing parents. An existing one is left as it is. */
    create(path: string, flag: boolean | null): void {
        const names = path.split(/[\\/]+/);
        for (let depth = 1; depth <= names.length; depth++) {
            const own = names.slice(0, depth).join("/");
            const key = namespaceKey(own);
            const initial = depth === names.length ? flag : null;
            if (!this.namespaces.has(key)) this.namespaces.set(key, { path: own, stored: initial, inForce: initial });
        }
    }

    /** Removes the namespace and everything below it. */
    remove(path: string): void {
        const key = namespaceKey(path);
        for (const one of [...this.namespaces.keys()]) if (one === key || one.startsWith(`${key}/`)) this.namespaces.delete(one);
    }

    /** The qualifier on the singleton; null: none; `missing`: no such namespace. */
    stored(path: string): boolean | null | "missing" {
        const found = this.namespaces.get(namespaceKey(path));
        return found === undefined ? "missing" : found.stored;
    }

    /** Whether the WMI service refuses unencrypted clients. */
    isEnforced(path: string): boolean {
        return this.namespaces.get(namespaceKey(path))?.inForce === true;
    }

    /** @returns undefined if there is no such namespace */
    readings(path: string): FlagReadings | undefined {
        const found = this.namespaces.get(namespaceKey(path));
        if (found === undefined) return undefined;
        // root has no parent, so it has no `__Namespace` instance.
        const shown = namespaceKey(path) === "root" || this.instanceReading === "empty" ? null : found.inForce;
        return { effective: shown, stored: found.stored };
    }

    /** Sets the qualifier. The namespace must exist. */
    setFlag(path: string, flag: boolean | null): void {
        const found = this.namespaces.get(namespaceKey(path));
        if (found === undefined) throw new RangeError(`the model has no namespace ${path}`);
        if (this.instanceReading !== "ahead") found.stored = flag;
        if (this.instanceReading !== "stale") found.inForce = flag;
    }

    /** Restarts the WMI service: both readings now show what was written last. */
    restart(): void {
        for (const one of this.namespaces.values())
            if (this.instanceReading === "ahead") one.stored = one.inForce;
            else one.inForce = one.stored;
    }
}
