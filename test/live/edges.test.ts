import type { Connection } from "../../provider/core/connection";
import { observeRequestFor } from "../../provider/core/items/item";
import { writeStep } from "../../provider/core/items/itemState";
import { namespaceItem } from "../../provider/core/items/namespaceFlag";
import { recordedState } from "../../provider/core/ledger/record";
import { stoppedError } from "../../provider/core/ledger/stoppedError";
import { AUTORECOVER_LIST, registrationFileName } from "../../provider/core/mof/autorecover";
import { autorecoverMof, encryptionMof } from "../../provider/core/mof/generate";
import type { DefinitionReading } from "../../provider/core/wire/definition";
import type { Step } from "../../provider/core/wire/step";
import type { AgentHost } from "../../provider/hosts/agentHost";
import { sha256 } from "../../provider/model/fileAccess";
import { flagOf, NOTHING, only, registrationOf } from "../contract/contractContext";
import { FOLDER, Helper, KEY, LET_GO } from "./helper";
import { RealHost, realConnection, requireThrowAway, SKIPPED, THROW_AWAY } from "./realHost";

const FLAG = namespaceItem(THROW_AWAY);
const BEFORE = Buffer.from(encryptionMof(THROW_AWAY, false));
const AFTER = Buffer.from(encryptionMof(THROW_AWAY, true));
const HELD = `${FOLDER}\\held.mof`;
const READ_ONLY = `${FOLDER}\\read-only.mof`;
/** A name that no request may hold. */
const LONG_NAME = "n".repeat(300);
const ITEM = `namespace:${THROW_AWAY}`;

/** Also what a run that died has left. */
const CLEAN_UP = `if([IO.Directory]::Exists($folder)){foreach($f in [IO.Directory]::GetFiles($folder)){[IO.File]::SetAttributes($f,'Normal')};[IO.Directory]::Delete($folder,$true)}
$h=[Microsoft.Win32.RegistryKey]::OpenBaseKey('LocalMachine','Registry64');$h.DeleteSubKeyTree('${KEY}',$false)`;
const SET_UP = `$k=$h.CreateSubKey('${KEY}');$k.SetValue('fine',7,'DWord');$k.SetValue('large',[byte[]]::new(100000),'Binary')
$k.SetValue('long text','t'*70000,'String');$k.SetValue('n'*300,'named','String')
New-SafeFolder
foreach($f in '${HELD}','${READ_ONLY}'){New-Safe $f ([Text.Encoding]::ASCII.GetString([Convert]::FromBase64String('${BEFORE.toString("base64")}')))}
[IO.File]::SetAttributes('${READ_ONLY}','ReadOnly')`;

const connection = realConnection();

if (connection === undefined) test.skip(`edges of a real Windows ${SKIPPED}`, () => undefined);
else describe("edges of a real Windows", () => edgesOf(connection));

