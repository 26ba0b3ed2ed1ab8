import type { RealHost } from "./realHost";

/** Where the helpers of these suites, and nobody else, make files and values: docs/live-tests.md tells of them. */
export const FOLDER = "C:\\wmisec_test";
export const KEY = "SOFTWARE\\wmisec_test";
/** The value of `KEY` that ends a helper which waits: standard input is not to be relied on, which is what the agent is there to find out. */
export const LET_GO = "let go";

/**
 * Functions for the scripts: `Say LINE` to us, `Wait-LetGo` until the value is there (two minutes at most), `New-Safe FILE TEXT` a file that
 * only administrators may write, `New-SafeFolder` its folder. As in Windows PowerShell 5.1, so in PowerShell 7.
 */
const PRELUDE = `$ErrorActionPreference='Stop';$ProgressPreference='SilentlyContinue'
trap{[Console]::Out.WriteLine('failed: '+$_.Exception.GetBaseException().Message);exit 1}
$folder='${FOLDER}';$key='HKEY_LOCAL_MACHINE\\${KEY}';$core=$PSVersionTable.PSVersion.Major -ge 6
function Say($l){[Console]::Out.WriteLine($l);[Console]::Out.Flush()}
function Wait-LetGo{for($i=0;($i -lt 1200) -and ($null -eq [Microsoft.Win32.Registry]::GetValue($key,'${LET_GO}',$null));$i++){Start-Sleep -Milliseconds 100}}
function New-SafeFolder{$s=New-Object Security.AccessControl.DirectorySecurity;$s.SetSecurityDescriptorSddlForm('O:BAG:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)')
if($core){[void][IO.FileSystemAclExtensions]::CreateDirectory($s,$folder)}else{[void][IO.Directory]::CreateDirectory($folder,$s)}}
function New-Safe($f,$t){$s=New-Object Security.AccessControl.FileSecurity;$s.SetSecurityDescriptorSddlForm('O:BAG:BAD:P(A;;FA;;;SY)(A;;FA;;;BA)')
$a='CreateNew','Write, Synchronize','None',4096,'None',$s
if($core){$w=[IO.FileSystemAclExtensions]::Create([IO.FileInfo]$f,$a[0],$a[1],$a[2],4096,$a[4],$s)}else{$w=New-Object IO.FileStream -ArgumentList (@($f)+$a)}
$b=[Text.Encoding]::ASCII.GetBytes($t);$w.Write($b,0,$b.Length);$w.Dispose()}
`;

/** A script of ours that runs on the host, over a session of its own, as the same administrator. It may take any time that the test has. */
export class Helper {
    #said = "";
    #ended = false;
    #wake: () => void = () => undefined;

    private constructor(private readonly close: () => Promise<void>) {}

    static async start(real: RealHost, script: string): Promise<Helper> {
        const encoded = Buffer.from(PRELUDE + script, "utf16le").toString("base64");
        const command = `powershell.exe -NoProfile -NonInteractive -OutputFormat Text -EncodedCommand ${encoded}`;
        // What cmd.exe takes.
        if (command.length > 8100) throw new Error(`a helper's script is too long: its command line has ${command.length} characters`);
        const session = await real.session(command);
        const helper = new Helper(() => session.close());
        session.onOutput((chunk) => {
            helper.#said += chunk.toString("latin1");
            helper.#wake();
        });
        session.onEnd(() => {
            helper.#ended = true;
            helper.#wake();
        });
        return helper;
    }

    /**
     * The first of these words that it says on a line of its own.
     * @throws Error with what it said, when it ends without one of them
     */
    async says<W extends string>(...words: readonly W[]): Promise<W> {
        for (;;) {
            const lines = this.#said.split(/\r?\n/);
            const found = words.find((word) => lines.includes(word));
            if (found !== undefined) return found;
            if (this.#ended) throw new Error(`a helper on the host ended without saying ${words.join(" or ")}: ${this.#said}`);
            await new Promise<void>((resolve) => {
                this.#wake = resolve;
            });
        }
    }

    /** Runs a script to its end. */
    static async run(real: RealHost, script: string): Promise<void> {
        const helper = await Helper.start(real, `${script}\nSay 'done'`);
        await helper.says("done");
        await helper.close();
    }
}
