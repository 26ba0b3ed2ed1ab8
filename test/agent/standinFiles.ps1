# Stand-ins for what files have on Windows only: paths with a drive, permissions, compilers. Sent after standins.ps1.
# The compiler refuses text with REFUSE in it, refuses text with LATE in it only when it compiles, and dies of DIE.

$WmisecVerbs['hash'] = 'Invoke-WmisecHashOf'
$WmisecVerbs['mofPath'] = 'Invoke-WmisecMofPathOf'
$WmisecVerbs['leftovers'] = 'Invoke-WmisecLeftoversOf'
$WmisecVerbs['definition'] = 'Invoke-WmisecDefinitionOf'
$WmisecVerbs['edit'] = 'Invoke-WmisecEditOf'
$WmisecVerbs['restore'] = 'Invoke-WmisecRestoreOf'
$WmisecVerbs['beside'] = 'Invoke-WmisecBesideOf'
$WmisecVerbs['apiAnswer'] = 'Invoke-WmisecApiAnswerOf'

function Assert-WmisecFolder {
    param([string] $Folder)
}

function Assert-WmisecTrusted {
    param([string] $Path)

    if ($Path -like '*unsafe*') { throw (New-WmisecFault 'UnsafeFile' "$Path may be changed by anybody") }
}

function New-WmisecFile {
    param([string] $File, [byte[]] $Bytes)

    $stream = New-Object System.IO.FileStream -ArgumentList $File, ([System.IO.FileMode]::CreateNew)
    try { $stream.Write($Bytes, 0, $Bytes.Length) } finally { $stream.Dispose() }
}

function Invoke-WmisecCompiler {
    param([string] $Compiler, [string] $File, [string] $During, [int] $TimeoutMs)

    $text = [System.IO.File]::ReadAllText($File)
    if ($text.Contains('DIE') -and ($During -ceq 'compile')) { throw (New-WmisecFault 'ProgramTimeout' 'it did not end') }
    if ($text.Contains('REFUSE') -or ($text.Contains('LATE') -and ($During -ceq 'compile'))) {
        return @{ reason = 'mofcomp'; during = $During; exit = 3; output = $text }
    }
}

function Invoke-WmisecHashOf {
    param($Arguments)

    return Get-WmisecHash (ConvertFrom-WmisecBase64 $Arguments.content)
}

function Invoke-WmisecMofPathOf {
    param($Arguments)

    return Assert-WmisecMofPath $Arguments.path
}

function Invoke-WmisecLeftoversOf {
    param($Arguments)

    Remove-WmisecLeftovers $Arguments.folder
}

function Invoke-WmisecBesideOf {
    param($Arguments)

    Remove-WmisecBeside $Arguments.file
}

function Invoke-WmisecDefinitionOf {
    param($Arguments)

    return Read-WmisecDefinition $Arguments.file
}

# The steps themselves take paths of Windows only: here the check of the path is the last thing that is defined anew.
function Invoke-WmisecEditOf {
    param($Arguments)

    function Assert-WmisecMofPath { param($Value) return $Value }
    return Edit-WmisecDefinition $Arguments @{ mofcompTimeoutMs = 1000 }
}

function Invoke-WmisecRestoreOf {
    param($Arguments)

    function Assert-WmisecMofPath { param($Value) return $Value }
    return Restore-WmisecDefinition $Arguments
}

function Invoke-WmisecApiAnswerOf {
    param($Arguments)

    return ConvertTo-WmisecApiAnswer $Arguments.outcome 'compile'
}
