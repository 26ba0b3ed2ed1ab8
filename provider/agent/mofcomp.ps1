# pulumi-wmisec agent: compiling a MOF. $WmisecRunning (from protocol.ps1) names the process and the file that must go if the
# agent is ended by its deadline.

function Invoke-WmisecCompile {
    param($Step, [int] $TimeoutMs, [bool] $KeepMof)

    $mof = Assert-WmisecText $Step.mof
    if ($mof -cnotmatch '^[\x09\x0a\x0d\x20-\x7e]+\z') { throw (New-WmisecFault 'BadRequest' 'the MOF in the request is empty or not ASCII') }
    $reading = Read-WmisecNamespace (Assert-WmisecPath $Step.path)
    if ($reading.state -eq 'failed') { return @{ reason = 'failed'; failure = $reading.failure } }
    $found = 'missing'
    if ($reading.state -eq 'present') { $found = Format-WmisecFlag $reading.flag }
    $surprise = Compare-WmisecExpected $found (Format-WmisecFlag $Step.expect)
    if ($null -ne $surprise) { return $surprise }
    $ended = Invoke-WmisecMofFile $mof $TimeoutMs $KeepMof
    if ($ended.exit -ne 0) { return @{ reason = 'mofcomp'; exit = $ended.exit; output = $ended.output } }
}

function Format-WmisecFlag {
    param($Flag)

    return 'effective ' + (Format-WmisecReading $Flag.effective) + ', stored ' + (Format-WmisecReading $Flag.stored)
}

function Format-WmisecReading {
    param($Reading)

    if ($null -eq $Reading) { return 'absent' }
    if ($Reading -isnot [bool]) { throw (New-WmisecFault 'BadRequest' 'true, false or null was expected in the request') }
    if ($Reading) { return 'TRUE' }
    return 'FALSE'
}

# mofcomp reads a file. Nobody but administrators may reach it between our writing and its reading, so it lies in a folder of
# our own, is made new under a random name, and is removed whatever happens.
function Invoke-WmisecMofFile {
    param([string] $Mof, [int] $TimeoutMs, [bool] $KeepMof)

    $folder = [System.IO.Path]::Combine([System.Environment]::GetFolderPath('ProgramFiles'), 'pulumi-wmisec')
    New-WmisecFolder $folder
    Remove-WmisecOldFiles $folder
    $name = [System.Guid]::NewGuid().ToString('N') + '.mof'
    if ($KeepMof) { $name = 'kept-' + $name }
    $file = [System.IO.Path]::Combine($folder, $name)
    if (-not $KeepMof) { $WmisecRunning['File'] = $file }
    try {
        $bytes = [System.Text.Encoding]::ASCII.GetBytes($Mof)
        $stream = New-Object System.IO.FileStream -ArgumentList $file, ([System.IO.FileMode]::CreateNew), ([System.IO.FileAccess]::Write), ([System.IO.FileShare]::None)
        try { $stream.Write($bytes, 0, $bytes.Length) } finally { $stream.Dispose() }
        $mofcomp = [System.IO.Path]::Combine([System.Environment]::SystemDirectory, 'wbem', 'mofcomp.exe')
        return Invoke-WmisecProgram $mofcomp ('"' + $file + '"') $TimeoutMs
    } finally {
        try {
            if (-not $KeepMof) { Remove-WmisecFile $file }
        } finally {
            $WmisecRunning['File'] = $null
            Remove-WmisecEmptyFolder $folder
        }
    }
}

# What a run left that died in the middle: no compile takes an hour. Files that were kept on purpose have another name.
function Remove-WmisecOldFiles {
    param([string] $Folder)

    $anHourAgo = [System.DateTime]::UtcNow.AddHours(-1)
    foreach ($file in [System.IO.Directory]::GetFiles($Folder)) {
        if ([System.IO.Path]::GetFileName($file) -cnotmatch '^[0-9a-f]{32}\.mof\z') { continue }
        if ([System.IO.File]::GetLastWriteTimeUtc($file) -lt $anHourAgo) { Remove-WmisecFile $file }
    }
}

