# pulumi-wmisec agent: the loop. Reads requests, runs verbs with a deadline, frames answers. Knows nothing of WMI.
#
# The last part of the text that bootstrap.ps1 runs. It is given:
#   $WmisecReader   standard input, and what of it was read already
#   $WmisecNonce    32 hex digits, new for each session
#   $WmisecVerbs    a table of the verbs that a request may name and the function of each
#   $WmisecParts    a table of the parts of the agent that may be sent later, by name and SHA-256 (command.ts)
#   Get-WmisecMachine    the function that makes the first answer
# In:  one line of ASCII JSON a request: { id, verb, timeoutMs, args }.
# Out: one frame an answer: the nonce, ASCII JSON, the nonce. { id, ok: true, value } or { id, ok: false, failure }.
#
# Verbs run in a second runspace, because a call into WMI can hang and nothing else then runs in its runspace. That runspace
# is made once; what a verb writes to its streams ends there and never reaches standard output.

$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'

$WmisecIdleMs = 300000
$WmisecHandshakeMs = 60000
$WmisecWriteMs = 60000
$WmisecMaxRequest = 2000000
$WmisecMaxAnswer = 8388608

# A failure that the agent itself finds, named so that it can't be taken for an exception of .NET.
function New-WmisecFault {
    param([string] $Word, [string] $Message)

    $fault = [System.InvalidOperationException]::new($Message)
    $fault.Data['pulumi-wmisec'] = 'pulumi-wmisec.' + $Word
    return $fault
}

# What went wrong, without guessing from text: the innermost exception, because PowerShell and .NET wrap the one that
# matters. A ManagementException is taken wherever it stands: its ErrorCode is the only place for the code of WMI, and what
# it wraps knows less.
function ConvertTo-WmisecFailure {
    param($Record)

    $exception = $Record.Exception
    while (($null -ne $exception.InnerException) -and ($exception.GetType().FullName -ne 'System.Management.ManagementException')) {
        $exception = $exception.InnerException
    }
    $type = $exception.GetType().FullName
    $wmiCode = $null
    if ($type -eq 'System.Management.ManagementException') { $wmiCode = '0x{0:x8}' -f [int] $exception.ErrorCode }
    if ($exception.Data.Contains('pulumi-wmisec')) { $type = $exception.Data['pulumi-wmisec'] }
    if ($type.Length -gt 200) { $type = $type.Substring(0, 200) }
    $message = [string] $exception.Message
    if ($message.Length -gt 2000) { $message = $message.Substring(0, 2000) }
    return @{ type = [string] $type; hresult = ('0x{0:x8}' -f [int] $exception.HResult); wmiCode = $wmiCode; message = $message }
}

# JSON in ASCII, so that no code page on the way can change it. By runs of other characters, which .NET itself writes as hex: a
# call of ours for each character of a localized message takes seconds. By code unit, not by an encoding, which would
# change halves of surrogate pairs.
function ConvertTo-WmisecJson {
    param($Value)

    $json = ConvertTo-Json -InputObject $Value -Compress -Depth 12
    if ($json -cnotmatch '[^\x20-\x7e]') { return $json }
    $ascii = [System.Text.StringBuilder]::new(2 * $json.Length)
    $at = 0
    foreach ($run in [regex]::Matches($json, '[^\x20-\x7e]+')) {
        $units = [byte[]]::new(2 * $run.Length)
        [System.Buffer]::BlockCopy($json.ToCharArray($run.Index, $run.Length), 0, $units, 0, $units.Length)
        [void] $ascii.Append($json, $at, $run.Index - $at)
        [void] $ascii.Append([regex]::Replace([System.BitConverter]::ToString($units), '(..)-(..)-?', '\u$2$1'))
        $at = $run.Index + $run.Length
    }
    return [string] $ascii.Append($json, $at, $json.Length - $at)
}

