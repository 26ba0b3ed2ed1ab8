# pulumi-wmisec agent: the folder for our own MOF files, which only administrators can enter.

function Get-WmisecFolder {
    return [System.IO.Path]::Combine([System.Environment]::GetFolderPath('ProgramFiles'), 'pulumi-wmisec')
}

# Owner Administrators; full control for SYSTEM and Administrators; nothing inherited; nobody else. A folder that is there
# already is taken only if it is as safe; the one that we just made is held to the same: a policy of the host may change what
# we set.
function New-WmisecFolder {
    param([string] $Folder)

    $made = -not (Test-WmisecThere $Folder)
    if ($made) { Add-WmisecFolder $Folder }
    try {
        Assert-WmisecFolder $Folder
    } catch {
        # Nobody else made it: left there, it would send people to look for somebody.
        if ($made) { Remove-WmisecEmptyFolder $Folder }
        throw
    }
}

function Add-WmisecFolder {
    param([string] $Folder)

    $security = New-Object System.Security.AccessControl.DirectorySecurity
    $security.SetSecurityDescriptorSddlForm('O:BAG:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)')
    # The same call is at home in another class in .NET Framework and in .NET.
    if ($PSVersionTable.PSVersion.Major -ge 6) {
        [void] [System.IO.FileSystemAclExtensions]::CreateDirectory($security, $Folder)
    } else {
        [void] [System.IO.Directory]::CreateDirectory($Folder, $security)
    }
}

function Assert-WmisecFolder {
    param([string] $Folder)

    $attributes = [System.IO.File]::GetAttributes($Folder)
    if (($attributes -band [System.IO.FileAttributes]::Directory) -eq 0) { throw (New-WmisecFault 'UnsafeFolder' "$Folder is not a folder") }
    if (($attributes -band [System.IO.FileAttributes]::ReparsePoint) -ne 0) { throw (New-WmisecFault 'UnsafeFolder' "$Folder is a link to another place") }
    $sections = [System.Security.AccessControl.AccessControlSections] 'Access, Owner'
    $security = New-Object System.Security.AccessControl.DirectorySecurity -ArgumentList $Folder, $sections
    $trusted = @('S-1-5-18', 'S-1-5-32-544')
    $owner = $security.GetOwner([System.Security.Principal.SecurityIdentifier]).Value
    if ($trusted -cnotcontains $owner) { throw (New-WmisecFault 'UnsafeFolder' "$Folder is owned by $owner, not by Administrators") }
    if (-not $security.AreAccessRulesProtected) { throw (New-WmisecFault 'UnsafeFolder' "$Folder inherits permissions") }
    $rules = @(Read-WmisecRules $Folder $security 'UnsafeFolder')
    if ($rules.Length -eq 0) { throw (New-WmisecFault 'UnsafeFolder' "$Folder has no permissions that could be read") }
    foreach ($rule in $rules) {
        if (($trusted -cnotcontains $rule.holder) -or (-not $rule.allows)) {
            throw (New-WmisecFault 'UnsafeFolder' "$Folder has a permission for $($rule.holder) that it should not have")
        }
    }
}

# The entries of a DACL, from the descriptor itself: whether GetAccessRules tells of those that depend on a condition is documented
# nowhere. $Word is the fault of an entry that is neither plainly allowed nor plainly denied. No DACL is no entry.
function Read-WmisecRules {
    param([string] $Path, $Security, [string] $Word)

    $raw = New-Object System.Security.AccessControl.RawSecurityDescriptor -ArgumentList ($Security.GetSecurityDescriptorBinaryForm()), 0
    if ($null -eq $raw.DiscretionaryAcl) { return }
    foreach ($entry in $raw.DiscretionaryAcl) { ConvertTo-WmisecRule $Path $entry $Word }
}

# Conditional entries, and those about objects of a directory, are of other types (MicrosoftDocs/win32 desktop-src/SecAuthZ/ace.md).
function ConvertTo-WmisecRule {
    param([string] $Path, $Entry, [string] $Word)

    $type = [string] $Entry.AceType
    if (@('AccessAllowed', 'AccessDenied') -cnotcontains $type) {
        throw (New-WmisecFault $Word "$Path has a permission of a kind that is not understood ($type), such as one that depends on a condition")
    }
    # 8: INHERIT_ONLY_ACE
    $inheritOnly = ([int] $Entry.AceFlags -band 8) -ne 0
    return @{ holder = [string] $Entry.SecurityIdentifier.Value; allows = ($type -ceq 'AccessAllowed'); mask = [int] $Entry.AccessMask; inheritOnly = $inheritOnly }
}

# In our folder. Files that were kept on purpose have another name than leftovers.
function Get-WmisecTemporaryName {
    param([string] $Folder)

    return [System.IO.Path]::Combine($Folder, [System.Guid]::NewGuid().ToString('N') + '.mof')
}

# Before the first step of a list. In a folder that is not safe nothing is deleted: the step that needs the
# folder says what is wrong with it.
function Remove-WmisecLeftovers {
    param([string] $Folder)

    if (-not [System.IO.Directory]::Exists($Folder)) { return }
    try {
        Assert-WmisecFolder $Folder
    } catch {
        return
    }
    Remove-WmisecMatching $Folder '^([0-9a-f]{32}\.mof|compiling)\z'
    Remove-WmisecEmptyFolder $Folder
}

# Not recursive: it fails, and is meant to, while a registered file or one that was kept is in it.
function Remove-WmisecEmptyFolder {
    param([string] $Folder)

    try {
        [System.IO.Directory]::Delete($Folder)
    } catch {
        return
    }
}