# A virus scanner may hold a new file for a moment.
function Remove-WmisecFile {
    param([string] $File)

    for ($attempt = 1; $true; $attempt++) {
        try {
            [System.IO.File]::Delete($File)
            return
        } catch {
            if ($attempt -ge 20) { throw }
            Start-Sleep -Milliseconds 100
        }
    }
}

# Not recursive: it fails, and is meant to, while another run's file or one that was kept is in it.
function Remove-WmisecEmptyFolder {
    param([string] $Folder)

    try {
        [System.IO.Directory]::Delete($Folder)
    } catch [System.IO.IOException] {
        return
    }
}

# Owner Administrators; full control for SYSTEM and Administrators; nothing inherited; nobody else. A folder that is there
# already is taken only if it is as safe; the one that we just made is held to the same.
function New-WmisecFolder {
    param([string] $Folder)

    if (-not [System.IO.Directory]::Exists($Folder)) {
        $security = New-Object System.Security.AccessControl.DirectorySecurity
        $security.SetSecurityDescriptorSddlForm('O:BAG:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)')
        # The same call is at home in another class in .NET Framework and in .NET.
        if ($PSVersionTable.PSVersion.Major -ge 6) {
            [void] [System.IO.FileSystemAclExtensions]::CreateDirectory($security, $Folder)
        } else {
            [void] [System.IO.Directory]::CreateDirectory($Folder, $security)
        }
    }
    $attributes = [System.IO.File]::GetAttributes($Folder)
    if (($attributes -band [System.IO.FileAttributes]::Directory) -eq 0) { throw (New-WmisecFault 'UnsafeFolder' "$Folder is not a folder") }
    if (($attributes -band [System.IO.FileAttributes]::ReparsePoint) -ne 0) { throw (New-WmisecFault 'UnsafeFolder' "$Folder is a link to another place") }
    $sections = [System.Security.AccessControl.AccessControlSections] 'Access, Owner'
    $security = New-Object System.Security.AccessControl.DirectorySecurity -ArgumentList $Folder, $sections
    $trusted = @('S-1-5-18', 'S-1-5-32-544')
    $owner = $security.GetOwner([System.Security.Principal.SecurityIdentifier]).Value
    if ($trusted -cnotcontains $owner) { throw (New-WmisecFault 'UnsafeFolder' "$Folder is owned by $owner, not by Administrators") }
    if (-not $security.AreAccessRulesProtected) { throw (New-WmisecFault 'UnsafeFolder' "$Folder inherits permissions") }
    foreach ($rule in $security.GetAccessRules($true, $true, [System.Security.Principal.SecurityIdentifier])) {
        if (($trusted -cnotcontains $rule.IdentityReference.Value) -or ($rule.AccessControlType -ne [System.Security.AccessControl.AccessControlType]::Allow)) {
            throw (New-WmisecFault 'UnsafeFolder' "$Folder has a permission for $($rule.IdentityReference.Value) that it should not have")
        }
    }
}

# Runs a program with a deadline. Both pipes are drained from the start: a program that fills one of them would wait for ever.
# The exit code comes from the process, not from a shell.
function Invoke-WmisecProgram {
    param([string] $Program, [string] $ArgumentLine, [int] $TimeoutMs)

    $start = New-Object System.Diagnostics.ProcessStartInfo -ArgumentList $Program, $ArgumentLine
    $start.UseShellExecute = $false
    $start.CreateNoWindow = $true
    $start.WorkingDirectory = [System.Environment]::SystemDirectory
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
            # It may have ended in this very moment.
            try { $process.Kill() } catch { [void] $_ }
            [void] $process.WaitForExit(5000)
            throw (New-WmisecFault 'ProgramTimeout' "$Program had not ended after $TimeoutMs ms and was killed")
        }
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
