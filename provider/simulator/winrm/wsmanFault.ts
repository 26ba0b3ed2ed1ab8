/** The service's own numbers (windows-rs, Win32/System/RemoteManagement). */
export const FAULT = {
    timedOut: 2150858793,
    envelopeTooLong: 2150858790,
    badRequest: 2150858752,
    noShell: 2150858843,
    shellsOfUser: 2150859173,
    operationsOfUser: 2150859174,
    users: 2150859179,
    shellsNotAllowed: 2150859180,
    processesOfShell: 2150859241,
    commandEnded: 2150859212,
    aborted: 995,
    badParameter: 87,
} as const;

/** Real hosts localize these texts. They are German here, so that no code comes to depend on English ones. */
const TEXTS: ReadonlyMap<number, string> = new Map([
    [FAULT.timedOut, "Der WS-Verwaltungsdienst kann den Vorgang nicht innerhalb der in OperationTimeout angegebenen Zeit abschließen."],
    [FAULT.noShell, "Die Shell wurde auf dem Server nicht gefunden."],
    [FAULT.shellsOfUser, "Dieser Benutzer darf nur eine bestimmte Anzahl von Shells gleichzeitig öffnen."],
    [FAULT.aborted, "Der E/A-Vorgang wurde abgebrochen."],
]);
const UNKNOWN = "Der WS-Verwaltungsdienst kann die Anforderung nicht verarbeiten.";

/** A fault of the service instead of an answer. */
export class WsmanFault extends Error {
    constructor(
        readonly code: number,
        readonly text = TEXTS.get(code) ?? UNKNOWN,
        readonly providerText?: string,
    ) {
        super(text);
        this.name = "WsmanFault";
    }
}
