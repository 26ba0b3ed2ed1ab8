# pulumi-wmisec agent: MOF files of somebody else that define namespaces. Their text is edited by our controller; here they
# are read, replaced, compiled and put back.
#
# What lies beside such a file: FILE.pulumi-wmisec-backup from the first edit until the restore, and for moments files with a
# random part in their names, FILE.RANDOM.pulumi-wmisec-new and FILE.RANDOM.pulumi-wmisec-old. A backup is there before the file is new, and stays for
# as long as the file is.

# The rule of provider/core/definitionFile.ts, of our own: absolute, on a drive, ASCII, no dots alone, no stream, no device.
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

# Beside the file: a replacement has to be on its volume.
function Get-WmisecBesideName {
    param([string] $File, [string] $Word)

    return $File + '.' + [System.Guid]::NewGuid().ToString('N') + '.pulumi-wmisec-' + $Word
}

# What a run left beside the file that died. Not while the file itself is gone: what is left may be all that there is of it.
# Where it can't be read, or others may change it, nothing is deleted; the look that follows says what is wrong.
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

# Trouble with one file is an answer about that one. Looking keeps nobody from writing, renaming or deleting.
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

# The new text is checked where it lies beside the file, not in our own folder: the folder is as safe (we looked), what it
# includes by a relative name is where it will be, and what was checked is the very file that takes the old one's place. That
# the compiler cares for no extension is not documented, and nothing says that it does.
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

# Whether it was made just now: one that is there already is of an earlier edit, and is what a restore wants. It gets its name
# when it is whole.
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

# After an edit that did not last. A backup that stayed beside a text that is not ours would be taken for that text's at the
# next edit. Where the file is ours, or gone, or can't be read, it stays.
function Remove-WmisecNeedlessBackup {
    param([string] $File, [string] $Ours)

    try {
        $found = Format-WmisecFile (Read-WmisecFile $File ([System.IO.FileShare] 'Read, Write, Delete'))
        if (@('missing', $Ours) -cnotcontains $found) { Remove-WmisecFile (Get-WmisecBackupName $File) }
    } catch {
        # The step has its own failure to tell, and the next look tells of the backup.
        return
    }
}

# Replaces and compiles; whatever keeps that from succeeding, the old file itself is put back. What the repository took from
# the new text before the compiler refused it stays: mofcomp undoes nothing (MicrosoftDocs/win32 desktop-src/WmiSdk/mofcomp.md).
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

# What somebody else put there meanwhile stays. An old file that can't be put back gets a name that no later run clears away.
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

# The backup takes the file's place and is gone as a backup in the same moment.
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
