import { NAMESPACES } from "./policy.mjs";

/** What tools that run commands are given: a setting of a host as a line of PowerShell, as users write them. */

/** @param {string} script */
const encoded = (script) =>
    `powershell.exe -NoProfile -NonInteractive -EncodedCommand ${Buffer.from(script, "utf16le").toString("base64")}`;

/** @param {string} path @param {boolean} required */
const setFlag = (path, required) =>
    `$m = '#pragma namespace("\\\\.\\${path.replaceAll("/", "\\")}")' + [char]10 + ` +
    `'[RequiresEncryption(${required ? "TRUE" : "FALSE"})] instance of __SystemSecurity {};'; ` +
    "$f = New-TemporaryFile; Set-Content $f $m; mofcomp $f; Remove-Item $f";

const KEY = "HKLM:\\SOFTWARE\\Microsoft\\WBEM\\CIMOM";
const VALUE = "UnsecAppAccessControlDefault";

/** @type {readonly { title: string, create: string, remove: string }[]} */
export const COMMANDS = [
    ...NAMESPACES.map((path) => ({ title: path, create: encoded(setFlag(path, true)), remove: encoded(setFlag(path, false)) })),
    {
        title: VALUE,
        create: encoded(`Set-ItemProperty ${KEY} ${VALUE} 1 -Type String`),
        remove: encoded(`Remove-ItemProperty ${KEY} ${VALUE}`),
    },
];
