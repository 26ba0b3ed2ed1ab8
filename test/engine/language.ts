import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { REPOSITORY } from "./cli";

interface Host {
    /** The folder of the language's host. */
    readonly folder: string;
}
interface Sdk extends Host {
    /** The program that writes the language's SDK. */
    readonly generator: string;
}
interface Languages {
    readonly yaml: Host;
    /** `python`: one that has the package `pulumi`. */
    readonly python: Sdk & { readonly python: string };
    /** `environment`: with which Go finds what it has compiled. */
    readonly go: Sdk & { readonly environment: Readonly<Record<string, string>> };
}
export type Prepared<Name extends keyof Languages = keyof Languages> = Languages[Name];

/** What tests of a language need (scripts/language.mjs). Building it takes minutes, once; on a busy machine longer. */
export function prepared<Name extends keyof Languages>(name: Name): Languages[Name] | { readonly missing: string } {
    const script = join(REPOSITORY, "scripts/language.mjs");
    return JSON.parse(execFileSync(process.execPath, [script, name], { encoding: "utf8", timeout: 2_400_000 }));
}