/** What only a real file system, registry and list of processes can show. Each case leaves the host as it found it, and so does a failure. */
function edgesOf(target: Connection): void {
    const real = new RealHost(target);
    let host: AgentHost;

    const definition = async (file: string): Promise<DefinitionReading | undefined> =>
        (await host.observe({ ...NOTHING, definitions: [file] })).definitions[0];
    const present = (file: string, content: Buffer, backup: Buffer | null): DefinitionReading => ({
        file,
        state: "present",
        content: content.toString("base64"),
        backup: backup === null ? null : sha256(backup),
    });
    const edit = (file: string): Step => ({
        do: "editDefinition",
        file,
        expect: sha256(BEFORE),
        content: AFTER.toString("base64"),
        compiler: "mofcomp",
    });
    const restore = (file: string): Step => ({ do: "restoreDefinition", file, expect: sha256(AFTER), backup: sha256(BEFORE) });
    const letGo = (is: boolean): Step => {
        const yes = { kind: "REG_SZ", value: "yes" } as const;
        return { do: "setValue", key: KEY, name: LET_GO, expect: is ? null : yes, data: is ? yes : null };
    };
    const flag = async () => flagOf((await host.observe(only(THROW_AWAY))).namespaces[0]);
    const listed = async (): Promise<readonly string[]> => {
        const [value] = (await host.observe({ ...NOTHING, values: [AUTORECOVER_LIST] })).values;
        if (value?.state === "absent") return [];
        if (value?.state === "present" && value.data.kind === "REG_MULTI_SZ") return value.data.value;
        throw new Error(`the list is not as Windows has it: ${JSON.stringify(value)}`);
    };
    /** While another process of the host has the file open and shares it so with others. It lets go, whatever comes of `work`. */
    const whileHeld = async (sharing: "None" | "Read", work: () => Promise<void>): Promise<void> => {
        const script = `$f=[IO.File]::Open('${HELD}','Open','Read','${sharing}');Say 'held';Wait-LetGo;$f.Dispose();Say 'let go'`;
        const holder = await Helper.start(real, script);
        await holder.says("held");
        try {
            await work();
        } finally {
            await done(letGo(true));
            await holder.says("let go");
        }
    };
    const registration = async () => registrationOf((await host.observe({ ...NOTHING, registrations: [THROW_AWAY] })).registrations[0]);
    const done = async (...steps: Step[]): Promise<void> => {
        expect((await host.apply(steps, NOTHING)).stopped).toBeNull();
    };

    /** The throw-away namespace as a case begins: FALSE, in no list, in no ledger. */
    async function reset(): Promise<void> {
        const is = await registration();
        if (is.registered || is.file !== null) await done({ do: "unregisterMof", path: THROW_AWAY, expect: is });
        const seen = await host.observe(observeRequestFor([FLAG]));
        if (flagOf(seen.namespaces[0]).stored !== false) await done(writeStep(false, recordedState(FLAG, seen), "mofcomp"));
        const entry = seen.ledger.find(({ item }) => item === ITEM)?.text ?? null;
        if (entry !== null) await done({ do: "setLedger", item: ITEM, expect: entry, text: null });
        const [going] = (await host.observe({ ...NOTHING, values: [{ key: KEY, name: LET_GO }] })).values;
        if (going?.state === "present") await done(letGo(false));
    }

    beforeAll(async () => {
        host = real.open();
        await requireThrowAway(host);
        await Helper.run(real, `${CLEAN_UP}\n${SET_UP}`);
        await reset();
    });

    afterEach(() => reset());

    afterAll(async () => {
        try {
            await Helper.run(real, CLEAN_UP);
        } finally {
            await real.dispose();
        }
    });

    test("a definition that another process holds open, with nothing shared, is not read and not edited, until it lets go", async () => {
        await whileHeld("None", async () => {
            const seen = await host.observe({ ...only(THROW_AWAY), definitions: [READ_ONLY, HELD] });
            expect(seen.definitions).toMatchObject([
                present(READ_ONLY, BEFORE, null),
                // ERROR_SHARING_VIOLATION
                { file: HELD, state: "failed", failure: { type: "System.IO.IOException", hresult: "0x80070020" } },
            ]);
            expect(seen.namespaces).toMatchObject([{ state: "present" }]);
            const { done: carriedOut, stopped } = await host.apply([edit(HELD)], NOTHING);
            expect([carriedOut, stopped]).toMatchObject([0, { reason: "failed", failure: { hresult: "0x80070020" } }]);
            expect((await flag()).stored).toBe(false);
        });
        expect(await definition(HELD)).toEqual(present(HELD, BEFORE, null));
        await done(edit(HELD));
        expect(await definition(HELD)).toEqual(present(HELD, AFTER, BEFORE));
        expect((await flag()).stored).toBe(true);
        await done(restore(HELD));
        expect(await definition(HELD)).toEqual(present(HELD, BEFORE, null));
    });

    test("a definition that another process reads, and lets nobody replace, is read, and an edit leaves all as it was", async () => {
        await whileHeld("Read", async () => {
            const { done: carriedOut, stopped } = await host.apply([edit(HELD)], NOTHING);
            expect([carriedOut, stopped]).toMatchObject([0, { reason: "failed" }]);
            expect(await definition(HELD)).toEqual(present(HELD, BEFORE, null));
            expect((await flag()).stored).toBe(false);
        });
    });

    test("a read-only definition is named, and nothing is changed", async () => {
        const steps = [edit(READ_ONLY)];
        const { done: carriedOut, stopped } = await host.apply(steps, NOTHING);
        if (stopped === null) throw new Error("a read-only file was edited");
        const error = stoppedError(steps, stopped, carriedOut, 1);
        expect([error.code, error.message]).toEqual(["fileReadOnly", expect.stringContaining(READ_ONLY)]);
        expect(await definition(READ_ONLY)).toEqual(present(READ_ONLY, BEFORE, null));
        expect((await flag()).stored).toBe(false);
    });

    test("values beyond our limits are failed readings of those values alone, and the session goes on", async () => {
        const names = ["large", "fine", "long text"];
        const look = () => host.observe({ ...NOTHING, values: names.map((name) => ({ key: KEY, name })) });
        const tooMuch = (said: string) => ({
            state: "failed",
            failure: { type: "pulumi-wmisec.UnexpectedValue", message: expect.stringContaining(said) },
        });
        const seen = [tooMuch("100000 bytes"), { state: "present", data: { kind: "REG_DWORD", value: 7 } }, tooMuch("70000 characters")];
        expect((await look()).values).toMatchObject(seen);
        // There is such a value; no request may ask for it.
        await expect(host.observe({ ...NOTHING, values: [{ key: KEY, name: LONG_NAME }] })).rejects.toMatchObject({ code: "protocol" });
        expect((await look()).values).toMatchObject(seen);
    });

    test("our entry is found in any place and spelling, and goes; the others keep order and spelling", async () => {
        const before = await listed();
        const ours = registrationFileName(THROW_AWAY);
        const isOurs = (entry: string) => entry.toLowerCase().endsWith(`\\${ours}`);
        const register = async (required: boolean) =>
            done({
                do: "registerMof",
                path: THROW_AWAY,
                expect: await registration(),
                mof: autorecoverMof(THROW_AWAY, required),
                compiler: "mofcomp",
            });
        await register(true);
        await Helper.run(
            real,
            `$h=[Microsoft.Win32.RegistryKey]::OpenBaseKey('LocalMachine','Registry64');$k=$h.OpenSubKey('${AUTORECOVER_LIST.key}',$true)
$all=$k.GetValue('${AUTORECOVER_LIST.name}',$null,'DoNotExpandEnvironmentNames')
$mine=@($all|Where-Object{$_.EndsWith('\\${ours}')});$rest=@($all|Where-Object{-not $_.EndsWith('\\${ours}')})
$k.SetValue('${AUTORECOVER_LIST.name}',[string[]](@($mine[0].ToUpperInvariant())+$rest),'MultiString')`,
        );
        const moved = await listed();
        expect([isOurs(moved[0] ?? ""), moved.slice(1)]).toEqual([true, before]);
        expect((await registration()).registered).toBe(true);
        await register(false);
        const changed = await listed();
        expect([changed.filter(isOurs).length, changed.filter((entry) => !isOurs(entry))]).toEqual([1, before]);
        await done({ do: "unregisterMof", path: THROW_AWAY, expect: await registration() });
        expect(await listed()).toEqual(before);
    });

    test("nobody writes while a mofcomp of a killed agent still runs; once that has ended, the next run works", async () => {
        // Ends the one PowerShell that started a mofcomp after this began. A compiler that is quick may have ended before.
        const killer = await Helper.start(
            real,
            `$t=Get-Date;Say 'ready';$m=$null
for($i=0;($i -lt 1500) -and ($null -eq $m);$i++){foreach($p in [Diagnostics.Process]::GetProcessesByName('mofcomp')){try{if($p.StartTime -ge $t){$m=$p}}catch{}};Start-Sleep -Milliseconds 20}
$a=$null;if($null -ne $m){try{if($core){$a=$m.Parent}else{$a=[Diagnostics.Process]::GetProcessById((Get-CimInstance Win32_Process -Filter "ProcessId=$($m.Id)").ParentProcessId)}}catch{}}
if(($null -eq $a) -or ($a.ProcessName -notmatch '^(powershell|pwsh)$')){Say 'missed';exit}
$a.Kill();[void]$a.WaitForExit(5000);if($m.HasExited){Say 'missed';exit}
Say 'runs';Wait-LetGo;try{$m.Kill()}catch{};[void]$m.WaitForExit(5000);Say 'ended'`,
        );
        await killer.says("ready");
        const first = new RealHost(target);
        // The comment makes a stand-in of mofcomp wait; to Windows' own it is a comment.
        const mof = `// STANDIN hang\r\n${encryptionMof(THROW_AWAY, true)}`;
        const compiling = first
            .open()
            .apply([{ do: "compileMof", path: THROW_AWAY, expect: await flag(), mof, required: true, compiler: "mofcomp" }], NOTHING)
            .catch(() => undefined);
        const remember: Step = { do: "setLedger", item: ITEM, expect: null, text: "x" };
        try {
            if ((await killer.says("runs", "missed")) === "missed") {
                console.warn("the compile ended before its agent could be killed: what a compile does that outlives one was not seen");
                return;
            }
            await first.dispose();
            const next = real.open({ mutexTimeoutMs: 3000 });
            await expect(next.apply([remember], NOTHING)).rejects.toMatchObject({ code: "compilerStillRuns" });
            expect((await next.observe(NOTHING)).ledger.filter(({ item }) => item === ITEM)).toEqual([]);
        } finally {
            // By hand, not by our agent: it writes nothing as long as that compiler runs.
            await Helper.run(real, `[Microsoft.Win32.Registry]::SetValue($key,'${LET_GO}','yes')`);
            await compiling;
            await first.dispose();
        }
        await killer.says("ended");
        expect(await host.apply([remember], NOTHING)).toMatchObject({ done: 1, stopped: null });
        expect((await flag()).stored).toBe(false);
    });
}
