# pulumi-wmisec agent: mofcomp.exe. $WmisecRunning (from protocol.ps1) names the process that must go if the agent is ended
# by its deadline.

# Returns nothing, or what mofcomp said. `-check` goes with no other switch (MicrosoftDocs/win32 desktop-src/WmiSdk/mofcomp.md).
function Invoke-WmisecMofcomp {
    param([string] $File, [string] $During, [int] $TimeoutMs)

    $mofcomp = [System.IO.Path]::Combine([System.Environment]::SystemDirectory, 'wbem', 'mofcomp.exe')
    $line = '"' + $File + '"'
    if ($During -ceq 'check') { $line = '-check ' + $line }
    $ended = Invoke-WmisecMarkedProgram $mofcomp $line ([System.IO.Path]::GetDirectoryName($File)) $TimeoutMs
    if ($ended.exit -ne 0) { return @{ reason = 'mofcomp'; during = $During; exit = $ended.exit; output = $ended.output } }
}

# ---- a compile that outlives its agent

# An agent that is killed in a compile leaves mofcomp running and the mutex abandoned, and what mofcomp stores then would undo
# what the next run writes. So mofcomp inherits a handle to this file, which nobody else can open while it lives: Windows itself
# keeps the account, whoever is killed when. Nothing else of ours starts a program.
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

# Before the first step of a list. Windows takes the file away with its last handle, so what is still there and can't be opened
# is a compile.
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

# Runs a program with a deadline. Both pipes are read as it comes from the start: a program that fills one of them would wait
# for ever. The exit code comes from the process, not from a shell. It starts in the folder of the file that it is about, because
# it is documented nowhere from where mofcomp takes the name in an #include.
#
# A program inherits what is inheritable of ours, our own output too: one that outlives us keeps that open. Without P/Invoke,
# which would cost a C# compiler or look like an attack, nothing can be done about that from here.
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
            # It may have ended in this very moment.
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

# What has come of a pipe, and the read that waits for more; no read after the pipe's end.
function New-WmisecPipe {
    param([System.IO.StreamReader] $Reader)

    $buffer = New-Object char[] 8192
    return @{ Reader = $Reader; Buffer = $buffer; Pending = $Reader.ReadAsync($buffer, 0, $buffer.Length); Text = (New-Object System.Text.StringBuilder) }
}

# Waits until something has come or the time is up. False when all pipes have ended.
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

# The program has ended. Whatever inherited its pipes may keep them open for as long as it likes: a second for both together.
function Read-WmisecRest {
    param($Pipes)

    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    while (($clock.ElapsedMilliseconds -lt 1000) -and (Read-WmisecPipes $Pipes ([System.Math]::Max(0, 1000 - $clock.ElapsedMilliseconds)))) { continue }
    $text = ''
    foreach ($pipe in $Pipes) { $text += [string] $pipe.Text }
    return $text.Substring(0, [System.Math]::Min($text.Length, 16000))
}

# The verb's deadline has passed: it killed the program, and is about to end this process. Nothing may be half undone then.
function Wait-WmisecEnd {
    while ($WmisecRunning['Ended']) { Start-Sleep -Seconds 1 }
}