# In the second runspace: one verb, its answer as JSON. "No output" is not the same as $null in Windows PowerShell, which
# writes the former as an empty object: hence the assignment of $null.
function Invoke-WmisecVerb {
    param([int] $Id, [string] $Function, $Arguments, [int] $Limit)

    $ErrorActionPreference = 'Stop'
    try {
        $value = & $Function $Arguments
        if ($null -eq $value) { $value = $null }
        $answer = ConvertTo-WmisecJson @{ id = $Id; ok = $true; value = $value }
        if ($answer.Length -le $Limit) { return $answer }
        $excess = New-WmisecExcess $value $answer.Length $Limit
        if (-not (($value -is [hashtable]) -and $value.ContainsKey('done'))) { throw $excess }
        # What was done is told whatever becomes of the look.
        $unseen = try { throw $excess } catch { ConvertTo-WmisecFailure $_ }
        return ConvertTo-WmisecJson @{ id = $Id; ok = $true; value = @{ done = $value['done']; stopped = $value['stopped']; unseen = $unseen } }
    } catch {
        return ConvertTo-WmisecJson @{ id = $Id; ok = $false; failure = (ConvertTo-WmisecFailure $_) }
    }
}

# Names what makes an answer too large: of a write's answer, in its observation.
function New-WmisecExcess {
    param($Value, [int] $Length, [int] $Limit)

    $largest = 'one value'
    $most = 0
    $within = $Value
    if (($Value -is [hashtable]) -and ($Value['observation'] -is [hashtable])) { $within = $Value['observation'] }
    if ($within -is [hashtable]) {
        foreach ($part in $within.GetEnumerator()) {
            $size = (ConvertTo-WmisecJson $part.Value).Length
            if ($size -gt $most) {
                $most = $size
                $largest = [string] $part.Key
            }
        }
    }
    $message = "the answer has $Length bytes and at most $Limit can be sent; most of it is ${largest}: $most bytes"
    if ($largest -cne 'ledger') { return New-WmisecFault 'AnswerTooLarge' $message }
    return New-WmisecFault 'LedgerTooLarge' ($message + " in $(@($within['ledger']).Length) entries")
}

# The second runspace runs this text, too, and gets its functions by that. $Running is how a verb tells what has to be cleaned
# up if it outlives its deadline. Arrays that went through a pipeline would be written as { value, Count } by Windows
# PowerShell while the extended type data of System.Array is there.
function New-WmisecWorker {
    param([hashtable] $Running, [string] $Text)

    $state = [System.Management.Automation.Runspaces.InitialSessionState]::CreateDefault2()
    $entry = [System.Management.Automation.Runspaces.SessionStateVariableEntry]::new('WmisecRunning', $Running, '')
    $state.Variables.Add($entry)
    $worker = [System.Management.Automation.Runspaces.RunspaceFactory]::CreateRunspace($state)
    $worker.ThreadOptions = 'ReuseThread'
    $worker.Open()
    # As in the bootstrap: opening a runspace puts the account's own folder back.
    $env:PSModulePath = [System.IO.Path]::Combine($PSHOME, 'Modules')
    Add-WmisecText $worker $Text
    $shell = [System.Management.Automation.PowerShell]::Create()
    $shell.Runspace = $worker
    [void] $shell.AddCommand('Remove-TypeData').AddParameter('TypeName', 'System.Array').AddParameter('ErrorAction', 'Ignore').Invoke()
    $shell.Dispose()
    return $worker
}

# Text whose hash was checked: this one, and parts of the agent.
function Add-WmisecText {
    param($Worker, [string] $Text)

    $shell = [System.Management.Automation.PowerShell]::Create()
    $shell.Runspace = $Worker
    try { [void] $shell.AddScript($Text).Invoke() } finally { $shell.Dispose() }
}

# A part of the agent, of those that this text names. What has another hash does not run.
function Import-WmisecPart {
    param($Worker, [hashtable] $Running, $Parts, $Arguments)

    $name = Assert-WmisecText $Arguments.part
    $bytes = [System.Text.Encoding]::ASCII.GetBytes((Assert-WmisecText $Arguments.text))
    $hash = Get-WmisecHash $bytes
    foreach ($part in $Parts.GetEnumerator()) {
        if (([string]::CompareOrdinal($part.Key, $name) -ne 0) -or ([string]::CompareOrdinal($part.Value, $hash) -ne 0)) { continue }
        Add-WmisecText $Worker ([System.Text.Encoding]::ASCII.GetString($bytes))
        $Running['Parts'][$name] = $true
        return
    }
    throw (New-WmisecFault 'BadRequest' 'the text in the request is no part of this agent, or arrived changed')
}

