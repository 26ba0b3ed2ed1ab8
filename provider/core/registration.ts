import type { NamespacePath } from "./namespacePath";
import type { RegistryLocation } from "./registry";

/**
 * Where Windows lists the MOF files that a rebuilt repository is filled from, in the order of compiling
 * (MicrosoftDocs/win32 desktop-src/WmiSdk/pragma-autorecover.md). The kind is documented nowhere; a list of paths
 * suggests REG_MULTI_SZ, and any other kind is an error.
 */
export const AUTORECOVER_LIST: RegistryLocation = { key: "SOFTWARE\\Microsoft\\WBEM\\CIMOM", name: "Autorecover MOFs" };

/** So that the whole path, `C:\Program Files\pulumi-wmisec\NAME`, stays below Windows' 260 characters. */
export const MAX_REGISTERED_PATH = 200;

/** The stable name of our file for a namespace: one for each, because no namespace has a `!` in its name. */
export const registrationFileName = (path: NamespacePath): string => `${path.replaceAll("/", "!")}.mof`;
