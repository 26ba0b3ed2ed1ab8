/** One event of the Application log. */
export interface LoggedEvent {
    /** Low word of the message's id: 5605. */
    readonly id: number;
    /** `Microsoft-Windows-WMI`. */
    readonly provider: string;
    readonly time: Date;
    /** The message's %1, %2, ... */
    readonly inserts: readonly string[];
}

export const WMI_EVENTS = "Microsoft-Windows-WMI";
/** MicrosoftDocs/win32 desktop-src/WmiSdk/wmi-event-messages.md; ids are the low words. */
export const MOF_NOT_LOADED_AT_RECOVERY = 4;
export const WMI_REPOSITORY_INCONSISTENT = 5600;
export const WMI_REPOSITORY_RECREATED = 5616;
export const WMI_SERVICE_STARTED = 5615;
export const WMI_SUBSYSTEMS_INITIALISED = 5617;

/** A machine's Application log, oldest first. */
export class EventLog {
    private readonly logged: LoggedEvent[] = [];

    append(event: Omit<LoggedEvent, "time"> & { readonly time?: Date }): void {
        this.logged.push({ ...event, time: event.time ?? new Date() });
    }

    list(): readonly LoggedEvent[] {
        return this.logged;
    }

    reset(): void {
        this.logged.length = 0;
    }
}