# One verb with a deadline. Returns the answer as JSON, or nothing when the deadline passed: the worker is lost then.
function Invoke-WmisecWithDeadline {
    param($Worker, [int] $Id, [string] $Function, $Arguments, [int] $TimeoutMs, [int] $Limit)

    $shell = [System.Management.Automation.PowerShell]::Create()
    $shell.Runspace = $Worker
    $parameters = @{ Id = $Id; Function = $Function; Arguments = $Arguments; Limit = $Limit }
    [void] $shell.AddCommand('Invoke-WmisecVerb').AddParameters($parameters)
    $pending = $shell.BeginInvoke()
    if (-not $pending.AsyncWaitHandle.WaitOne($TimeoutMs)) { return }
    $answer = ''
    foreach ($text in $shell.EndInvoke($pending)) { $answer = [string] $text }
    $shell.Dispose()
    return $answer
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
    param([hashtable] $Reader, [int] $IdleMs, [int] $Limit)

    $line = [System.IO.MemoryStream]::new()
    while ($true) {
        if ($Reader['Start'] -eq $Reader['End']) {
            $read = $Reader['Stream'].ReadAsync($Reader['Buffer'], 0, $Reader['Buffer'].Length)
            if (-not $read.Wait($IdleMs)) { return }
            if ($read.Result -le 0) { return }
            $Reader['Start'] = 0
            $Reader['End'] = $read.Result
        }
        $newline = [System.Array]::IndexOf($Reader['Buffer'], [byte] 10, $Reader['Start'], $Reader['End'] - $Reader['Start'])
        $stop = $newline
        if ($newline -lt 0) { $stop = $Reader['End'] }
        if ($line.Length -le $Limit) { $line.Write($Reader['Buffer'], $Reader['Start'], $stop - $Reader['Start']) }
        $Reader['Start'] = $stop
        if ($newline -ge 0) {
            $Reader['Start'] = $stop + 1
            return [System.Text.Encoding]::ASCII.GetString($line.GetBuffer(), 0, [int] $line.Length)
        }
    }
}

# Whoever reads no more would keep us here, and the mutex with us: no block in $LimitMs ends the process.
function Write-WmisecFrame {
    param([System.IO.Stream] $Sink, [string] $Nonce, [string] $Json, [int] $LimitMs)

    $bytes = [System.Text.Encoding]::ASCII.GetBytes($Nonce + $Json + $Nonce + "`n")
    for ($at = 0; $at -lt $bytes.Length; $at += 65536) {
        $written = $Sink.WriteAsync($bytes, $at, [System.Math]::Min(65536, $bytes.Length - $at))
        if (-not $written.Wait($LimitMs)) { [System.Diagnostics.Process]::GetCurrentProcess().Kill() }
    }
    $Sink.Flush()
}

function ConvertTo-WmisecFailedAnswer {
    param([int] $Id, $Failure)

    return ConvertTo-WmisecJson @{ id = $Id; ok = $false; failure = $Failure }
}

# Ends this process although a call in it hangs: nothing that waits for threads would return.
function Stop-WmisecAfterDeadline {
    param([System.IO.Stream] $Sink, [string] $Nonce, [int] $Id, [int] $TimeoutMs, [hashtable] $Running)

    Clear-WmisecLeftovers $Running
    $failure = @{
        type    = 'pulumi-wmisec.Timeout'
        hresult = '0x00000000'
        wmiCode = $null
        message = "no answer from this host's own interfaces within $TimeoutMs ms"
    }
    Write-WmisecFrame $Sink $Nonce (ConvertTo-WmisecFailedAnswer $Id $failure) 5000
    [System.Diagnostics.Process]::GetCurrentProcess().Kill()
}

# Numbers from JSON are [int] in Windows PowerShell and [long] in PowerShell 7.
function Test-WmisecCount {
    param($Value)

    return (($Value -is [int]) -or ($Value -is [long])) -and ($Value -ge 0) -and ($Value -le 2147483647)
}

