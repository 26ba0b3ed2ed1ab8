/** The shell that runs commands of the SSH server: `DefaultShell` under HKLM\SOFTWARE\OpenSSH. */
export type DefaultShell = "cmd" | "powershell";

/** The result of a command. `script`: PowerShell runs this text from -EncodedCommand. Otherwise the command ended at once. */
export type ShellOutcome = { readonly script: string } | { readonly exit: number; readonly output: string; readonly errorOutput: string };

export interface ShellOptions {
    readonly shell: DefaultShell;
    /** Programs on the PATH, in lower case. */
    readonly programs: readonly string[];
}

/** cmd.exe's limit for the whole line, reported by many users of EncodedCommand over SSH. */
const CMD_LIMIT = 8191;
/** Localized on real hosts. German here, so that no code depends on the English text. */
const CMD_TOO_LONG = "Die Befehlszeile ist zu lang.\r\n";

/** Characters that each shell interprets. A command that means the same in both has none of them. */
const SPECIAL: Readonly<Record<DefaultShell, RegExp>> = { cmd: /[%^&|<>"()!\r\n]/, powershell: /[$;&|<>"'`(){}@#,\r\n]/ };

const SWITCHES = ["-NoLogo", "-NoProfile", "-NonInteractive", "-OutputFormat", "Text", "-EncodedCommand"];

/**
 * Takes a command as Windows OpenSSH passes it to the host's default shell (`cmd.exe /c "COMMAND"` or
 * `powershell.exe -c COMMAND`) and accepts one form only: PowerShell with our switches and an encoded script.
 */
export function shellOutcome(command: string, { shell, programs }: ShellOptions): ShellOutcome {
    if (shell === "cmd" && `"C:\\Windows\\System32\\cmd.exe" /c "${command}"`.length > CMD_LIMIT)
        return { exit: 1, output: CMD_TOO_LONG, errorOutput: "" };

    const [program = "", ...words] = command.split(" ");
    const script = words.length === SWITCHES.length + 1 && SWITCHES.every((one, at) => words[at] === one) ? words.at(-1) : undefined;
    const decoded = script === undefined ? undefined : decodedScript(script);
    if (SPECIAL[shell].test(command) || !programs.includes(program.toLowerCase()) || decoded === undefined)
        return { exit: 1, output: "", errorOutput: notRecognized(program, shell) };
    return { script: decoded };
}

function notRecognized(program: string, shell: DefaultShell): string {
    return shell === "cmd"
        ? `'${program}' is not recognized as an internal or external command,\r\noperable program or batch file.\r\n`
        : `${program} : The term '${program}' is not recognized as the name of a cmdlet, function, script file, or operable program.\r\n`;
}

/** Decodes base64 of UTF-16LE; undefined for anything else. */
function decodedScript(base64: string): string | undefined {
    const bytes = Buffer.from(base64, "base64");
    return bytes.length > 0 && bytes.length % 2 === 0 && bytes.toString("base64") === base64 ? bytes.toString("utf16le") : undefined;
}
