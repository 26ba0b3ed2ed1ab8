# pulumi-wmisec agent: the loop. Reads requests, has them carried out with a deadline, frames answers. Knows nothing of WMI.
#
# The last part of the text that bootstrap.ps1 runs. It is given:
#   $WmisecReader   standard input, and what of it was read already
#   $WmisecNonce    32 hex digits, new for each session
#   $WmisecParts    a table of the parts of the agent that may be sent later, by name and SHA-256 (command.ts)
#   $WmisecCore     a script block with all functions of the core, which run in the second runspace: Invoke-WmisecRequest above all
# In:  one line of ASCII JSON a request: { id, verb, timeoutMs, args }.
# Out: one frame an answer: the nonce, ASCII JSON, the nonce. { id, ok: true, value } or { id, ok: false, failure }.
#
# Requests are read and carried out in a second runspace, because a call into WMI can hang and nothing else then runs in its
# runspace. That runspace is made once; what a verb writes to its streams ends there and never reaches standard output. The first
# one reads lines, waits and writes frames, and calls no command at all.
#
# A start costs what PowerShell does for the first time: a millisecond or two for each method, property, operator and conversion
# of a kind that was not there before, tens for each command or type that something must be loaded for. Hence few of them here.

$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'

$WmisecIdleMs = 300000
$WmisecHandshakeMs = 60000
$WmisecWriteMs = 60000
$WmisecMaxRequest = 2000000
$WmisecMaxAnswer = 8388608

# The second runspace has these commands, by their types, and our own functions: nothing else can be called
# there, and nothing is looked for in a module.
# Without PowerShell's extended types: while System.Array is one of them, Windows PowerShell writes an array that went through a
# pipeline as { value, Count }.
function New-WmisecWorker {
    $state = [System.Management.Automation.Runspaces.InitialSessionState]::Create()
    $state.LanguageMode = 'FullLanguage'
    $library = ', Microsoft.PowerShell.Commands.Utility, Version=3.0.0.0, Culture=neutral, PublicKeyToken=31bf3856ad364e35'
    foreach ($command in @('Add-Type', 'ConvertFrom-Json', 'ConvertTo-Json', 'New-Object', 'Start-Sleep')) {
        $type = [type] ('Microsoft.PowerShell.Commands.' + $command.Replace('-', '') + 'Command' + $library)
        $state.Commands.Add([System.Management.Automation.Runspaces.SessionStateCmdletEntry]::new($command, $type, $null))
    }
    $worker = [System.Management.Automation.Runspaces.RunspaceFactory]::CreateRunspace($state)
    $worker.ThreadOptions = 'ReuseThread'
    $worker.Open()
    # As in the bootstrap: opening a runspace puts the account's own folder back.
    $env:PSModulePath = [System.IO.Path]::Combine($PSHOME, 'Modules')
    return $worker
}

# The second runspace does something with $Given. Returns what came of it, or nothing when the limit passed: the worker is lost then.
function Invoke-WmisecWorker {
    param($Worker, $Script, $Given, $LimitMs)

    $shell = [System.Management.Automation.PowerShell]::Create()
    $shell.Runspace = $Worker
    $pending = $shell.AddScript($Script).AddArgument($Given).BeginInvoke()
    if (-not $pending.AsyncWaitHandle.WaitOne($LimitMs)) { return }
    $answer = [string] $shell.EndInvoke($pending)
    $shell.Dispose()
    return $answer
}

# Text whose hash was checked: the core, and parts of the agent. A script block belongs to the runspace that made it, its tree to none.
function Add-WmisecScript {
    param($Worker, $Running, $Script, $LimitMs)

    $given = @{ Running = $Running; Script = $Script }
    $adding = '$ErrorActionPreference = ''Stop''; $WmisecRunning = $args[0][''Running'']; . $args[0][''Script''].Ast.GetScriptBlock()'
    $added = Invoke-WmisecWorker $Worker $adding $given $LimitMs
    if ($null -eq $added) { [System.Diagnostics.Process]::GetCurrentProcess().Kill() }
}

# After a deadline: the program that the verb started and the file that it wrote must not outlive the agent.
function Clear-WmisecLeftovers {
    param([hashtable] $Running)

    $Running['Ended'] = $true
    if ($null -ne $Running['Process']) {
        try {
            $Running['Process'].Kill()
            [void] $Running['Process'].WaitForExit(2000)
        } catch {
            # It has ended by itself.
            $Running['Process'] = $null
        }
    }
    if ($null -ne $Running['File']) {
        try {
            [System.IO.File]::Delete($Running['File'])
            if ($null -ne $Running['Folder']) { [System.IO.Directory]::Delete($Running['Folder']) }
        } catch {
            # The folder holds another file, or the file is held open; nothing more can be done from here.
            $Running['File'] = $null
        }
    }
}

