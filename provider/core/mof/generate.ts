import { backslashed, type NamespacePath } from "../namespacePath";

/**
 * The MOF that sets one namespace's encryption requirement and does nothing else.
 *
 * The pragma names the namespace itself, not its parent: the flag is a qualifier of the namespace's own `__SystemSecurity` singleton
 * (MicrosoftDocs/win32 desktop-src/WmiSdk/requiring-an-encrypted-connection-to-a-namespace.md, MS-WMI 2.2.30.3).
 *
 * @param required always written out: from Windows 8 on, a bare qualifier means FALSE (MicrosoftDocs/win32 desktop-src/WmiSdk/mofcomp.md,
 *     remarks)
 * @returns ASCII, CRLF, no byte order mark (mofcomp expects one only in Unicode files); about 120 bytes
 */
export function encryptionMof(path: NamespacePath, required: boolean): string {
    const inMof = `\\\\.\\${backslashed(path)}`.replaceAll("\\", "\\\\");
    return [
        `#pragma namespace("${inMof}")`,
        `[RequiresEncryption(${required ? "TRUE" : "FALSE"})]`,
        "instance of __SystemSecurity { };",
        "",
    ].join("\r\n");
}

/**
 * The same, as a file that Windows compiles again when it rebuilds the repository: `#pragma autorecover` is on the first line
 * (MicrosoftDocs/win32 desktop-src/WmiSdk/pragma-autorecover.md).
 */
export const autorecoverMof = (path: NamespacePath, required: boolean): string => `#pragma autorecover\r\n${encryptionMof(path, required)}`;
