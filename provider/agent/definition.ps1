# pulumi-wmisec agent: other people's MOF files that define namespaces. Our controller edits their text. The agent reads,
# replaces, compiles and restores the files.
#
# We put these files beside such a file:
#   FILE.pulumi-wmisec-backup       from the first edit until the restore. It exists before the new text replaces the old one,
#                                   and stays as long as the new text does
#   FILE.RANDOM.pulumi-wmisec-new   only for moments
#   FILE.RANDOM.pulumi-wmisec-old   only for moments

# The rule of provider/core/definitionFile.ts, checked again here: absolute, on a drive, ASCII, no name
# of dots alone, no stream, no device.
function Assert-WmisecMofPath {
    param($Value)

    $text = Assert-WmisecText $Value
    $name = '[\x20\x21\x23-\x29\x2b-\x2e\x30-\x39\x3b\x3d\x40-\x5b\x5d-\x7b\x7d\x7e]*[\x21\x23-\x29\x2b-\x2d\x30-\x39\x3b\x3d\x40-\x5b\x5d-\x7b\x7d\x7e]'
    $lower = $text.ToLowerInvariant()
    $good = ($text.Length -le 200) -and ($text -cmatch ('^[A-Za-z]:(\\' + $name + ')+\z')) -and ($lower -cmatch '\.mof\z')
    if ((-not $good) -or ($lower -cmatch '\\(con|conin\$|conout\$|prn|aux|nul|com[0-9]|lpt[0-9]) *(\.|\\|\z)')) {
        throw (New-WmisecFault 'BadRequest' 'a path of a MOF file in the request is not a plain one on a local drive')
    }
    return $text
}

function ConvertFrom-WmisecBase64 {
    param($Value)

    $text = Assert-WmisecText $Value
    if (($text.Length -gt 933336) -or ($text.Length % 4 -ne 0) -or ($text -cnotmatch '^[A-Za-z0-9+/]*={0,2}\z')) {
        throw (New-WmisecFault 'BadRequest' 'base64 of at most 933336 characters was expected in the request')
    }
    $bytes = [System.Convert]::FromBase64String($text)
    if ($bytes.Length -gt 700000) { throw (New-WmisecFault 'BadRequest' 'the MOF file in the request is too large') }
    return , $bytes
}

function Assert-WmisecEditStep {
    param($Step)

    Assert-WmisecFields $Step @('do', 'file', 'expect', 'content', 'compiler')
    [void] (Assert-WmisecMofPath $Step.file)
    [void] (Assert-WmisecHash $Step.expect)
    [void] (ConvertFrom-WmisecBase64 $Step.content)
    Assert-WmisecAnyCompiler $Step.compiler
}

function Assert-WmisecRestoreStep {
    param($Step)

    Assert-WmisecFields $Step @('do', 'file', 'expect', 'backup')
    [void] (Assert-WmisecMofPath $Step.file)
    foreach ($hash in $Step.expect, $Step.backup) { [void] (Assert-WmisecHash $hash) }
}

function Get-WmisecBackupName {
    param([string] $File)

    return $File + '.pulumi-wmisec-backup'
}

# The file lies beside the original, because a replacement must be on the same volume.
function Get-WmisecBesideName {
    param([string] $File, [string] $Word)

    return $File + '.' + [System.Guid]::NewGuid().ToString('N') + '.pulumi-wmisec-' + $Word
}

# Deletes what a dead run left beside the file. Does nothing if the file itself is missing: the leftovers may be all that remains
# of it. Deletes nothing if the file can't be read or others may change it; the observation that follows reports what is wrong.
function Remove-WmisecBeside {
    param([string] $File)

    try {
        if ($null -eq (Read-WmisecTrustedFile $File ([System.IO.FileShare] 'Read, Write, Delete'))) { return }
        $name = [regex]::Escape([System.IO.Path]::GetFileName($File))
        Remove-WmisecMatching ([System.IO.Path]::GetDirectoryName($File)) ('^' + $name + '\.[0-9a-f]{32}\.pulumi-wmisec-(new|old)\z')
    } catch {
        return
    }
}

function Read-WmisecDefinitions {
    param($Files)

    foreach ($file in $Files) { Read-WmisecDefinition $file }
}

# A problem with one file is reported for that file only. Reading does not keep anybody from writing, renaming or deleting it.
function Read-WmisecDefinition {
    param([string] $File)

    try {
        $share = [System.IO.FileShare] 'Read, Write, Delete'
        $bytes = Read-WmisecTrustedFile $File $share
        $backup = Read-WmisecTrustedFile (Get-WmisecBackupName $File) $share
        $hash = $null
        if ($null -ne $backup) { $hash = Get-WmisecHash $backup }
        if ($null -eq $bytes) { return @{ file = $File; state = 'missing'; backup = $hash } }
        return @{ file = $File; state = 'present'; content = [System.Convert]::ToBase64String($bytes); backup = $hash }
    } catch {
        return @{ file = $File; state = 'failed'; failure = (ConvertTo-WmisecFailure $_) }
    }
}