# A request of one line. PowerShell 7 takes text that looks like a time for one, and changes half a surrogate pair; from 7.5 on the
# first can be had otherwise.
function ConvertFrom-WmisecRequest {
    param([string] $Line, [int] $Limit)

    if ($Line.Length -gt $Limit) { throw (New-WmisecFault 'BadRequest' "the request is longer than $Limit bytes") }
    $half = '\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F]'
    if (($PSVersionTable.PSVersion.Major -ge 6) -and ($Line -cmatch $half)) {
        throw (New-WmisecFault 'BadRequest' 'half a surrogate pair in the request would arrive changed in this PowerShell')
    }
    $version = $PSVersionTable.PSVersion
    if (($version.Major -ge 8) -or (($version.Major -eq 7) -and ($version.Minor -ge 5))) { return ConvertFrom-Json -InputObject $Line -DateKind String }
    return ConvertFrom-Json -InputObject $Line
}

# The function that runs comes from our table of verbs, never from the request. Nothing for what the loop does itself.
function Get-WmisecVerbFunction {
    param($Request, [hashtable] $Verbs)

    if (-not (Test-WmisecCount $Request.timeoutMs)) { throw (New-WmisecFault 'BadRequest' 'the request has no timeoutMs') }
    $name = Assert-WmisecText $Request.verb
    foreach ($own in 'load', 'bye') {
        if ([string]::CompareOrdinal($own, $name) -eq 0) { return }
    }
    foreach ($verb in $Verbs.GetEnumerator()) {
        if ([string]::CompareOrdinal($verb.Key, $name) -eq 0) { return $verb.Value }
    }
    throw (New-WmisecFault 'BadRequest' 'the request names no verb of this agent')
}

# From the beginning of the line, so that a request that can't be read is answered by its number too; 0 when it has none.
function Read-WmisecRequestId {
    param([string] $Line)

    if ($Line -cmatch '^\{"id":([0-9]{1,9}),') { return [int] $Matches[1] }
    return 0
}

function Start-WmisecAgent {
    param([hashtable] $Reader, [System.IO.Stream] $Sink, [string] $Nonce, [string] $Text, [hashtable] $Verbs, $Parts, [hashtable] $Limits)

    $running = [hashtable]::Synchronized(@{ Ended = $false; Process = $null; File = $null; Folder = $null; Parts = @{} })
    $worker = New-WmisecWorker $running $Text
    try {
        $answer = Invoke-WmisecWithDeadline $worker 0 'Get-WmisecMachine' $null $Limits.HandshakeMs $Limits.Answer
        if ($null -eq $answer) { Stop-WmisecAfterDeadline $Sink $Nonce 0 $Limits.HandshakeMs $running; return }
        Write-WmisecFrame $Sink $Nonce $answer $Limits.WriteMs
        while ($true) {
            $line = Read-WmisecLine $Reader $Limits.IdleMs $Limits.Request
            if ($null -eq $line) { return }
            $id = Read-WmisecRequestId $line
            try {
                $request = ConvertFrom-WmisecRequest $line $Limits.Request
                $function = Get-WmisecVerbFunction $request $Verbs
                if ($request.verb -ceq 'load') { Import-WmisecPart $worker $running $Parts $request.args }
            } catch {
                $failure = ConvertTo-WmisecFailure $_
                $failure['type'] = 'pulumi-wmisec.BadRequest'
                Write-WmisecFrame $Sink $Nonce (ConvertTo-WmisecFailedAnswer $id $failure) $Limits.WriteMs
                continue
            }
            if ($null -eq $function) {
                Write-WmisecFrame $Sink $Nonce (ConvertTo-WmisecJson @{ id = $id; ok = $true; value = $null }) $Limits.WriteMs
                if ($request.verb -ceq 'bye') { return }
                continue
            }
            $answer = Invoke-WmisecWithDeadline $worker $id $function $request.args $request.timeoutMs $Limits.Answer
            if ($null -eq $answer) { Stop-WmisecAfterDeadline $Sink $Nonce $id $request.timeoutMs $running; return }
            Write-WmisecFrame $Sink $Nonce $answer $Limits.WriteMs
        }
    } finally {
        $worker.Dispose()
    }
}

# The second runspace, which only wants the functions, has no nonce.
if ($null -ne $WmisecNonce) {
    $WmisecAgent = @{
        Reader = $WmisecReader
        Sink   = [Console]::OpenStandardOutput()
        Nonce  = $WmisecNonce
        Text   = [string] $MyInvocation.MyCommand.ScriptBlock
        Verbs  = $WmisecVerbs
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
}
