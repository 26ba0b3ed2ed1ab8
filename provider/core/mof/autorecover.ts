import { createHash } from "node:crypto";
import type { NamespacePath } from "../namespacePath";
import type { RegistryLocation } from "../registry";

/**
 * Where Windows lists the MOF files that a rebuilt repository is filled from, in the order of compiling
 * (MicrosoftDocs/win32 desktop-src/WmiSdk/pragma-autorecover.md). The kind is documented nowhere; a list of paths
 * suggests REG_MULTI_SZ, and any other kind is an error.
 */
export const AUTORECOVER_LIST: RegistryLocation = { key: "SOFTWARE\\Microsoft\\WBEM\\CIMOM", name: "Autorecover MOFs" };

/** When the list last changed: a FILETIME in decimal, as REG_SZ. .NET's own writer keeps it (dotnet/corefx WMICapabilities.cs). */
export const AUTORECOVER_TIME: RegistryLocation = { key: AUTORECOVER_LIST.key, name: `${AUTORECOVER_LIST.name} timestamp` };

/** So that the whole path, `C:\Program Files\pulumi-wmisec\NAME`, stays below Windows' 260 characters. */
const LONGEST_PLAIN = 200;

/**
 * The stable name of our file for a namespace: one for each, because no namespace has a `!` in its name, nor a part without a name.
 * Of a path of more than 200 characters the first 100, and the SHA-256 of the whole.
 */
export function registrationFileName(path: NamespacePath): string {
    const plain = path.replaceAll("/", "!");
    if (plain.length <= LONGEST_PLAIN) return `${plain}.mof`;
    return `${plain.slice(0, 100)}!!${createHash("sha256").update(path).digest("hex")}.mof`;
}
