import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Pwsh } from "./pwsh";

const FOLDER = resolve(__dirname, "../../node_modules/.cache/pulumi-wmisec/stand-ins");

/**
 * C# files as a library that this PowerShell can load. Compiled once for each text and PowerShell: to compile costs seconds, to
 * load does not. Kept in node_modules, so `npm ci` removes it.
 * @returns the library's path
 */
export function compiled(sources: readonly string[], { program, version, environment }: Pwsh): string {
    const texts = sources.map((source) => readFileSync(source, "utf8"));
    const key = createHash("sha256")
        .update([...texts, program, version].join("\0"))
        .digest("hex")
        .slice(0, 16);
    const library = join(FOLDER, `${key}.dll`);
    if (existsSync(library)) return library;
    mkdirSync(FOLDER, { recursive: true });
    // Whoever compiles at the same time makes the same: the one that is whole last stays.
    const fresh = join(FOLDER, `${key}.${process.pid}.dll`);
    const command = "Add-Type -Path ($env:WMISEC_SOURCES -split '\\n') -OutputAssembly $env:WMISEC_LIBRARY";
    execFileSync(program, ["-NoProfile", "-NonInteractive", "-Command", `$ErrorActionPreference = 'Stop'; ${command}`], {
        env: { ...process.env, ...environment, WMISEC_SOURCES: sources.join("\n"), WMISEC_LIBRARY: fresh },
        stdio: ["ignore", "ignore", "pipe"],
    });
    renameSync(fresh, library);
    return library;
}
