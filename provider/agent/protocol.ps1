# pulumi-wmisec agent: the loop. Reads requests, runs them with a deadline, and frames the answers. Knows nothing about WMI.
#
# This is the last part of the text that bootstrap.ps1 runs. It gets:
#   $WmisecReader   standard input, and the bytes that were already read from it
#   $WmisecNonce    32 hex digits, new for each session
#   $WmisecParts    the parts of the agent that may be sent later: a table of names and SHA-256 (command.ts)
#   $WmisecCore     a script block with all functions of the core. They run in the second runspace, called by Invoke-WmisecRequest
#
# In:  each request is one line of ASCII JSON: { id, verb, timeoutMs, args }.
# Out: each answer is one frame: the nonce, ASCII JSON, the nonce. { id, ok: true, value } or { id, ok: false, failure }.
#
# A second runspace carries the requests out: a call into WMI can hang, and then nothing else runs in
# its runspace. It is created once. What a verb writes to its streams never reaches standard output. The
# first runspace only reads lines, waits and writes frames; it calls no commands.
#
# At startup, PowerShell needs a millisecond or two for each method, property, operator and conversion of a kind that it has not run
# before. It needs tens of milliseconds for each command or type that has to be loaded. So this file uses few of them.

$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'

$WmisecIdleMs = 300000
$WmisecHandshakeMs = 60000
$WmisecWriteMs = 60000
$WmisecMaxRequest = 2000000
$WmisecMaxAnswer = 8388608

# The second runspace has only these commands, added by type, and our own functions. Nothing else can be
# called there, and no module is searched.
#
# It does not have PowerShell's extended types. With System.Array among them, Windows PowerShell writes an array that went through
# a pipeline as { value, Count }.
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
    # As in the bootstrap: opening a runspace puts the account's own module folder back into the path.
    $env:PSModulePath = [System.IO.Path]::Combine($PSHOME, 'Modules')
    return $worker
}

# Runs $Script with $Given in the second runspace. Returns its output. Returns nothing if the limit passed; the worker is then lost.
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

# Adds text whose hash was checked: the core, or a part of the agent. A script block belongs to the
# runspace that made it, but its syntax tree does not.
function Add-WmisecScript {
    param($Worker, $Running, $Script, $LimitMs)

    $given = @{ Running = $Running; Script = $Script }
    $adding = '$ErrorActionPreference = ''Stop''; $WmisecRunning = $args[0][''Running'']; . $args[0][''Script''].Ast.GetScriptBlock()'
    $added = Invoke-WmisecWorker $Worker $adding $given $LimitMs
    if ($null -eq $added) { [System.Diagnostics.Process]::GetCurrentProcess().Kill() }
}

# Runs after a deadline. The program that the verb started and the file that it wrote must not outlive the agent.
function Clear-WmisecLeftovers {
    param([hashtable] $Running)

    $Running['Ended'] = $true
    if ($null -ne $Running['Process']) {
        try {
            $Running['Process'].Kill()
            [void] $Running['Process'].WaitForExit(2000)
        } catch {
            # The program has already ended.
            $Running['Process'] = $null
        }
    }
    if ($null -ne $Running['File']) {
        try {
            [System.IO.File]::Delete($Running['File'])
            if ($null -ne $Running['Folder']) { [System.IO.Directory]::Delete($Running['Folder']) }
        } catch {
            # The folder contains another file, or a program holds the file open. Nothing more can be done from here.
            $Running['File'] = $null
        }
    }
}

# Reads a line from a stream, in blocks: a task can be awaited with a limit, a blocking read can't.
# Returns the line without its newline. Returns nothing at the end of input, or after $IdleMs without a
# byte. If a line is longer than the limit, only its beginning is kept.
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

# A client that stops reading would keep this process alive, and the mutex with it. So the process ends
# if a block is not written within $LimitMs.
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

# Ends this process even if a call in it hangs. Anything that waits for threads would not return.
function Stop-WmisecAfterDeadline {
    param([System.IO.Stream] $Sink, [string] $Nonce, $Id, $TimeoutMs, [hashtable] $Running)

    Clear-WmisecLeftovers $Running
    $message = 'no answer from this host''s own interfaces within ' + $TimeoutMs + ' ms'
    $failure = '{"type":"' + 'pulumi-wmisec.Timeout' + '","hresult":"0x00000000","wmiCode":null,"message":"' + $message + '"}'
    Write-WmisecFrame $Sink $Nonce ('{"id":' + $Id + ',"ok":false,"failure":' + $failure + '}') 5000
    [System.Diagnostics.Process]::GetCurrentProcess().Kill()
}

# Reads what the loop needs from the beginning of the line, so that even a request that can't be parsed is answered by its number.
# The number is 0 and the time is -1 if the line has none.
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
        # The first request has no line. It asks which machine this is.
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
