# pulumi-wmisec agent: reads whole files, creates them and replaces them. A file that exists but can't
# be read is an error, never absence.

# The form in which a step expects a file: the hash of what Read-WmisecFile returned, or 'missing'.
function Format-WmisecFile {
    param($Bytes)

    if ($null -eq $Bytes) { return 'missing' }
    return Get-WmisecHash $Bytes
}

# Whether a file, a folder or a link has this name. If Windows does not let us look, that is an error, never absence.
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

# Runs before a step changes anything. Windows neither replaces nor deletes a read-only file, and says only that access is denied.
function Assert-WmisecChangeable {
    param([string] $File)

    if (-not (Test-WmisecThere $File)) { return }
    if (([System.IO.File]::GetAttributes($File) -band [System.IO.FileAttributes]::ReadOnly) -eq 0) { return }
    throw (New-WmisecFault 'ReadOnlyFile' "$File is marked read-only")
}

# Returns the bytes, or $null if there is no such file. File.Exists would not do: it returns false for a file that we may not read.
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

# Creates a new file or fails. The bytes are on the disk when this returns. The owner is Administrators, SYSTEM and Administrators
# have full control, and nothing is inherited. The owner is set because a policy of the host may make the running account the
# owner. That account could then grant itself any right to the file, even when it is no longer an administrator.
function New-WmisecFile {
    param([string] $File, [byte[]] $Bytes)

    $security = New-Object System.Security.AccessControl.FileSecurity
    $security.SetSecurityDescriptorSddlForm('O:BAG:BAD:P(A;;FA;;;SY)(A;;FA;;;BA)')
    $mode = [System.IO.FileMode]::CreateNew
    $rights = [System.Security.AccessControl.FileSystemRights] 'Write, Synchronize'
    $share = [System.IO.FileShare]::None
    $options = [System.IO.FileOptions]::None
    # Only .NET has this method, and only .NET Framework has this constructor.
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

# Tries again, because a virus scanner may hold a file for a moment.
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

# If access to a rename is denied, .NET does not say for which file. This adds the file's name. Other failures stay as they are.
function Get-WmisecNamedDenial {
    param($Record, [string] $File)

    $failure = ConvertTo-WmisecFailure $Record
    if ($failure.type -cne 'System.UnauthorizedAccessException') { return $Record }
    return New-Object System.UnauthorizedAccessException -ArgumentList "$File can't be written: $($failure.message)"
}

# Puts $New in the place of $File, and keeps the old file as $Aside. All three are in one folder. The DACL of the replaced file stays.
# The documentation does not say that its owner stays (MicrosoftDocs/sdk-api winbase nf-winbase-replacefilew); ours is Administrators.
#
# We hold no handle to the file meanwhile: no documentation says whether that would disturb the renames inside ReplaceFile. So
# another program may write between our look and the replacement. Callers therefore check $Aside, which is what was really
# replaced. If a program opened the file earlier and writes through that handle later, its writes are lost with $Aside.
#
# With the third name, both files are complete at any moment. But the documentation describes one failure that leaves no file under
# the name of $File, and the old file as $Aside. This function undoes that. If the process is killed between the two renames, the
# files stay like that. Windows opens $New without sharing, so this waits for a virus scanner that holds it for a moment.
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

# Deletes $Aside only if it is what we expected to replace, and only while there is a file in its place.
function Remove-WmisecAside {
    param([string] $File, [string] $Aside, [string] $Expected)

    try {
        $bytes = Read-WmisecFile $Aside ([System.IO.FileShare] 'Read, Write, Delete')
        if ($null -eq $bytes) { return }
        if ((Format-WmisecFile $bytes) -cne $Expected) {
            # This is not the text that we expected to replace. Under the new name, no later run deletes it.
            Move-WmisecFile $Aside ($Aside + '.kept')
            return
        }
        if ([System.IO.File]::Exists($File)) { Remove-WmisecFile $Aside }
    } catch {
        # A later run deletes the file. This failure must not hide the step's own result.
        return
    }
}

# Tries again, because a virus scanner may hold a new file for a moment.
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

# For files that a later run deletes if they stay. A failure here must not hide the step's own result.
function Remove-WmisecTemporary {
    param([string] $File)

    try { Remove-WmisecFile $File } catch { return }
}

# Deletes what dead runs left in a folder. Under the mutex, nobody else uses files with these names. If a file can't be deleted, a
# program that outlived its agent still reads it, and a later run deletes the file.
function Remove-WmisecMatching {
    param([string] $Folder, [string] $Pattern)

    $options = [System.Text.RegularExpressions.RegexOptions] 'IgnoreCase, CultureInvariant'
    foreach ($file in [System.IO.Directory]::GetFiles($Folder)) {
        if (-not [regex]::IsMatch([System.IO.Path]::GetFileName($file), $Pattern, $options)) { continue }
        try { [System.IO.File]::Delete($file) } catch { [void] $_ }
    }
}
