# pulumi-wmisec agent: our own MOF files, from which Windows fills a rebuilt repository. Each namespace has one file with a stable
# name, and the registry's list names that file.

# Each namespace has its own file name, because no namespace contains a ! or has an empty part. A long name is cut and gets the
# SHA-256 of the whole: Windows PowerShell does not accept a path of 260 characters.
function Get-WmisecRegistrationFile {
    param([string] $Path)

    $name = $Path.Replace('/', '!')
    if ($name.Length -gt 200) { $name = $name.Substring(0, 100) + '!!' + (Get-WmisecHash ([System.Text.Encoding]::ASCII.GetBytes($Path))) }
    return [System.IO.Path]::Combine((Get-WmisecFolder), $name + '.mof')
}

function Get-WmisecAutorecoverKey {
    return 'SOFTWARE\Microsoft\WBEM\CIMOM'
}

function Get-WmisecAutorecoverName {
    return 'Autorecover MOFs'
}

# ---- looking

# Answers in the order of the request. Reads the list only once: a read for each namespace would take quadratic time.
function Read-WmisecRegistrations {
    param($Paths)

    $listed = $null
    $trouble = $null
    try { $listed = Read-WmisecAutorecoverSet } catch { $trouble = ConvertTo-WmisecFailure $_ }
    foreach ($path in $Paths) { Read-WmisecRegistration $path $listed $trouble }
}

# A problem with one namespace is reported for that namespace only. A problem with the list is reported for each namespace.
function Read-WmisecRegistration {
    param([string] $Path, $Listed, $Trouble)

    if ($null -ne $Trouble) { return @{ path = $Path; state = 'failed'; failure = $Trouble } }
    try {
        $found = Find-WmisecRegistration $Path $Listed
        return @{ path = $Path; state = 'read'; registered = $found.registered; file = $found.file }
    } catch {
        return @{ path = $Path; state = 'failed'; failure = (ConvertTo-WmisecFailure $_) }
    }
}

# A file that others can change does not count as ours, whatever its hash is now.
function Find-WmisecRegistration {
    param([string] $Path, $Listed)

    $file = Get-WmisecRegistrationFile $Path
    $hash = $null
    if (Test-WmisecThere $file) {
        Assert-WmisecFolder (Get-WmisecFolder)
        $bytes = Read-WmisecTrustedFile $file ([System.IO.FileShare] 'Read, Write, Delete')
        if ($null -ne $bytes) { $hash = Get-WmisecHash $bytes }
    }
    return @{ registered = $Listed.Contains($file); file = $hash }
}

# Returns the entries as they are written. Environment variables are not expanded: our entries have
# none. A missing list is an empty one.
function Read-WmisecAutorecoverList {
    $key = Get-WmisecAutorecoverKey
    $name = Get-WmisecAutorecoverName
    $data = Read-WmisecData $key $name
    if ($null -eq $data) { return , (New-Object string[] 0) }
    if ($data.kind -cne 'REG_MULTI_SZ') {
        throw (New-WmisecFault 'UnexpectedValue' "HKLM\$key $name is a $($data.kind); a list (REG_MULTI_SZ) was expected")
    }
    return , $data.value
}

function Read-WmisecAutorecoverSet {
    $set = New-Object System.Collections.Generic.HashSet[string] -ArgumentList ([System.StringComparer]::OrdinalIgnoreCase)
    $set.UnionWith([string[]] (Read-WmisecAutorecoverList))
    return , $set
}

function Format-WmisecRegistration {
    param($Registration)

    $hash = 'absent'
    if ($null -ne $Registration.file) { $hash = Assert-WmisecHash $Registration.file }
    return 'registered ' + (Format-WmisecReading $Registration.registered) + ', file ' + $hash
}

# Returns nothing if the registration is what the step expects.
function Compare-WmisecRegistration {
    param([string] $Path, $Expected)

    $found = Find-WmisecRegistration $Path (Read-WmisecAutorecoverSet)
    return Compare-WmisecExpected (Format-WmisecRegistration $found) (Format-WmisecRegistration $Expected)
}

# ---- checks of a request

function Assert-WmisecRegisterStep {
    param($Step)

    Assert-WmisecFields $Step @('do', 'path', 'expect', 'mof', 'compiler')
    Assert-WmisecMofStep $Step
    Assert-WmisecExpectedRegistration $Step.expect
}