# The new text is checked beside the file, not in our own folder. The file's folder is just as safe (we checked), a relative
# #include finds the same files, and the file that is checked is the very one that replaces the old file. Nothing says that the
# compiler needs a certain extension, but no documentation rules it out.
function Edit-WmisecDefinition {
    param($Step, $Arguments)

    $file = Assert-WmisecMofPath $Step.file
    $expected = Assert-WmisecHash $Step.expect
    $content = ConvertFrom-WmisecBase64 $Step.content
    $compiler = Assert-WmisecCompiler $Step.compiler
    $bytes = Read-WmisecTrustedFile $file ([System.IO.FileShare]::Read)
    $surprise = Compare-WmisecExpected (Format-WmisecFile $bytes) $expected
    if ($null -ne $surprise) { return $surprise }
    Assert-WmisecChangeable $file
    $new = Get-WmisecBesideName $file 'new'
    $aside = Get-WmisecBesideName $file 'old'
    $WmisecRunning['File'] = $new
    try {
        New-WmisecFile $new $content
        $refused = Invoke-WmisecCompiler $compiler $new 'check' $Arguments.mofcompTimeoutMs
        if ($null -ne $refused) { return $refused }
        $made = Save-WmisecBackup $file $bytes
        try {
            return Invoke-WmisecReplacement $file $new $aside $expected (Get-WmisecHash $content) $compiler $Arguments.mofcompTimeoutMs
        } finally {
            if ($made) { Remove-WmisecNeedlessBackup $file (Get-WmisecHash $content) }
        }
    } finally {
        $WmisecRunning['File'] = $null
        Remove-WmisecTemporary $new
        Remove-WmisecAside $file $aside $expected
    }
}

# Returns whether it made the backup just now. An existing backup is from an earlier edit, and a restore needs it. A backup gets
# its name only when it is complete.
function Save-WmisecBackup {
    param([string] $File, [byte[]] $Bytes)

    $backup = Get-WmisecBackupName $File
    if ($null -ne (Read-WmisecTrustedFile $backup ([System.IO.FileShare]::Read))) { return $false }
    $new = Get-WmisecBesideName $File 'new'
    try {
        New-WmisecFile $new $Bytes
        Move-WmisecFile $new $backup
    } finally {
        Remove-WmisecTemporary $new
    }
    return $true
}

# Runs after an edit that did not last. If the file now has a text that is not ours, the next edit would mistake this backup for
# the backup of that text. If the file has our text, is missing or can't be read, the backup stays.
function Remove-WmisecNeedlessBackup {
    param([string] $File, [string] $Ours)

    try {
        $found = Format-WmisecFile (Read-WmisecFile $File ([System.IO.FileShare] 'Read, Write, Delete'))
        if (@('missing', $Ours) -cnotcontains $found) { Remove-WmisecFile (Get-WmisecBackupName $File) }
    } catch {
        # The step reports its own failure, and the next observation reports the backup.
        return
    }
}

# Replaces the file and compiles it. If either fails, the old file itself is put back. The repository keeps what it took from the
# new text before the compiler refused it: mofcomp undoes nothing (MicrosoftDocs/win32 desktop-src/WmiSdk/mofcomp.md).
function Invoke-WmisecReplacement {
    param([string] $File, [string] $New, [string] $Aside, [string] $Expected, [string] $Ours, [string] $Compiler, [int] $TimeoutMs)

    Switch-WmisecFile $New $File $Aside
    $WmisecRunning['File'] = $null
    $lasts = $false
    try {
        $refused = Compare-WmisecExpected (Format-WmisecFile (Read-WmisecFile $Aside ([System.IO.FileShare]::Read))) $Expected
        if ($null -eq $refused) { $refused = Invoke-WmisecCompiler $Compiler $File 'compile' $TimeoutMs }
        $lasts = $null -eq $refused
        return $refused
    } finally {
        if (-not $lasts) { Undo-WmisecReplacement $Aside $File $New $Ours }
    }
}

# If somebody else has replaced the file meanwhile, theirs stays. An old file that can't be put back
# gets a name that no later run deletes.
function Undo-WmisecReplacement {
    param([string] $Aside, [string] $File, [string] $New, [string] $Ours)

    if ((Format-WmisecFile (Read-WmisecFile $File ([System.IO.FileShare] 'Read, Write, Delete'))) -cne $Ours) { return }
    try {
        Switch-WmisecFile $Aside $File $New
    } catch {
        if ([System.IO.File]::Exists($Aside)) { Move-WmisecFile $Aside ($Aside + '.kept') }
        throw
    }
}

# One operation puts the backup in the file's place, so the backup is gone in the same moment.
function Restore-WmisecDefinition {
    param($Step)

    $file = Assert-WmisecMofPath $Step.file
    $expected = Assert-WmisecHash $Step.expect
    $kept = Assert-WmisecHash $Step.backup
    $backup = Get-WmisecBackupName $file
    $share = [System.IO.FileShare]::Read
    $found = 'file ' + (Format-WmisecFile (Read-WmisecTrustedFile $file $share)) + ', backup ' + (Format-WmisecFile (Read-WmisecTrustedFile $backup $share))
    $surprise = Compare-WmisecExpected $found "file $expected, backup $kept"
    if ($null -ne $surprise) { return $surprise }
    Assert-WmisecChangeable $file
    Assert-WmisecChangeable $backup
    if ($expected -ceq $kept) {
        Remove-WmisecFile $backup
        return
    }
    $aside = Get-WmisecBesideName $file 'old'
    $lasts = $false
    try {
        Switch-WmisecFile $backup $file $aside
        try {
            $surprise = Compare-WmisecExpected (Format-WmisecFile (Read-WmisecFile $aside $share)) $expected
            $lasts = $null -eq $surprise
        } finally {
            if (-not $lasts) { Switch-WmisecFile $aside $file $backup }
        }
        return $surprise
    } finally {
        Remove-WmisecAside $file $aside $expected
    }
}
