# pulumi-wmisec agent: who else may change a file that we are about to compile as administrator? Anybody who may is in effect an
# administrator, so we refuse such a file.

# Returns the bytes of a file if only administrators control the file and its folder; $null if there is no such file.
function Read-WmisecTrustedFile {
    param([string] $File, [System.IO.FileShare] $Share)

    # Checked before the file is opened: anything but a plain file in a safe folder may be a link to anything.
    if (-not (Test-WmisecThere $File)) { return $null }
    if (([System.IO.File]::GetAttributes($File) -band [System.IO.FileAttributes]::Directory) -ne 0) {
        throw (New-WmisecFault 'UnsafeFile' "$File is a folder, not a file")
    }
    Assert-WmisecTrusted ([System.IO.Path]::GetDirectoryName($File))
    Assert-WmisecTrusted $File
    $bytes = Read-WmisecFile $File $Share
    if ($null -eq $bytes) { return $null }
    return , $bytes
}

# Accepts a file or a folder only if it is not a link to another place, and if nobody but SYSTEM, Administrators and
# TrustedInstaller owns it or may write, delete, change permissions or take ownership. CREATOR OWNER in an inherit-only entry of a
# folder stands for the user who creates a file there, and we check that file's owner. Folders further up are not checked.
function Assert-WmisecTrusted {
    param([string] $Path)

    $attributes = [System.IO.File]::GetAttributes($Path)
    if (($attributes -band [System.IO.FileAttributes]::ReparsePoint) -ne 0) { throw (New-WmisecFault 'UnsafeFile' "$Path is a link to another place") }
    $sections = [System.Security.AccessControl.AccessControlSections] 'Access, Owner'
    if (($attributes -band [System.IO.FileAttributes]::Directory) -ne 0) {
        $security = New-Object System.Security.AccessControl.DirectorySecurity -ArgumentList $Path, $sections
    } else {
        $security = New-Object System.Security.AccessControl.FileSecurity -ArgumentList $Path, $sections
    }
    $owner = $security.GetOwner([System.Security.Principal.SecurityIdentifier]).Value
    if ((Get-WmisecTrustees) -cnotcontains $owner) {
        throw (New-WmisecFault 'UnsafeFile' "$Path is owned by $owner, not by Administrators, SYSTEM or TrustedInstaller")
    }
    Assert-WmisecRules $Path @(Read-WmisecRules $Path $security 'UnsafeFile')
}

# SYSTEM, Administrators, TrustedInstaller.
function Get-WmisecTrustees {
    return @('S-1-5-18', 'S-1-5-32-544', 'S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464')
}

function Assert-WmisecRules {
    param([string] $Path, $Rules)

    if ($Rules.Length -eq 0) { throw (New-WmisecFault 'UnsafeFile' "$Path has no permissions that could be read") }
    foreach ($rule in $Rules) {
        if (((Get-WmisecTrustees) -ccontains $rule.holder) -or (-not $rule.allows)) { continue }
        if ($rule.inheritOnly -and ($rule.holder -ceq 'S-1-3-0')) { continue }
        # MicrosoftDocs/win32 desktop-src/FileIO/file-access-rights-constants.md and SecAuthZ/access-mask-format.md: write data or
        # add a file 0x2, append or add a folder 0x4, extended attributes 0x10, delete children 0x40, attributes 0x100,
        # delete 0x10000, permissions 0x40000, owner 0x80000, generic all 0x10000000, generic write 0x40000000.
        if (($rule.mask -band 0x500d0156) -ne 0) {
            throw (New-WmisecFault 'UnsafeFile' "$Path may be changed by $($rule.holder); only Administrators, SYSTEM and TrustedInstaller should be allowed to")
        }
    }
}
