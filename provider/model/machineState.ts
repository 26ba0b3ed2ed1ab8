import { randomUUID } from "node:crypto";
import { AUTORECOVER_LIST, AUTORECOVER_TIME } from "../core/mof/autorecover";
import { LEDGER_KEY, type RegistryValue } from "../core/registry";
import type { MachineFacts } from "../core/wire/machine";
import { EventLog, WMI_EVENTS, WMI_SERVICE_STARTED, WMI_SUBSYSTEMS_INITIALISED } from "./eventLog";
import { FaultTable } from "./faultTable";
import { Files } from "./files";
import type { MachineFaults } from "./machineFaults";
import { NamedMutex } from "./namedMutex";
import { type InstanceReading, NamespaceTree } from "./namespaceTree";
import { Registry } from "./registry";
import { wmiServiceDown } from "./windowsException";
import { VENDOR_LIST } from "./windowsMofs";
import { type FlagState, WriteLog } from "./writeLog";

export interface WindowsMachineOptions {
    /** @default "WIN-SIMULATED" */
    readonly computerName?: string;
    /** @default random */
    readonly machineGuid?: string;
    /** @default random */
    readonly smbiosUuid?: string;
    /** @default "10.0.20348.0" (Windows Server 2022) */
    readonly osVersion?: string;
    /** @default "5.1.20348.2582" */
    readonly psVersion?: string;
    /** The account that sessions run as. @default "CONTOSO\\svc-pulumi" */
    readonly account?: string;
    /** Namespaces besides those of Windows, with their flag; null: no qualifier. Missing parents are created, too. */
    readonly namespaces?: Readonly<Record<string, boolean | null>>;
    /** @default "filled" */
    readonly instanceReading?: InstanceReading;
    /** @default 64 */
    readonly osBits?: 64 | 32;
    /** The machine's clock. @default ours */
    readonly clock?: () => Date;
}

/** A FILETIME counts from 1601, a Date from 1970: the milliseconds in between. */
const FILETIME_OF_EPOCH = 11_644_473_600_000n;
const CRYPTOGRAPHY = "SOFTWARE\\Microsoft\\Cryptography";

/** The state of a Windows machine in memory, which its parts work on. `WindowsMachine` is its public interface. */
export class MachineState {
    readonly namespaces: NamespaceTree;
    readonly registry = new Registry();
    readonly files = new Files();
    readonly events: EventLog;
    readonly writes = new WriteLog();
    /** The mutex that `apply` holds for a whole list of steps. */
    readonly mutex = new NamedMutex();
    readonly computerName: string;
    readonly osVersion: string;
    readonly psVersion: string;
    readonly account: string;
    private readonly os64Bit: boolean;
    private guid: string;
    private smbios: string;

    /** @param faults the machine's faults; pass your own table to add faults of other parts, such as an SSH server */
    constructor(
        options: WindowsMachineOptions = {},
        readonly faults: FaultTable<MachineFaults> = new FaultTable<MachineFaults>(),
    ) {
        this.computerName = options.computerName ?? "WIN-SIMULATED";
        this.osVersion = options.osVersion ?? "10.0.20348.0";
        this.psVersion = options.psVersion ?? "5.1.20348.2582";
        this.account = options.account ?? "CONTOSO\\svc-pulumi";
        this.os64Bit = options.osBits !== 32;
        this.guid = options.machineGuid ?? randomUUID();
        this.smbios = options.smbiosUuid ?? randomUUID().toUpperCase();
        this.events = new EventLog(options.clock);
        this.namespaces = new NamespaceTree(options.instanceReading ?? "filled");
        for (const [path, flag] of Object.entries(options.namespaces ?? {})) this.namespaces.create(path, flag);
        this.install();
    }

