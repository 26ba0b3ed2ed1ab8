# pulumi-wmisec agent: files. Read whole, made new, replaced. What is there but can't be read is an error, never absence.

# As a step expects it: the hash of what Read-WmisecFile gave.
function Format-WmisecFile {
    param($Bytes)

    if ($null -eq $Bytes) { return 'missing' }
    return Get-WmisecHash $Bytes
}

# Something of that name: a file, a folder or a link. What can't be looked at is an error, never absence.
function Test-WmisecThere {
    param([string] $Path)

    try {
        [void] [System.IO.File]::GetAttributes($Path)
        return $true
    } catch {
        $failure = ConvertTo-WmisecFailure $_
        if (@('System.IO.FileNotFoundException', 'System.IO.DirectoryNotFoundException') -ccontains $failure.type) { return $false }
        throw
    }
}

# Before a step changes anything: Windows neither replaces nor deletes a read-only file, and says only that access is denied.
function Assert-WmisecChangeable {
    param([string] $File)

    if (-not (Test-WmisecThere $File)) { return }
    if (([System.IO.File]::GetAttributes($File) -band [System.IO.FileAttributes]::ReadOnly) -eq 0) { return }
    throw (New-WmisecFault 'ReadOnlyFile' "$File is marked read-only")
}

# The bytes, or $null where there is no such file. File.Exists would not do: it says no to a file that is denied to us.
function Read-WmisecFile {
    param([string] $File, [System.IO.FileShare] $Share)

    try {
        $stream = [System.IO.File]::Open($File, [System.IO.FileMode]::Open, [System.IO.FileAccess]::Read, $Share)
    } catch {
        $failure = ConvertTo-WmisecFailure $_
        if (@('System.IO.FileNotFoundException', 'System.IO.DirectoryNotFoundException') -ccontains $failure.type) { return $null }
        throw
    }
    try {
        if ($stream.Length -gt 700000) { throw (New-WmisecFault 'FileTooLarge' "$File has $($stream.Length) bytes; at most 700000 are supported") }
        $bytes = New-Object byte[] ([int] $stream.Length)
        $have = 0
        while ($have -lt $bytes.Length) {
            $read = $stream.Read($bytes, $have, $bytes.Length - $have)
            if ($read -le 0) { throw (New-Object System.IO.IOException -ArgumentList "$File became shorter while it was read") }
            $have += $read
        }
        return , $bytes
    } finally {
        $stream.Dispose()
    }
}

# Made new or not at all, and on the disk when this returns. Owner Administrators, full control for SYSTEM and
# Administrators, nothing inherited. The owner is named because a policy of the host may make it the one who runs us, who
# could then give himself any right to the file when he is no administrator any more.
function New-WmisecFile {
    param([string] $File, [byte[]] $Bytes)

    $security = New-Object System.Security.AccessControl.FileSecurity
    $security.SetSecurityDescriptorSddlForm('O:BAG:BAD:P(A;;FA;;;SY)(A;;FA;;;BA)')
    $mode = [System.IO.FileMode]::CreateNew
    $rights = [System.Security.AccessControl.FileSystemRights] 'Write, Synchronize'
    $share = [System.IO.FileShare]::None
    $options = [System.IO.FileOptions]::None
    # .NET has no constructor for it, .NET Framework no such method.
    if ($PSVersionTable.PSVersion.Major -ge 6) {
        $info = New-Object System.IO.FileInfo -ArgumentList $File
        $stream = [System.IO.FileSystemAclExtensions]::Create($info, $mode, $rights, $share, 4096, $options, $security)
    } else {
        $stream = New-Object System.IO.FileStream -ArgumentList $File, $mode, $rights, $share, 4096, $options, $security
    }
    try {
        $stream.Write($Bytes, 0, $Bytes.Length)
        $stream.Flush($true)
    } finally {
        $stream.Dispose()
    }
}

# A virus scanner may hold a file for a moment.
function Move-WmisecFile {
    param([string] $From, [string] $To)

    for ($attempt = 1; $true; $attempt++) {
        try {
            [System.IO.File]::Move($From, $To)
            return
        } catch {
            if ($attempt -ge 20) { throw (Get-WmisecNamedDenial $_ $To) }
            Start-Sleep -Milliseconds 100
        }
    }
}

# .NET says of a rename that access is denied, and not to what. Any other failure as it is.
function Get-WmisecNamedDenial {
    param($Record, [string] $File)

    $failure = ConvertTo-WmisecFailure $Record
    if ($failure.type -cne 'System.UnauthorizedAccessException') { return $Record }
    return New-Object System.UnauthorizedAccessException -ArgumentList "$File can't be written: $($failure.message)"
}

# Puts $New in the place of $File; what was there is then $Aside. The three lie in one folder. The DACL of the replaced file
# stays, its owner is not documented to (MicrosoftDocs/sdk-api winbase nf-winbase-replacefilew): ours is Administrators.
#
# There is no handle of our own on the file meanwhile: whether a rename inside ReplaceFile minds one is not documented. So a
# writer may come between our look and the replacement, and callers look at $Aside, which is what was really replaced. What
# a program writes afterwards through a handle that it opened before is lost with $Aside.
#
# With a third name both files are whole at any moment, but the documentation has one failure after which nothing bears the
# name of $File and the old file is $Aside: undone here. Whoever kills this process between the two renames leaves it so.
# Windows opens $New for nobody to share, so a virus scanner that holds it for a moment is waited for.
function Switch-WmisecFile {
    param([string] $New, [string] $File, [string] $Aside)

    for ($attempt = 1; $true; $attempt++) {
        try {
            [System.IO.File]::Replace($New, $File, $Aside)
            return
        } catch {
            $record = $_
            if ((-not [System.IO.File]::Exists($File)) -and [System.IO.File]::Exists($Aside)) { Move-WmisecFile $Aside $File }
            if ($attempt -ge 20) { throw (Get-WmisecNamedDenial $record $File) }
            Start-Sleep -Milliseconds 100
        }
    }
}

# Only what was expected to be replaced, and only while there is something in its place.
function Remove-WmisecAside {
    param([string] $File, [string] $Aside, [string] $Expected)

    try {
        $bytes = Read-WmisecFile $Aside ([System.IO.FileShare] 'Read, Write, Delete')
        if ($null -eq $bytes) { return }
        if ((Format-WmisecFile $bytes) -cne $Expected) {
            # Nobody of us knows this text: no later run may clear it away.
            Move-WmisecFile $Aside ($Aside + '.kept')
            return
        }
        if ([System.IO.File]::Exists($File)) { Remove-WmisecFile $Aside }
    } catch {
        # A later run takes it away; why it stays is not to hide what the step has to tell.
        return
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

# Of files that a later run takes away if they stay: why one stays is not to hide what the step has to tell.
function Remove-WmisecTemporary {
    param([string] $File)

    try { Remove-WmisecFile $File } catch { return }
}

# What runs that died left in a folder. Under the mutex nobody else has a file of these names. One that can't be deleted is
# still read by a program that outlived its agent; a later run takes it away.
function Remove-WmisecMatching {
    param([string] $Folder, [string] $Pattern)

    $options = [System.Text.RegularExpressions.RegexOptions] 'IgnoreCase, CultureInvariant'
    foreach ($file in [System.IO.Directory]::GetFiles($Folder)) {
        if (-not [regex]::IsMatch([System.IO.Path]::GetFileName($file), $Pattern, $options)) { continue }
        try { [System.IO.File]::Delete($file) } catch { [void] $_ }
    }
}