# Lines from a stream, read in blocks: a task can be waited for with a limit, a blocking read cannot. Returns one line
# without its newline, or nothing at the end of input or after $IdleMs without a byte. Of a line above the limit only the beginning
# is kept.
function Read-WmisecLine {
    param($Reader, $IdleMs, $Limit)

    $buffer = $Reader['Buffer']
    $end = $Reader['End'] - $Reader['Start']
    [System.Array]::Copy($buffer, $Reader['Start'], $buffer, 0, $end)
    $seen = 0
    while ($true) {
        $newline = [System.Array]::IndexOf($buffer, [byte] 10, $seen, $end - $seen)
        if ($newline -ge 0) {
            $Reader['Start'] = $newline + 1
            $Reader['End'] = $end
            return [System.Text.Encoding]::ASCII.GetString($buffer, 0, $newline)
        }
        if ($end -gt $Limit) { $end = $Limit + 1 }
        $seen = $end
        if ($buffer.Length - $end -lt 65536) {
            $longer = [byte[]]::new(2 * $buffer.Length)
            [System.Array]::Copy($buffer, 0, $longer, 0, $end)
            $buffer = $longer
            $Reader['Buffer'] = $buffer
        }
        $read = $Reader['Stream'].ReadAsync($buffer, $end, 65536)
        if (-not $read.Wait($IdleMs)) { return }
        if ($read.Result -eq 0) { return }
        $end += $read.Result
    }
}

# Whoever reads no more would keep us here, and the mutex with us: no block in $LimitMs ends the process.
function Write-WmisecFrame {
    param($Sink, $Nonce, $Json, $LimitMs)

    $bytes = [System.Text.Encoding]::ASCII.GetBytes($Nonce + $Json + $Nonce + "`n")
    for ($at = 0; $at -lt $bytes.Length; $at += 65536) {
        $size = $bytes.Length - $at
        if ($size -gt 65536) { $size = 65536 }
        $written = $Sink.WriteAsync($bytes, $at, $size)
        if (-not $written.Wait($LimitMs)) { [System.Diagnostics.Process]::GetCurrentProcess().Kill() }
    }
    $Sink.Flush()
}

# Ends this process although a call in it hangs: nothing that waits for threads would return.
function Stop-WmisecAfterDeadline {
    param([System.IO.Stream] $Sink, [string] $Nonce, $Id, $TimeoutMs, [hashtable] $Running)

    Clear-WmisecLeftovers $Running
    $message = 'no answer from this host''s own interfaces within ' + $TimeoutMs + ' ms'
    $failure = '{"type":"' + 'pulumi-wmisec.Timeout' + '","hresult":"0x00000000","wmiCode":null,"message":"' + $message + '"}'
    Write-WmisecFrame $Sink $Nonce ('{"id":' + $Id + ',"ok":false,"failure":' + $failure + '}') 5000
    [System.Diagnostics.Process]::GetCurrentProcess().Kill()
}

# What the loop has to know, from the beginning of the line, so that a request that can't be read is answered by its number, too: number 0
# or time -1 where there is none.
function Read-WmisecHead {
    param($Line, $Request)

    $Request['Id'] = 0
    $Request['TimeoutMs'] = -1
    if ($Line -cmatch '^\{"id":([0-9]{1,9}),(?:"verb":"[^"\\]*","timeoutMs":([0-9]{1,9}),)?') {
        $Request['Id'] = [int] $Matches[1]
        if ($null -ne $Matches[2]) { $Request['TimeoutMs'] = [int] $Matches[2] }
    }
}

function Start-WmisecAgent {
    param($Reader, $Sink, $Nonce, $Core, $Parts, $Limits)

    $running = [hashtable]::Synchronized(@{ Ended = $false; Process = $null; File = $null; Folder = $null; Parts = @{}; Known = $Parts })
    $worker = New-WmisecWorker
    try {
        Add-WmisecScript $worker $running $Core $Limits['HandshakeMs']
        # The machine is asked for first, without a line.
        $request = @{ Id = 0; Line = $null; TimeoutMs = $Limits['HandshakeMs']; MaxRequest = $Limits['Request']; MaxAnswer = $Limits['Answer'] }
        while ($true) {
            $limitMs = $request['TimeoutMs']
            if ($limitMs -lt 0) { $limitMs = $Limits['HandshakeMs'] }
            $answer = Invoke-WmisecWorker $worker 'Invoke-WmisecRequest $args[0]' $request $limitMs
            if ($null -eq $answer) { Stop-WmisecAfterDeadline $Sink $Nonce $request['Id'] $limitMs $running; return }
            $part = $running['Part']
            if ($null -ne $part) {
                Add-WmisecScript $worker $running ([scriptblock]::Create($part['Text'])) $Limits['HandshakeMs']
                $running['Parts'][$part['Name']] = $true
                $running['Part'] = $null
            }
            Write-WmisecFrame $Sink $Nonce $answer $Limits['WriteMs']
            if ($running['Bye']) { return }
            $line = Read-WmisecLine $Reader $Limits['IdleMs'] $Limits['Request']
            if ($null -eq $line) { return }
            $request['Line'] = $line
            Read-WmisecHead $line $request
        }
    } finally {
        $worker.Dispose()
    }
}

$WmisecAgent = @{
    Reader = $WmisecReader
    Sink   = [Console]::OpenStandardOutput()
    Nonce  = $WmisecNonce
    Core   = $WmisecCore
    Parts  = $WmisecParts
    Limits = @{
        IdleMs      = $WmisecIdleMs
        HandshakeMs = $WmisecHandshakeMs
        WriteMs     = $WmisecWriteMs
        Request     = $WmisecMaxRequest
        Answer      = $WmisecMaxAnswer
    }
}
Start-WmisecAgent @WmisecAgent