function Assert-WmisecUnregisterStep {
    param($Step)

    Assert-WmisecFields $Step @('do', 'path', 'expect')
    [void] (Assert-WmisecPath $Step.path)
    Assert-WmisecExpectedRegistration $Step.expect
}

function Assert-WmisecExpectedRegistration {
    param($Expected)

    Assert-WmisecFields $Expected @('registered', 'file')
    Assert-WmisecBoolean $Expected.registered
    [void] (Format-WmisecRegistration $Expected)
}

# ---- registering

# The compiler itself adds the file to the list, because the file contains the pragma. The namespace is read first: no
# documentation says whether a compile would create a missing one.
function Register-WmisecMof {
    param($Step, $Arguments)

    $path = Assert-WmisecPath $Step.path
    $mof = ConvertFrom-WmisecMof $Step.mof
    $compiler = Assert-WmisecCompiler $Step.compiler
    $surprise = Compare-WmisecRegistration $path $Step.expect
    if ($null -ne $surprise) { return $surprise }
    $reading = Read-WmisecNamespace $path
    if ($reading.state -eq 'failed') { return @{ reason = 'failed'; failure = $reading.failure } }
    if ($reading.state -eq 'missing') { return @{ reason = 'unexpected'; found = 'missing' } }
    $folder = Get-WmisecFolder
    New-WmisecFolder $folder
    try {
        return Save-WmisecRegistration (Get-WmisecRegistrationFile $path) $mof $Step.expect $compiler $Arguments.mofcompTimeoutMs
    } finally {
        Remove-WmisecEmptyFolder $folder
    }
}

# The stable name always has a complete file, the old one or the new one. If the compiler refuses the
# new file or dies, the file and the list are set back.
function Save-WmisecRegistration {
    param([string] $File, [byte[]] $Mof, $Before, [string] $Compiler, [int] $TimeoutMs)

    Assert-WmisecChangeable $File
    $new = Get-WmisecTemporaryName (Get-WmisecFolder)
    $aside = Get-WmisecTemporaryName (Get-WmisecFolder)
    $WmisecRunning['File'] = $new
    $lasts = $false
    try {
        New-WmisecFile $new $Mof
        if ([System.IO.File]::Exists($File)) {
            Switch-WmisecFile $new $File $aside
        } else {
            Move-WmisecFile $new $File
        }
        $WmisecRunning['File'] = $null
        $refused = Invoke-WmisecCompiler $Compiler $File 'compile' $TimeoutMs
        $lasts = $null -eq $refused
        if ($lasts) { Remove-WmisecFormerCopies $aside $Mof }
        return $refused
    } finally {
        $WmisecRunning['File'] = $null
        if (-not $lasts) { Undo-WmisecRegistration $File $aside $new (Get-WmisecHash $Mof) $Before }
        Remove-WmisecTemporary $new
        Remove-WmisecAside $File $aside $Before.file
    }
}

# If the list did not contain the file before, the entry is removed first: an entry without its file is
# an error at the next rebuild. A failure here leaves half a registration. The next observation reports
# it and the next run repairs it. The step has its own failure to report.
function Undo-WmisecRegistration {
    param([string] $File, [string] $Aside, [string] $New, [string] $Ours, $Before)

    try {
        if ((Format-WmisecFile (Read-WmisecFile $File ([System.IO.FileShare] 'Read, Write, Delete'))) -cne $Ours) { return }
        if ((-not $Before.registered) -and (Read-WmisecAutorecoverSet).Contains($File)) { Remove-WmisecAutorecoverEntry $File }
        if ([System.IO.File]::Exists($Aside)) {
            Switch-WmisecFile $Aside $File $New
        } else {
            Remove-WmisecFile $File
        }
    } catch {
        return
    }
}

# ---- taking back

# Removes the entry from the list first: an entry without its file is an error in the event log at the next rebuild. Windows has
# no compare-and-swap for registry values. If somebody adds an entry between our read and our write, that entry is lost.
function Unregister-WmisecMof {
    param($Step)

    $path = Assert-WmisecPath $Step.path
    $surprise = Compare-WmisecRegistration $path $Step.expect
    if ($null -ne $surprise) { return $surprise }
    $file = Get-WmisecRegistrationFile $path
    Assert-WmisecChangeable $file
    $bytes = Read-WmisecFile $file ([System.IO.FileShare] 'Read, Write, Delete')
    if ($Step.expect.registered) { Remove-WmisecAutorecoverEntry $file }
    if ($null -ne $bytes) {
        Remove-WmisecFile $file
        Remove-WmisecCopies $bytes
    }
    Remove-WmisecEmptyFolder (Get-WmisecFolder)
}