    /**
     * The facts in the handshake. Without elevation the identity is `unread`, because reading it may be denied.
     * @throws WindowsException if the WMI service is down: the SMBIOS UUID comes from WMI
     */
    facts(): MachineFacts {
        if (this.elevated && !this.wmiUp) throw wmiServiceDown();
        return {
            protocol: 1,
            psVersion: this.psVersion,
            osVersion: this.osVersion,
            computerName: this.computerName,
            user: this.account,
            elevated: this.elevated,
            process64Bit: this.os64Bit && !this.faults.has("process32Bit"),
            os64Bit: this.os64Bit,
            machineGuid: this.elevated ? this.guid : "unread",
            smbiosUuid: this.elevated ? this.smbios : "unread",
        };
    }

    get wmiUp(): boolean {
        return !this.faults.has("wmiDown");
    }

    get elevated(): boolean {
        return !this.faults.has("notElevated");
    }

    /** `FullLanguage` unless a fault says otherwise. */
    get languageMode(): string {
        return this.faults.bite("languageMode")?.mode ?? "FullLanguage";
    }

    /** The flag on the namespace's singleton; null: no qualifier. Any spelling of the path. */
    flag(path: string): FlagState {
        return this.namespaces.stored(path);
    }

    /** A value in the 64-bit view. */
    value(key: string, name: string): RegistryValue {
        return this.registry.get(key, name);
    }

    /** The MOF files from which a repository is rebuilt, in order; none if the value is missing or has another type. */
    get autorecoverList(): readonly string[] {
        const list = this.registry.get(AUTORECOVER_LIST.key, AUTORECOVER_LIST.name);
        return list !== "absent" && list.kind === "REG_MULTI_SZ" ? list.value : [];
    }

    /** Whoever writes that list also updates its timestamp. This belongs to the same write, so the write log has no extra entry. */
    listChanged(): void {
        const filetime = (BigInt(this.events.now().getTime()) + FILETIME_OF_EPOCH) * 10_000n;
        this.registry.set(AUTORECOVER_TIME.key, AUTORECOVER_TIME.name, { kind: "REG_SZ", value: String(filetime) });
    }

    /** The ledger's entries by item; values of types other than REG_SZ are left out. */
    ledger(): Readonly<Record<string, string>> {
        const entries = this.registry.valueNames(LEDGER_KEY).map((item) => [item, this.registry.get(LEDGER_KEY, item)] as const);
        return Object.fromEntries(
            entries.flatMap(([item, data]) => (data !== "absent" && data.kind === "REG_SZ" ? [[item, data.value]] : [])),
        );
    }

    /** Restarts the WMI service: what is stored takes effect. */
    restartWmi(): void {
        this.namespaces.restart();
        for (const id of [WMI_SERVICE_STARTED, WMI_SUBSYSTEMS_INITIALISED]) this.events.append({ id, provider: WMI_EVENTS, inserts: [] });
    }

    /**
     * Turns it into another machine of the same name: new identity, Windows' defaults, an empty ledger, no files, no events. The write log
     * continues; the rebuild itself is not in it.
     *
     * @param image what the image brings besides Windows' defaults: namespace flags, and one of the two identities if it was copied without
     *     sysprep (`machineGuid`) or by a careless hypervisor (`smbiosUuid`)
     */
    rebuild(image: Pick<WindowsMachineOptions, "namespaces" | "machineGuid" | "smbiosUuid"> = {}): void {
        this.guid = image.machineGuid ?? randomUUID();
        this.smbios = image.smbiosUuid ?? randomUUID().toUpperCase();
        this.namespaces.reset();
        for (const [path, flag] of Object.entries(image.namespaces ?? {})) {
            this.namespaces.create(path, flag);
            this.namespaces.setFlag(path, flag);
        }
        this.namespaces.restart();
        this.install();
        this.files.reset();
        this.events.reset();
    }

    private install(): void {
        this.registry.reset();
        this.registry.set(CRYPTOGRAPHY, "MachineGuid", { kind: "REG_SZ", value: this.guid });
        const { key, name } = AUTORECOVER_LIST;
        this.registry.set(key, "Working Directory", { kind: "REG_EXPAND_SZ", value: "%systemroot%\\system32\\WBEM" });
        this.registry.set(key, name, { kind: "REG_MULTI_SZ", value: [...VENDOR_LIST] });
        this.registry.createKey(key, 32);
    }
}
