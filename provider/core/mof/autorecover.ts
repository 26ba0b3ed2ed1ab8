import { createHash } from "node:crypto";
import type { NamespacePath } from "../namespacePath";
import type { RegistryLocation } from "../registry";

/**
 * Where Windows lists the MOF files from which it rebuilds a repository, in the order of compiling (MicrosoftDocs/win32
 * desktop-src/WmiSdk/pragma-autorecover.md). The type is not documented; a list of paths suggests REG_MULTI_SZ, and any other type is an
 * error.
 */
export const AUTORECOVER_LIST: RegistryLocation = { key: "SOFTWARE\\Microsoft\\WBEM\\CIMOM", name: "Autorecover MOFs" };

/** When the list last changed: a FILETIME in decimal, as REG_SZ. .NET's own writer maintains it (dotnet/corefx WMICapabilities.cs). */
export const AUTORECOVER_TIME: RegistryLocation = { key: AUTORECOVER_LIST.key, name: `${AUTORECOVER_LIST.name} timestamp` };

/** Keeps the whole path, `C:\Program Files\pulumi-wmisec\NAME`, below Windows' limit of 260 characters. */
const LONGEST_PLAIN = 200;

/**
 * The stable, unique name of our file for a namespace: no namespace has a `!` or an empty part in its path. For a path of more than 200
 * characters: its first 100, and the SHA-256 of all.
 */
export function registrationFileName(path: NamespacePath): string {
    const plain = path.replaceAll("/", "!");
    if (plain.length <= LONGEST_PLAIN) return `${plain}.mof`;
    return `${plain.slice(0, 100)}!!${createHash("sha256").update(path).digest("hex")}.mof`;
}
