# pulumi-wmisec agent: runs mofcomp.exe. $WmisecRunning (from protocol.ps1) names the process to kill if the deadline ends the agent.

# Returns nothing, or what mofcomp said. `-check` can't be combined with another switch (MicrosoftDocs/win32
# desktop-src/WmiSdk/mofcomp.md).
function Invoke-WmisecMofcomp {
    param([string] $File, [string] $During, [int] $TimeoutMs)

    $mofcomp = [System.IO.Path]::Combine([System.Environment]::SystemDirectory, 'wbem', 'mofcomp.exe')
    $line = '"' + $File + '"'
    if ($During -ceq 'check') { $line = '-check ' + $line }
    $ended = Invoke-WmisecMarkedProgram $mofcomp $line ([System.IO.Path]::GetDirectoryName($File)) $TimeoutMs
    if ($ended.exit -ne 0) { return @{ reason = 'mofcomp'; during = $During; exit = $ended.exit; output = $ended.output } }
}

# ---- a compile that outlives its agent

# If an agent is killed during a compile, mofcomp keeps running and the mutex is abandoned. What mofcomp stores afterwards would
# undo what the next run writes. So mofcomp inherits a handle to this file, and nobody else can open the file while mofcomp lives.
# Windows itself keeps this lock, no matter which process is killed when. The agent starts no other program.
function Get-WmisecMark {
    return [System.IO.Path]::Combine((Get-WmisecFolder), 'compiling')
}

function Invoke-WmisecMarkedProgram {
    param([string] $Program, [string] $ArgumentLine, [string] $Folder, [int] $TimeoutMs)

    $ours = Get-WmisecFolder
    New-WmisecFolder $ours
    try {
        $mode = [System.IO.FileMode]::OpenOrCreate
        $access = [System.IO.FileAccess]::ReadWrite
        $share = [System.IO.FileShare]::Inheritable
        $mark = New-Object System.IO.FileStream -ArgumentList (Get-WmisecMark), $mode, $access, $share, 4096, ([System.IO.FileOptions]::DeleteOnClose)
        try {
            return Invoke-WmisecProgram $Program $ArgumentLine $Folder $TimeoutMs
        } finally {
            $mark.Dispose()
        }
    } finally {
        Remove-WmisecEmptyFolder $ours
    }
}

# Runs before the first step of a request. Windows deletes the file when its last handle is closed. If the file still exists and
# can't be opened, a compile is still running.
function Wait-WmisecCompile {
    param([long] $TimeoutMs)

    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    while ($true) {
        try {
            [System.IO.File]::Open((Get-WmisecMark), [System.IO.FileMode]::Open, [System.IO.FileAccess]::ReadWrite, [System.IO.FileShare]::None).Dispose()
            return
        } catch {
            $failure = ConvertTo-WmisecFailure $_
            if (@('System.IO.FileNotFoundException', 'System.IO.DirectoryNotFoundException') -ccontains $failure.type) { return }
            if ($clock.ElapsedMilliseconds -ge $TimeoutMs) {
                throw (New-WmisecFault 'StillCompiling' "a mofcomp.exe that an earlier run started still runs: $($failure.message)")
            }
        }
        Start-Sleep -Milliseconds 200
    }
}

# ---- running a program

# Runs a program with a deadline. Reads both pipes from the start: a program waits when it fills a pipe that nobody reads. The
# exit code comes from the process, not from a shell. The program starts in the folder of its file, because no documentation says
# which folder mofcomp searches for the name in an #include.
#
# The program inherits every handle of ours that can be inherited, also that of our own output. If it outlives us, it keeps our
# output open. We could prevent that only with P/Invoke, which would need a C# compiler or look like an attack.
function Invoke-WmisecProgram {
    param([string] $Program, [string] $ArgumentLine, [string] $Folder, [int] $TimeoutMs)

    $start = New-Object System.Diagnostics.ProcessStartInfo -ArgumentList $Program, $ArgumentLine
    $start.UseShellExecute = $false
    $start.CreateNoWindow = $true
    $start.WorkingDirectory = $Folder
    $start.RedirectStandardInput = $true
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    $process = [System.Diagnostics.Process]::Start($start)
    $WmisecRunning['Process'] = $process
    try {
        $process.StandardInput.Close()
        $pipes = @((New-WmisecPipe $process.StandardOutput), (New-WmisecPipe $process.StandardError))
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        while ((Read-WmisecPipes $pipes 100) -and (-not $process.HasExited) -and ($clock.ElapsedMilliseconds -lt $TimeoutMs)) { continue }
        if (-not $process.WaitForExit([int] [System.Math]::Max(0, $TimeoutMs - $clock.ElapsedMilliseconds))) {
            Wait-WmisecEnd
            # The program may have ended at this very moment.
            try { $process.Kill() } catch { [void] $_ }
            [void] $process.WaitForExit(2000)
            $message = "$Program had not ended after $TimeoutMs ms and was killed"
            $said = Read-WmisecRest $pipes
            if ($said -cne '') { $message += "; it said: $said" }
            throw (New-WmisecFault 'ProgramTimeout' $message)
        }
        Wait-WmisecEnd
        return @{ exit = $process.ExitCode; output = (Read-WmisecRest $pipes) }
    } finally {
        $WmisecRunning['Process'] = $null
        $process.Dispose()
    }
}

# The text read from a pipe so far, and the read that waits for more. There is no such read after the end of the pipe.
function New-WmisecPipe {
    param([System.IO.StreamReader] $Reader)

    $buffer = New-Object char[] 8192
    return @{ Reader = $Reader; Buffer = $buffer; Pending = $Reader.ReadAsync($buffer, 0, $buffer.Length); Text = (New-Object System.Text.StringBuilder) }
}

# Waits until text arrives or the time is up. Returns false when all pipes have ended.
function Read-WmisecPipes {
    param($Pipes, [int] $WaitMs)

    [System.Threading.Tasks.Task[]] $pending = @(foreach ($pipe in $Pipes) { if ($null -ne $pipe.Pending) { $pipe.Pending } })
    if ($pending.Length -eq 0) { return $false }
    [void] [System.Threading.Tasks.Task]::WaitAny($pending, $WaitMs)
    foreach ($pipe in $Pipes) {
        if (($null -eq $pipe.Pending) -or (-not $pipe.Pending.IsCompleted)) { continue }
        $read = 0
        if ((-not $pipe.Pending.IsFaulted) -and (-not $pipe.Pending.IsCanceled)) { $read = $pipe.Pending.Result }
        $pipe.Pending = $null
        if ($read -le 0) { continue }
        [void] $pipe.Text.Append($pipe.Buffer, 0, [System.Math]::Min($read, 16000 - $pipe.Text.Length))
        $pipe.Pending = $pipe.Reader.ReadAsync($pipe.Buffer, 0, $pipe.Buffer.Length)
    }
    return $true
}

# The program has ended, but a process that inherited its pipes may keep them open. So this waits at most one second for both.
function Read-WmisecRest {
    param($Pipes)

    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    while (($clock.ElapsedMilliseconds -lt 1000) -and (Read-WmisecPipes $Pipes ([System.Math]::Max(0, 1000 - $clock.ElapsedMilliseconds)))) { continue }
    $text = ''
    foreach ($pipe in $Pipes) { $text += [string] $pipe.Text }
    return $text.Substring(0, [System.Math]::Min($text.Length, 16000))
}

# If the verb's deadline has passed, the first runspace has killed the program and is about to end this process. Wait for that
# here, so that nothing is left half undone.
function Wait-WmisecEnd {
    while ($WmisecRunning['Ended']) { Start-Sleep -Seconds 1 }
}
