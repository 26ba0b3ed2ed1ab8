# pulumi-wmisec agent: MOF files of our own that a rebuilt repository is filled from: one file a namespace under a stable
# name, named by the registry's list.

# One name for each namespace, because no namespace has a ! in its name, nor a part without a name. Of a long one the beginning
# and the SHA-256 of the whole: Windows PowerShell takes no path of 260 characters.
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

# In the order of asking. The list is read once: one that is read for each namespace takes time by the square of them.
function Read-WmisecRegistrations {
    param($Paths)

    $listed = $null
    $trouble = $null
    try { $listed = Read-WmisecAutorecoverSet } catch { $trouble = ConvertTo-WmisecFailure $_ }
    foreach ($path in $Paths) { Read-WmisecRegistration $path $listed $trouble }
}

# Trouble with one namespace is an answer about that one; trouble with the list is one about each.
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

# Entries as they are written, variables of the environment unexpanded: ours has none. No list is an empty one.
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

# Returns nothing if the registration is as the step expects.
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

# The compiler itself adds the file to the list, for the sake of the pragma in it. A compile only after a look at its
# namespace: whether it would make one that is missing is documented nowhere.
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

# The stable name always has a whole file, the old one or the new one. Where the compiler refuses the new one, or dies, file and
# list become what they were.
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

# Out of the list first, where it was not in it: an entry without its file is an error of the next rebuild. What fails here
# leaves half a registration, which the next look tells of and the next run makes whole: the step has its own failure to tell.
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

# First out of the list: an entry whose file is gone is an error in the event log at the next rebuild. Nothing in Windows
# compares and swaps a value of the registry: what somebody adds between our look and our write is lost.
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

# The others keep their order and spelling; a list that is left empty stays, as a list. Whoever changes the list says when (.NET's
# own writer does: dotnet/corefx System.Management WMICapabilities.cs).
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

# Windows seems to keep a copy of each registered file here, under a name of its own, and there are scripts that compile all of
# them to repair a repository: a copy of ours would set the flag again after we put it back. Documented nowhere.
function Get-WmisecCopiesFolder {
    return [System.IO.Path]::Combine([System.Environment]::SystemDirectory, 'wbem', 'AutoRecover')
}

# What the file said before that was just replaced, if that was something else.
function Remove-WmisecFormerCopies {
    param([string] $Aside, [byte[]] $Mof)

    $bytes = Read-WmisecFile $Aside ([System.IO.FileShare] 'Read, Write, Delete')
    if (($null -ne $bytes) -and ((Get-WmisecHash $bytes) -cne (Get-WmisecHash $Mof))) { Remove-WmisecCopies $bytes }
}

# Only what has our text to the letter, which names the namespace and does nothing but set its flag, and what the list does not
# name. Anything else may be somebody else's. A copy that stays fails nothing: that there are any is not known.
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

# As it was compiled, or in UTF-16 with or without its mark.
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
