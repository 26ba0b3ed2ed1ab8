# pulumi-wmisec agent: mofcomp.exe. $WmisecRunning (from protocol.ps1) names the process that must go if the agent is ended
# by its deadline.

# Returns nothing, or what mofcomp said. `-check` goes with no other switch (MicrosoftDocs/win32 desktop-src/WmiSdk/mofcomp.md).
function Invoke-WmisecMofcomp {
    param([string] $File, [string] $During, [int] $TimeoutMs)

    $mofcomp = [System.IO.Path]::Combine([System.Environment]::SystemDirectory, 'wbem', 'mofcomp.exe')
    $line = '"' + $File + '"'
    if ($During -ceq 'check') { $line = '-check ' + $line }
    $ended = Invoke-WmisecProgram $mofcomp $line ([System.IO.Path]::GetDirectoryName($File)) $TimeoutMs
    if ($ended.exit -ne 0) { return @{ reason = 'mofcomp'; during = $During; exit = $ended.exit; output = $ended.output } }
}

# Runs a program with a deadline. Both pipes are drained from the start: a program that fills one of them would wait for ever.
# The exit code comes from the process, not from a shell. It starts in the folder of the file that it is about, because it is
# documented nowhere from where mofcomp takes the name in an #include.
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
        $output = $process.StandardOutput.ReadToEndAsync()
        $errors = $process.StandardError.ReadToEndAsync()
        if (-not $process.WaitForExit($TimeoutMs)) {
            Wait-WmisecEnd
            # It may have ended in this very moment.
            try { $process.Kill() } catch { [void] $_ }
            [void] $process.WaitForExit(5000)
            throw (New-WmisecFault 'ProgramTimeout' "$Program had not ended after $TimeoutMs ms and was killed")
        }
        Wait-WmisecEnd
        # A child of the program may keep the pipes open longer than the program lives.
        $text = ''
        if ($output.Wait(5000)) { $text += $output.Result }
        if ($errors.Wait(5000)) { $text += $errors.Result }
        return @{ exit = $process.ExitCode; output = $text.Substring(0, [System.Math]::Min($text.Length, 16000)) }
    } finally {
        $WmisecRunning['Process'] = $null
        $process.Dispose()
    }
}

# The verb's deadline has passed: it killed the program, and is about to end this process. Nothing may be half undone then.
function Wait-WmisecEnd {
    while ($WmisecRunning['Ended']) { Start-Sleep -Seconds 1 }
}
