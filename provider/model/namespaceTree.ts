import type { FlagReadings } from "../core/wire/namespaceFlag";

interface Namespace {
    /** As it was spelled when it was made. */
    readonly path: string;
    /** The qualifier on the `__SystemSecurity` singleton; null: not there. */
    stored: boolean | null;
    /** What the WMI service goes by, and shows on the parent's `__Namespace` instance. */
    inForce: boolean | null;
}

/**
 * How a change of the flag shows on the parent's `__Namespace` instance.
 * `filled`: at once, as MS-WMI 3.1.4.18.2 has it. `empty`: never, the instance carries no such qualifier.
 * `stale`: only after the WMI service was restarted. `ahead`: at once, and it is the singleton that shows it only after a restart.
 * Windows: unknown which of them it does; KB2590230 restarts the service after setting FALSE.
 */
export type InstanceReading = "filled" | "empty" | "stale" | "ahead";

/** One text for all spellings of a namespace: lower case, `/` between names. */
export const namespaceKey = (path: string): string => path.replace(/[\\/]+/g, "/").toLowerCase();

/** What a Windows Server with Remote Desktop Services and Failover Clustering has. KB2590230 names those that are TRUE by default. */
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

/** The namespaces of one machine. Names are compared without case; `/` and `\` both separate them. */
export class NamespaceTree {
    private readonly namespaces = new Map<string, Namespace>();

    constructor(public instanceReading: InstanceReading) {
        this.reset();
    }

    /** As after an installation of Windows. */
    reset(): void {
        this.namespaces.clear();
        for (const [path, flag] of VENDOR_DEFAULTS) this.create(path, flag);
    }

    /** Paths as spelled when they were made, parents before their children. */
    list(): readonly string[] {
        return [...this.namespaces.values()].map(({ path }) => path).sort();
    }

    has(path: string): boolean {
        return this.namespaces.has(namespaceKey(path));
    }

    /** Makes the namespace and those above it that are missing. One that is there already is left as it is. */
    create(path: string, flag: boolean | null): void {
        const names = path.split(/[\\/]+/);
        for (let depth = 1; depth <= names.length; depth++) {
            const own = names.slice(0, depth).join("/");
            const key = namespaceKey(own);
            const initial = depth === names.length ? flag : null;
            if (!this.namespaces.has(key)) this.namespaces.set(key, { path: own, stored: initial, inForce: initial });
        }
    }

    /** Takes the namespace and everything below it away. */
    remove(path: string): void {
        const key = namespaceKey(path);
        for (const one of [...this.namespaces.keys()]) if (one === key || one.startsWith(`${key}/`)) this.namespaces.delete(one);
    }

    /** The qualifier on the singleton; null: not there; `missing`: no such namespace. */
    stored(path: string): boolean | null | "missing" {
        const found = this.namespaces.get(namespaceKey(path));
        return found === undefined ? "missing" : found.stored;
    }

    /** Whether the WMI service refuses clients that do not encrypt. */
    isEnforced(path: string): boolean {
        return this.namespaces.get(namespaceKey(path))?.inForce === true;
    }

    /** @returns undefined when there is no such namespace */
    readings(path: string): FlagReadings | undefined {
        const found = this.namespaces.get(namespaceKey(path));
        if (found === undefined) return undefined;
        // root is nobody's child, so no `__Namespace` instance stands for it.
        const shown = namespaceKey(path) === "root" || this.instanceReading === "empty" ? null : found.inForce;
        return { effective: shown, stored: found.stored };
    }

    /** Sets the qualifier. The namespace must be there. */
    setFlag(path: string, flag: boolean | null): void {
        const found = this.namespaces.get(namespaceKey(path));
        if (found === undefined) throw new RangeError(`the model has no namespace ${path}`);
        if (this.instanceReading !== "ahead") found.stored = flag;
        if (this.instanceReading !== "stale") found.inForce = flag;
    }

    /** The WMI service starts again: what was written last is what both carriers show. */
    restart(): void {
        for (const one of this.namespaces.values())
            if (this.instanceReading === "ahead") one.stored = one.inForce;
            else one.inForce = one.stored;
    }
}
