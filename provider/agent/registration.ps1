# pulumi-wmisec agent: MOF files of our own that a rebuilt repository is filled from: one file a namespace under a stable
# name, named by the registry's list.

function Get-WmisecRegistrationFile {
    param([string] $Path)

    return [System.IO.Path]::Combine((Get-WmisecFolder), $Path.Replace('/', '!') + '.mof')
}

function Get-WmisecAutorecoverKey {
    return 'SOFTWARE\Microsoft\WBEM\CIMOM'
}

function Get-WmisecAutorecoverName {
    return 'Autorecover MOFs'
}

# Trouble with one namespace is an answer about that one.
function Read-WmisecRegistration {
    param([string] $Path)

    try {
        $found = Find-WmisecRegistration $Path
        return @{ path = $Path; state = 'read'; registered = $found.registered; file = $found.file }
    } catch {
        return @{ path = $Path; state = 'failed'; failure = (ConvertTo-WmisecFailure $_) }
    }
}

# A file that others can change does not count as ours, whatever its hash is now.
function Find-WmisecRegistration {
    param([string] $Path)

    $file = Get-WmisecRegistrationFile $Path
    $hash = $null
    $bytes = Read-WmisecFile $file ([System.IO.FileShare] 'Read, Write, Delete')
    if ($null -ne $bytes) {
        Assert-WmisecFolder (Get-WmisecFolder)
        Assert-WmisecTrusted $file
        $hash = Get-WmisecHash $bytes
    }
    $registered = $false
    foreach ($entry in (Read-WmisecAutorecoverList)) {
        if (Test-WmisecSamePath $entry $file) { $registered = $true }
    }
    return @{ registered = $registered; file = $hash }
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

function Test-WmisecSamePath {
    param([string] $One, [string] $Other)

    return [string]::Equals($One, $Other, [System.StringComparison]::OrdinalIgnoreCase)
}

function Format-WmisecRegistration {
    param($Registration)

    $hash = 'absent'
    if ($null -ne $Registration.file) { $hash = Assert-WmisecHash $Registration.file }
    return 'registered ' + (Format-WmisecReading $Registration.registered) + ', file ' + $hash
}

# The compiler itself adds the file to the list, for the sake of the pragma in it. A compile only after a look at its
# namespace: whether it would make one that is missing is documented nowhere.
function Register-WmisecMof {
    param($Step, [int] $TimeoutMs)

    $path = Assert-WmisecPath $Step.path
    $mof = ConvertFrom-WmisecMof $Step.mof
    $compiler = Assert-WmisecCompiler $Step.compiler
    $surprise = Compare-WmisecExpected (Format-WmisecRegistration (Find-WmisecRegistration $path)) (Format-WmisecRegistration $Step.expect)
    if ($null -ne $surprise) { return $surprise }
    $reading = Read-WmisecNamespace $path
    if ($reading.state -eq 'failed') { return @{ reason = 'failed'; failure = $reading.failure } }
    if ($reading.state -eq 'missing') { return @{ reason = 'unexpected'; found = 'missing' } }
    $folder = Get-WmisecFolder
    New-WmisecFolder $folder
    try {
        Save-WmisecRegistrationFile (Get-WmisecRegistrationFile $path) $mof $Step.expect.file
        return Invoke-WmisecCompiler $compiler (Get-WmisecRegistrationFile $path) 'compile' $TimeoutMs
    } finally {
        Remove-WmisecEmptyFolder $folder
    }
}

# The stable name always has a whole file, the old one or the new one.
function Save-WmisecRegistrationFile {
    param([string] $File, [byte[]] $Mof, [string] $Expected)

    $new = Get-WmisecTemporaryName (Get-WmisecFolder)
    $aside = Get-WmisecTemporaryName (Get-WmisecFolder)
    $WmisecRunning['File'] = $new
    try {
        New-WmisecFile $new $Mof
        if ([System.IO.File]::Exists($File)) {
            Switch-WmisecFile $new $File $aside
        } else {
            Move-WmisecFile $new $File
        }
    } finally {
        $WmisecRunning['File'] = $null
        Remove-WmisecTemporary $new
        Remove-WmisecAside $File $aside $Expected
    }
}

# First out of the list: an entry whose file is gone is an error in the event log at the next rebuild. Nothing in Windows
# compares and swaps a value of the registry: what somebody adds between our look and our write is lost.
function Unregister-WmisecMof {
    param($Step)

    $path = Assert-WmisecPath $Step.path
    $surprise = Compare-WmisecExpected (Format-WmisecRegistration (Find-WmisecRegistration $path)) (Format-WmisecRegistration $Step.expect)
    if ($null -ne $surprise) { return $surprise }
    $file = Get-WmisecRegistrationFile $path
    if ($Step.expect.registered) { Remove-WmisecAutorecoverEntry $file }
    if ($null -ne $Step.expect.file) { Remove-WmisecFile $file }
    Remove-WmisecEmptyFolder (Get-WmisecFolder)
}

# The others keep their order and spelling; a list that is left empty stays, as a list.
function Remove-WmisecAutorecoverEntry {
    param([string] $File)

    [string[]] $kept = @(foreach ($entry in (Read-WmisecAutorecoverList)) { if (-not (Test-WmisecSamePath $entry $File)) { $entry } })
    $hive = Open-WmisecHive
    try {
        $opened = $hive.OpenSubKey((Get-WmisecAutorecoverKey), $true)
        if ($null -eq $opened) { throw (New-Object System.IO.IOException -ArgumentList ('there is no key HKLM\' + (Get-WmisecAutorecoverKey))) }
        try {
            $opened.SetValue((Get-WmisecAutorecoverName), $kept, [Microsoft.Win32.RegistryValueKind]::MultiString)
        } finally {
            $opened.Close()
        }
    } finally {
        $hive.Close()
    }
}