# The other entries keep their order and spelling. If the list becomes empty, it stays as an empty list. The change also writes the
# list's timestamp, as .NET's own writer does (dotnet/corefx System.Management WMICapabilities.cs).
function Remove-WmisecAutorecoverEntry {
    param([string] $File)

    $same = [System.StringComparison]::OrdinalIgnoreCase
    [string[]] $kept = @(foreach ($entry in (Read-WmisecAutorecoverList)) { if (-not [string]::Equals($entry, $File, $same)) { $entry } })
    $now = [System.DateTime]::UtcNow.ToFileTimeUtc().ToString([System.Globalization.CultureInfo]::InvariantCulture)
    $name = Get-WmisecAutorecoverName
    $hive = Open-WmisecHive
    try {
        $opened = $hive.OpenSubKey((Get-WmisecAutorecoverKey), $true)
        if ($null -eq $opened) { throw (New-Object System.IO.IOException -ArgumentList ('there is no key HKLM\' + (Get-WmisecAutorecoverKey))) }
        try {
            $opened.SetValue($name, $kept, [Microsoft.Win32.RegistryValueKind]::MultiString)
            $opened.SetValue($name + ' timestamp', $now, [Microsoft.Win32.RegistryValueKind]::String)
        } finally {
            $opened.Close()
        }
    } finally {
        $hive.Close()
    }
}

# ---- copies that Windows keeps

# Windows seems to keep a copy of each registered file here, under a name that Windows chooses. Some scripts compile all these copies
# to repair a repository. A copy of ours would then set the flag again after we restored it. No documentation describes the copies.
function Get-WmisecCopiesFolder {
    return [System.IO.Path]::Combine([System.Environment]::SystemDirectory, 'wbem', 'AutoRecover')
}

# Removes copies of the text that was just replaced, if that text was different.
function Remove-WmisecFormerCopies {
    param([string] $Aside, [byte[]] $Mof)

    $bytes = Read-WmisecFile $Aside ([System.IO.FileShare] 'Read, Write, Delete')
    if (($null -ne $bytes) -and ((Get-WmisecHash $bytes) -cne (Get-WmisecHash $Mof))) { Remove-WmisecCopies $bytes }
}

# Deletes only files whose text is exactly ours and that the list does not name. Our text names the namespace and does nothing but set
# its flag. Any other file may be somebody else's. If a copy stays, the step does not fail: we do not know whether there are any.
function Remove-WmisecCopies {
    param([byte[]] $Mof)

    try {
        $text = [System.Text.Encoding]::ASCII.GetString($Mof)
        $listed = [string]::Join('|', (Read-WmisecAutorecoverList)) + '|'
        foreach ($file in [System.IO.Directory]::GetFiles((Get-WmisecCopiesFolder))) {
            $named = $listed.IndexOf('\' + [System.IO.Path]::GetFileName($file) + '|', [System.StringComparison]::OrdinalIgnoreCase) -ge 0
            if ((-not $named) -and (Test-WmisecCopy $file $text)) { Remove-WmisecTemporary $file }
        }
    } catch {
        return
    }
}

# Matches the text as it was compiled, or in UTF-16 with or without its byte order mark.
function Test-WmisecCopy {
    param([string] $File, [string] $Text)

    $length = (New-Object System.IO.FileInfo -ArgumentList $File).Length
    if (@($Text.Length, (2 * $Text.Length), (2 * $Text.Length + 2)) -notcontains $length) { return $false }
    $bytes = Read-WmisecFile $File ([System.IO.FileShare] 'Read, Write, Delete')
    if ($null -eq $bytes) { return $false }
    $encoding = [System.Text.Encoding]::ASCII
    if ($length -ne $Text.Length) { $encoding = [System.Text.Encoding]::Unicode }
    return [string]::Equals($encoding.GetString($bytes).TrimStart([char] 0xfeff), $Text, [System.StringComparison]::Ordinal)
}
