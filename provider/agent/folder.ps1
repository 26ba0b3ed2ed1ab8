# pulumi-wmisec agent: the folder for our own MOF files, which only administrators can enter.

function Get-WmisecFolder {
    return [System.IO.Path]::Combine([System.Environment]::GetFolderPath('ProgramFiles'), 'pulumi-wmisec')
}

# Creates the folder. The owner is Administrators, only SYSTEM and Administrators have access (full control), and nothing is
# inherited. An existing folder is accepted only if it is just as safe. A folder that we just made gets the same check, because a
# policy of the host may change what we set.
function New-WmisecFolder {
    param([string] $Folder)

    $made = -not (Test-WmisecThere $Folder)
    if ($made) { Add-WmisecFolder $Folder }
    try {
        Assert-WmisecFolder $Folder
    } catch {
        # We made this folder. If it stayed, people would look for somebody else who made it.
        if ($made) { Remove-WmisecEmptyFolder $Folder }
        throw
    }
}

function Add-WmisecFolder {
    param([string] $Folder)

    $security = New-Object System.Security.AccessControl.DirectorySecurity
    $security.SetSecurityDescriptorSddlForm('O:BAG:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)')
    # .NET Framework and .NET have the same call in different classes.
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

# Reads the entries of a DACL from the raw descriptor: no documentation says whether GetAccessRules returns conditional entries. An
# entry that is neither plainly allowed nor plainly denied is a fault, which $Word names. If there is no DACL, there are no entries.
function Read-WmisecRules {
    param([string] $Path, $Security, [string] $Word)

    $raw = New-Object System.Security.AccessControl.RawSecurityDescriptor -ArgumentList ($Security.GetSecurityDescriptorBinaryForm()), 0
    if ($null -eq $raw.DiscretionaryAcl) { return }
    foreach ($entry in $raw.DiscretionaryAcl) { ConvertTo-WmisecRule $Path $entry $Word }
}

# Conditional entries and entries for directory objects have other types (MicrosoftDocs/win32 desktop-src/SecAuthZ/ace.md).
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

# A new name in our folder. Files that are kept on purpose have a different form of name, so they don't count as leftovers.
function Get-WmisecTemporaryName {
    param([string] $Folder)

    return [System.IO.Path]::Combine($Folder, [System.Guid]::NewGuid().ToString('N') + '.mof')
}

# Runs before the first step of a request. Deletes nothing in a folder that is not safe: the step that
# needs the folder reports what is wrong with it.
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

# Not recursive, so that it fails while the folder contains a registered file or one that was kept.
function Remove-WmisecEmptyFolder {
    param([string] $Folder)

    try {
        [System.IO.Directory]::Delete($Folder)
    } catch {
        return
    }
}
