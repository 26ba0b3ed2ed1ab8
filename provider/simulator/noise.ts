/** Shown by the SSH server before anybody has logged in. */
export const LOGIN_BANNER = "*** CONTOSO *** Authorized use only. Activity may be monitored. ***\r\n";

/** cmd.exe's AutoRun, `chcp`, and a profile of all users, before PowerShell runs anything; 0x81 is an u-umlaut in code page 850. */
export const PREAMBLE = Buffer.from(
    'Aktive Codepage: 850.\r\nAdministrators: change ticket needed {"ticket": null}\r\nf\x81r alle Benutzer\0\r\n',
    "latin1",
);

/** What PowerShell writes to standard error if that is a pipe. */
export const CLIXML =
    '#< CLIXML\r\n<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04"><Obj S="progress" RefId="0"><TN RefId="0"><T>System.Management.Automation.PSCustomObject</T><T>System.Object</T></TN><MS><I64 N="SourceId">1</I64></MS></Obj></Objs>';

/** Output of transcription and modules between answers. */
export const BETWEEN_FRAMES = 'WARNING: {"id":1,"ok":true} is not what it looks like\r\nTranscript started\r\n';

/** Breaks lines as some console hosts do: CR LF after every 80 characters. */
export const wrapped = (frame: string): string => frame.replace(/[\s\S]{80}/g, "$&\r\n");
