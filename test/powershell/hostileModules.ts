import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AGENT_SCRIPTS } from "../../provider/agent/command";
import { script } from "../../provider/agent/scriptText";

/** The commands that the agent's scripts call and do not define themselves. */
export function calledCommands(): string[] {
    const text = ["bootstrap.ps1", ...AGENT_SCRIPTS]
        .map(script)
        .join("\n")
        .replace(/^\s*#.*$/gm, "");
    return [...new Set(text.match(/\b[A-Z][A-Za-z]+-[A-Z][A-Za-z]+\b/g) ?? [])].filter((name) => !name.includes("Wmisec")).sort();
}

/**
 * What somebody may put into the account's own folder of modules without being elevated: commands of the same names as those
 * that the agent calls. Each alone in a module of its name, and all in modules of the names of PowerShell's own.
 */
export class HostileModules {
    readonly #tale: string;

    /** @param home of the account */
    constructor(home: string) {
        this.#tale = join(home, "taken-over");
        const names = calledCommands();
        for (const name of names) this.#add(home, name, [name]);
        for (const own of ["Microsoft.PowerShell.Utility", "Microsoft.PowerShell.Management", "Microsoft.PowerShell.Core"])
            this.#add(home, own, names);
    }

    /** The commands that ran in place of PowerShell's own. */
    get ran(): string[] {
        return existsSync(this.#tale) ? [...new Set(readFileSync(this.#tale, "utf8").trim().split("\n"))] : [];
    }

    #add(home: string, module: string, names: readonly string[]): void {
        const folder = join(home, ".local/share/powershell/Modules", module);
        mkdirSync(folder, { recursive: true });
        const told = (name: string) =>
            `$tale = [IO.StreamWriter]::new('${this.#tale}', $true); $tale.WriteLine('${name}'); $tale.Dispose()`;
        const functions = names.map((name) => `function ${name} { ${told(name)} }`);
        writeFileSync(join(folder, `${module}.psm1`), `${functions.join("\n")}\nExport-ModuleMember -Function *\n`);
        const manifest = `@{ ModuleVersion = '99.0'; RootModule = '${module}.psm1'; FunctionsToExport = @(${names.map((name) => `'${name}'`)}) }`;
        writeFileSync(join(folder, `${module}.psd1`), `${manifest}\n`);
    }
}
