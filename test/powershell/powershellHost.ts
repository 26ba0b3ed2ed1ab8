import { readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Connection } from "../../provider/core/connection";
import { processesWith } from "../engine/processes";
import { until } from "../engine/until";
import { Sshd } from "../sessions/openssh/sshd";
import { compiled } from "./compiled";
import { MachineFolder } from "./machineFolder";
import { MofcompService } from "./mofcompService";
import type { Pwsh } from "./pwsh";

const STAND_INS = resolve(__dirname, "standIns");

/** Stands before the bootstrap in the same command. As long as it takes for base64 to go on without a gap. */
const LOADING = "[void] [Reflection.Assembly]::LoadFrom($env:WMISEC_STAND_INS); [WmisecStandIn.Windows]::Install()\n";

export interface PowershellHostOptions {
    /** As the environment names it, such as `th_TH`. @default the invariant culture */
    readonly culture?: string;
    /** Seconds that the shell waits before it starts PowerShell. @default 0 */
    readonly startsAfter?: number;
    /** Public keys that log in. */
    readonly keys: readonly string[];
    readonly namespaces: Readonly<Record<string, boolean | null>>;
}

/**
 * A host with OpenSSH's own server, on which `powershell.exe` is a real PowerShell that runs our real bootstrap and agent to the
 * letter. What Windows has and Linux has not are stand-ins (standIns/), which PowerShell finds under the names of
 * Windows' own types. The processes of a login end with it; the host's state lies in `machine`.
 */
export class PowershellHost {
    readonly machine: MachineFolder;
    readonly mofcomp: MofcompService;
    readonly #sshd: Sshd;

    constructor(pwsh: Pwsh, { culture = "C", startsAfter = 0, keys, namespaces }: PowershellHostOptions) {
        this.machine = new MachineFolder(namespaces);
        this.mofcomp = new MofcompService(this.machine);
        const library = compiled(
            readdirSync(STAND_INS).map((file) => join(STAND_INS, file)),
            pwsh,
        );
        const environment = {
            HOME: this.machine.path,
            PATH: "/usr/bin:/bin",
            LC_ALL: culture === "C" ? "C" : `${culture}.UTF-8`,
            TMPDIR: this.machine.path,
            ...pwsh.environment,
            POWERSHELL_TELEMETRY_OPTOUT: "1",
            POWERSHELL_UPDATECHECK: "Off",
            WMISEC_MACHINE: this.machine.path,
            WMISEC_STAND_INS: library,
            WMISEC_NODE: process.execPath,
            WMISEC_MOFCOMP: join(__dirname, "mofcomp.cjs"),
            // By which `npm test` finds what a test left running: sshd hands down no environment.
            WMISEC_TEST_RUN: process.env["WMISEC_TEST_RUN"] ?? "",
        };
        const shell = join(this.machine.path, "shell");
        writeFileSync(shell, loginShell(pwsh.program, environment, startsAfter), { mode: 0o755 });
        this.#sshd = new Sshd(keys, [`ForceCommand ${shell}`]);
    }

    get connection(): Connection {
        return this.#sshd.connection;
    }

    /** @throws Error when sshd does not listen; nothing is left of the host then */
    async start(): Promise<this> {
        try {
            await this.#sshd.start();
        } catch (error) {
            await this.close();
            throw error;
        }
        return this;
    }

    /** What runs on it: PowerShell, its shell, mofcomp. */
    processes(): { readonly pid: number; readonly command: string }[] {
        return processesWith(`WMISEC_MACHINE=${this.machine.path}`);
    }

    /** @returns what still runs, which should be nothing */
    async close(): Promise<string[]> {
        this.mofcomp.release();
        await this.#sshd.close();
        await until(() => this.processes().length === 0, 20);
        const left = this.processes();
        for (const { pid } of left) process.kill(pid, "SIGKILL");
        await this.mofcomp.close();
        this.machine.remove();
        return left.map(({ command }) => command);
    }
}

/** What sshd starts in place of the account's shell: cmd.exe, as far as our command is concerned. */
function loginShell(pwsh: string, environment: Readonly<Record<string, string>>, startsAfter: number): string {
    // Three characters are six bytes, and three bytes are four characters of base64.
    const loading = Buffer.from(LOADING.padStart(Math.ceil(LOADING.length / 3) * 3, " "), "utf16le").toString("base64");
    const variables = Object.entries(environment).map(([name, value]) => `${name}='${value}'`);
    return `#!/bin/sh
command=$SSH_ORIGINAL_COMMAND
case $command in
"powershell.exe "*" -EncodedCommand "*) ;;
*) echo "'\${command%% *}' is not recognized as an internal or external command," >&2; exit 1 ;;
esac
options=\${command% -EncodedCommand *}
encoded=\${command##* }
cd '${environment["HOME"]}'
${startsAfter > 0 ? `sleep ${startsAfter}` : ":"}
exec env -i ${variables.join(" ")} '${pwsh}' \${options#powershell.exe} -EncodedCommand "${loading}$encoded"
`;
}
