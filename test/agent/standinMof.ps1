# Our folder, the registry and programs, as a test gives them: `folder` is our folder, `registry` one that holds a file for each
# value, `copies` the one where Windows keeps copies. Sent after standinFiles.ps1.
# The compiler puts a file that it takes into the list, and one with LISTED in it before it refuses it.

$WmisecVerbs['runMarked'] = 'Invoke-WmisecRunMarkedOf'
$WmisecVerbs['waitCompile'] = 'Invoke-WmisecWaitCompileOf'
$WmisecVerbs['registrations'] = 'Invoke-WmisecRegistrationsOf'
$WmisecVerbs['register'] = 'Invoke-WmisecRegisterOf'
$WmisecVerbs['unregister'] = 'Invoke-WmisecUnregisterOf'
$WmisecVerbs['registeredName'] = 'Invoke-WmisecRegisteredNameOf'
$WmisecVerbs['rules'] = 'Invoke-WmisecRulesOf'
$WmisecVerbs['newFolder'] = 'Invoke-WmisecNewFolderOf'

function Get-WmisecFolder {
    return $Arguments.folder
}

function Get-WmisecCopiesFolder {
    return $Arguments.copies
}

function Read-WmisecData {
    param([string] $Key, [string] $Name)

    [System.IO.File]::AppendAllText([System.IO.Path]::Combine($Arguments.registry, 'reads'), '.')
    $file = [System.IO.Path]::Combine($Arguments.registry, $Name)
    if (-not [System.IO.File]::Exists($file)) { return $null }
    [string[]] $lines = [System.IO.File]::ReadAllLines($file)
    return @{ kind = 'REG_MULTI_SZ'; value = $lines }
}

function Open-WmisecHive {
    $key = New-Object psobject
    Add-Member -InputObject $key -MemberType ScriptMethod -Name OpenSubKey -Value { return $this }
    Add-Member -InputObject $key -MemberType ScriptMethod -Name Close -Value { return }
    Add-Member -InputObject $key -MemberType ScriptMethod -Name SetValue -Value {
        param($Name, $Value, $Kind)
        [System.IO.File]::WriteAllLines([System.IO.Path]::Combine($Arguments.registry, $Name), [string[]] @($Value))
    }
    return $key
}

function Invoke-WmisecCompiler {
    param([string] $Compiler, [string] $File, [string] $During, [int] $TimeoutMs)

    $text = [System.IO.File]::ReadAllText($File)
    if ($text.Contains('DIE')) { throw (New-WmisecFault 'ProgramTimeout' 'it did not end') }
    if ($text.Contains('REFUSE') -and (-not $text.Contains('LISTED'))) { return @{ reason = 'mofcomp'; during = $During; exit = 3; output = '' } }
    $list = [System.IO.Path]::Combine($Arguments.registry, (Get-WmisecAutorecoverName))
    if (-not (Read-WmisecAutorecoverSet).Contains($File)) { [System.IO.File]::AppendAllText($list, "$File`n") }
    if ($text.Contains('REFUSE')) { return @{ reason = 'mofcomp'; during = $During; exit = 1; output = '' } }
}

function Invoke-WmisecRunMarkedOf {
    param($Arguments)

    return Invoke-WmisecMarkedProgram $Arguments.program $Arguments.line $Arguments.folder $Arguments.timeoutMs
}

function Invoke-WmisecWaitCompileOf {
    param($Arguments)

    Wait-WmisecCompile $Arguments.timeoutMs
    Remove-WmisecLeftovers $Arguments.folder
}

function Invoke-WmisecRegistrationsOf {
    param($Arguments)

    return , @(Read-WmisecRegistrations $Arguments.paths)
}

function Invoke-WmisecRegisterOf {
    param($Arguments)

    return Register-WmisecMof $Arguments.step $Arguments
}

function Invoke-WmisecUnregisterOf {
    param($Arguments)

    return Unregister-WmisecMof $Arguments.step
}

function Invoke-WmisecRegisteredNameOf {
    param($Arguments)

    return [System.IO.Path]::GetFileName((Get-WmisecRegistrationFile $Arguments.path))
}

function Invoke-WmisecRulesOf {
    param($Arguments)

    Assert-WmisecRules 'it' @(foreach ($entry in $Arguments.entries) { ConvertTo-WmisecRule 'it' $entry 'UnsafeFile' })
}

# `unsafe`: our check of the folder fails.
function Invoke-WmisecNewFolderOf {
    param($Arguments)

    function Add-WmisecFolder { param([string] $Folder) [void] [System.IO.Directory]::CreateDirectory($Folder) }
    function Assert-WmisecFolder {
        param([string] $Folder)
        if (-not [System.IO.Directory]::Exists($Folder)) { throw (New-WmisecFault 'UnsafeFolder' "$Folder is not a folder") }
        if ($Arguments.unsafe) { throw (New-WmisecFault 'UnsafeFolder' "$Folder inherits permissions") }
    }
    New-WmisecFolder $Arguments.folder
}
