# pulumi-wmisec agent: the loop. Reads requests, runs verbs with a deadline, frames answers. Knows nothing of WMI.
#
# The last part of the text that bootstrap.ps1 runs. It is given:
#   $WmisecInput    standard input, positioned after this text
#   $WmisecNonce    32 hex digits, new for each session
#   $WmisecVerbs    a table of the verbs that a request may name and the function of each
#   Get-WmisecMachine    the function that makes the first answer
# In:  one line of ASCII JSON a request: { id, verb, timeoutMs, args }.
# Out: one frame an answer: the nonce, ASCII JSON, the nonce. { id, ok: true, value } or { id, ok: false, failure }.
#
# Verbs run in a second runspace, because a call into WMI can hang and nothing else then runs in its runspace. That runspace
# is made once; what a verb writes to its streams ends there and never reaches standard output.

$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'

$WmisecIdleMs = 300000
$WmisecHandshakeMs = 25000
$WmisecMaxRequest = 2000000

# A failure that the agent itself finds, named so that it can't be taken for an exception of .NET.
function New-WmisecFault {
    param([string] $Word, [string] $Message)

    $fault = New-Object System.InvalidOperationException -ArgumentList $Message
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

# JSON in ASCII, so that no code page on the way can change it.
function ConvertTo-WmisecJson {
    param($Value)

    $json = ConvertTo-Json -InputObject $Value -Compress -Depth 12
    if ($json -cnotmatch '[^\x20-\x7e]') { return $json }
    return [regex]::Replace($json, '[^\x20-\x7e]', [System.Text.RegularExpressions.MatchEvaluator] { ConvertTo-WmisecEscape $args[0] })
}

function ConvertTo-WmisecEscape {
    param($Found)

    return '\u{0:x4}' -f [int] [char] $Found.Value
}

# In the second runspace: one verb, its answer as JSON. "No output" is not the same as $null in Windows PowerShell, which
# writes the former as an empty object: hence the assignment of $null.
function Invoke-WmisecVerb {
    param([int] $Id, [string] $Function, $Arguments)

    $ErrorActionPreference = 'Stop'
    try {
        $value = & $Function $Arguments
        if ($null -eq $value) { $value = $null }
        return ConvertTo-WmisecJson @{ id = $Id; ok = $true; value = $value }
    } catch {
        return ConvertTo-WmisecJson @{ id = $Id; ok = $false; failure = (ConvertTo-WmisecFailure $_) }
    }
}

# The second runspace knows every function of this text. $Running is how a verb tells what has to be cleaned up if it
# outlives its deadline. Arrays that went through a pipeline would be written as { value, Count } by Windows PowerShell
# while the extended type data of System.Array is there.
function New-WmisecWorker {
    param([hashtable] $Running)

    $state = [System.Management.Automation.Runspaces.InitialSessionState]::CreateDefault2()
    foreach ($known in Get-ChildItem -Path 'function:*-Wmisec*') {
        $entry = New-Object System.Management.Automation.Runspaces.SessionStateFunctionEntry -ArgumentList $known.Name, $known.Definition
        $state.Commands.Add($entry)
    }
    $entry = New-Object System.Management.Automation.Runspaces.SessionStateVariableEntry -ArgumentList 'WmisecRunning', $Running, ''
    $state.Variables.Add($entry)
    $worker = [System.Management.Automation.Runspaces.RunspaceFactory]::CreateRunspace($state)
    $worker.ThreadOptions = 'ReuseThread'
    $worker.Open()
    $shell = [System.Management.Automation.PowerShell]::Create()
    $shell.Runspace = $worker
    [void] $shell.AddCommand('Remove-TypeData').AddParameter('TypeName', 'System.Array').AddParameter('ErrorAction', 'Ignore').Invoke()
    $shell.Dispose()
    return $worker
}

# One verb with a deadline. Returns the answer as JSON, or nothing when the deadline passed: the worker is lost then.
function Invoke-WmisecWithDeadline {
    param($Worker, [int] $Id, [string] $Function, $Arguments, [int] $TimeoutMs)

    $shell = [System.Management.Automation.PowerShell]::Create()
    $shell.Runspace = $Worker
    [void] $shell.AddCommand('Invoke-WmisecVerb').AddParameter('Id', $Id).AddParameter('Function', $Function).AddParameter('Arguments', $Arguments)
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
# without its newline, or nothing at the end of input or after $IdleMs without a byte.
function Read-WmisecLine {
    param([hashtable] $Reader, [int] $IdleMs, [int] $Limit)

    $line = New-Object System.IO.MemoryStream
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
        $line.Write($Reader['Buffer'], $Reader['Start'], $stop - $Reader['Start'])
        if ($line.Length -gt $Limit) { throw (New-WmisecFault 'BadRequest' "a request is longer than $Limit bytes") }
        $Reader['Start'] = $stop
        if ($newline -ge 0) {
            $Reader['Start'] = $stop + 1
            return [System.Text.Encoding]::ASCII.GetString($line.ToArray())
        }
    }
}

function Write-WmisecFrame {
    param([System.IO.Stream] $Sink, [string] $Nonce, [string] $Json)

    $bytes = [System.Text.Encoding]::ASCII.GetBytes($Nonce + $Json + $Nonce + "`n")
    $Sink.Write($bytes, 0, $bytes.Length)
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
    Write-WmisecFrame $Sink $Nonce (ConvertTo-WmisecFailedAnswer $Id $failure)
    [System.Diagnostics.Process]::GetCurrentProcess().Kill()
}

# Numbers from JSON are [int] in Windows PowerShell and [long] in PowerShell 7.
function Test-WmisecCount {
    param($Value)

    return (($Value -is [int]) -or ($Value -is [long])) -and ($Value -ge 0) -and ($Value -le 2147483647)
}

# The function that runs comes from our table of verbs, never from the request.
function Assert-WmisecRequest {
    param($Request, [hashtable] $Verbs)

    $known = ($Request.verb -is [string]) -and ($Verbs.ContainsKey($Request.verb) -or ($Request.verb -ceq 'bye'))
    if (-not $known) { throw (New-WmisecFault 'BadRequest' 'the request names no verb of this agent') }
    if (-not (Test-WmisecCount $Request.timeoutMs)) { throw (New-WmisecFault 'BadRequest' 'the request has no timeoutMs') }
}

# From the beginning of the line, so that a request that can't be read is answered by its number too; 0 when it has none.
function Read-WmisecRequestId {
    param([string] $Line)

    if ($Line -cmatch '^\{"id":([0-9]{1,9}),') { return [int] $Matches[1] }
    return 0
}

function Start-WmisecAgent {
    param([System.IO.Stream] $Source, [System.IO.Stream] $Sink, [string] $Nonce, [hashtable] $Verbs, [int] $IdleMs, [int] $HandshakeMs, [int] $Limit)

    $running = [hashtable]::Synchronized(@{ Ended = $false; Process = $null; File = $null; Folder = $null })
    $worker = New-WmisecWorker $running
    try {
        $answer = Invoke-WmisecWithDeadline $worker 0 'Get-WmisecMachine' $null $HandshakeMs
        if ($null -eq $answer) { Stop-WmisecAfterDeadline $Sink $Nonce 0 $HandshakeMs $running; return }
        Write-WmisecFrame $Sink $Nonce $answer
        $reader = @{ Stream = $Source; Buffer = (New-Object byte[] 65536); Start = 0; End = 0 }
        while ($true) {
            $line = Read-WmisecLine $reader $IdleMs $Limit
            if ($null -eq $line) { return }
            $id = Read-WmisecRequestId $line
            $request = $null
            try {
                $request = ConvertFrom-Json -InputObject $line
                Assert-WmisecRequest $request $Verbs
            } catch {
                $failure = ConvertTo-WmisecFailure $_
                $failure['type'] = 'pulumi-wmisec.BadRequest'
                Write-WmisecFrame $Sink $Nonce (ConvertTo-WmisecFailedAnswer $id $failure)
                continue
            }
            if ($request.verb -ceq 'bye') {
                Write-WmisecFrame $Sink $Nonce (ConvertTo-WmisecJson @{ id = $id; ok = $true; value = $null })
                return
            }
            $answer = Invoke-WmisecWithDeadline $worker $id $Verbs[$request.verb] $request.args $request.timeoutMs
            if ($null -eq $answer) { Stop-WmisecAfterDeadline $Sink $Nonce $id $request.timeoutMs $running; return }
            Write-WmisecFrame $Sink $Nonce $answer
        }
    } finally {
        $worker.Dispose()
    }
}

$WmisecAgent = @{
    Source      = $WmisecInput
    Sink        = [Console]::OpenStandardOutput()
    Nonce       = $WmisecNonce
    Verbs       = $WmisecVerbs
    IdleMs      = $WmisecIdleMs
    HandshakeMs = $WmisecHandshakeMs
    Limit       = $WmisecMaxRequest
}
Start-WmisecAgent @WmisecAgent
