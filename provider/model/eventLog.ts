/** One event of the Application log. */
export interface LoggedEvent {
    /** The low word of the message id: 5605. */
    readonly id: number;
    /** `Microsoft-Windows-WMI`. */
    readonly provider: string;
    readonly time: Date;
    /** The message's %1, %2, ... */
    readonly inserts: readonly string[];
}

export const WMI_EVENTS = "Microsoft-Windows-WMI";
/** MicrosoftDocs/win32 desktop-src/WmiSdk/wmi-event-messages.md; the ids are low words. */
export const WMI_SERVICE_STARTED = 5615;
export const WMI_SUBSYSTEMS_INITIALISED = 5617;

/** A machine's Application log, oldest first. */
export class EventLog {
    private readonly logged: LoggedEvent[] = [];

    /** @param now the machine's own clock, which may differ from ours */
    constructor(readonly now: () => Date = () => new Date()) {}

    append(event: Omit<LoggedEvent, "time"> & { readonly time?: Date }): void {
        this.logged.push({ ...event, time: event.time ?? this.now() });
    }

    list(): readonly LoggedEvent[] {
        return this.logged;
    }

    reset(): void {
        this.logged.length = 0;
    }
}
