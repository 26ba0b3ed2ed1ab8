# pulumi-wmisec agent: compiles MOF with mofcomp.exe or IMofCompiler; the step compileMof. $WmisecRunning (from protocol.ps1)
# names the file to delete if the deadline ends the agent, and our folder if it may be deleted too.

function Assert-WmisecCompiler {
    param($Value)

    $text = Assert-WmisecText $Value
    if (@('mofcomp', 'api') -cnotcontains $text) { throw (New-WmisecFault 'BadRequest' 'the request names no compiler that is known') }
    return $text
}

function Assert-WmisecAnyCompiler {
    param($Value)

    if ((Assert-WmisecCompiler $Value) -ceq 'api') { Assert-WmisecPart 'compilerApi' }
}

# Returns the MOF of a request as bytes.
function ConvertFrom-WmisecMof {
    param($Value)

    $mof = Assert-WmisecText $Value
    if ($mof -cnotmatch '^[\x09\x0a\x0d\x20-\x7e]+\z') { throw (New-WmisecFault 'BadRequest' 'the MOF in the request is empty or not ASCII') }
    return , [System.Text.Encoding]::ASCII.GetBytes($mof)
}

function Assert-WmisecCompileStep {
    param($Step)

    Assert-WmisecFields $Step @('do', 'path', 'expect', 'mof', 'required', 'compiler')
    Assert-WmisecMofStep $Step
    Assert-WmisecFields $Step.expect @('effective', 'stored')
    [void] (Format-WmisecFlag $Step.expect)
    Assert-WmisecBoolean $Step.required
}

function Assert-WmisecMofStep {
    param($Step)

    [void] (Assert-WmisecPath $Step.path)
    [void] (ConvertFrom-WmisecMof $Step.mof)
    Assert-WmisecAnyCompiler $Step.compiler
}

# Returns nothing, or what the compiler said. $During is 'check' or 'compile'.
function Invoke-WmisecCompiler {
    param([string] $Compiler, [string] $File, [string] $During, [int] $TimeoutMs)

    if ($Compiler -ceq 'api') { return Invoke-WmisecApiOnFile $File $During }
    return Invoke-WmisecMofcomp $File $During $TimeoutMs
}

function Invoke-WmisecCompile {
    param($Step, $Arguments)

    $mof = ConvertFrom-WmisecMof $Step.mof
    $compiler = Assert-WmisecCompiler $Step.compiler
    Assert-WmisecBoolean $Step.required
    $path = Assert-WmisecPath $Step.path
    $before = Read-WmisecNamespace $path
    if ($before.state -eq 'failed') { return @{ reason = 'failed'; failure = $before.failure } }
    $surprise = Compare-WmisecExpected (Format-WmisecNamespace $before) (Format-WmisecFlag $Step.expect)
    if ($null -ne $surprise) { return $surprise }
    $refused = $null
    if ($compiler -ceq 'api') { $refused = Invoke-WmisecApiOnBuffer $mof } else { $refused = Invoke-WmisecMofFile $mof $Arguments.mofcompTimeoutMs $Arguments.keepMof }
    if ($null -ne $refused) { return $refused }
    # Later steps drop the record of the earlier value. The compiler's result alone is not enough for that, so read the flag again.
    $after = Read-WmisecNamespace $path
    if ($after.state -eq 'failed') { return @{ reason = 'failed'; failure = $after.failure } }
    if (($after.state -ne 'present') -or (-not (Test-WmisecMet $after.flag $Step.required))) {
        return @{ reason = 'unmet'; found = (Format-WmisecNamespace $after) }
    }
}

# The stored flag decides, even if another one is in force until WMI restarts. No documentation says that the singleton's
# qualifier can be read back; MS-WMI promises it only for the parent's instance (3.1.4.18.2). If it can't, the parent's reading
# decides. If there is neither, the flag counts as FALSE.
function Test-WmisecMet {
    param($Flag, [bool] $Required)

    $reading = $Flag.stored
    if ($null -eq $reading) { $reading = $Flag.effective }
    if ($null -eq $reading) { $reading = $false }
    return $reading -eq $Required
}

function Format-WmisecNamespace {
    param($Reading)

    if ($Reading.state -ne 'present') { return 'missing' }
    return Format-WmisecFlag $Reading.flag
}

function Format-WmisecFlag {
    param($Flag)

    return 'effective ' + (Format-WmisecReading $Flag.effective) + ', stored ' + (Format-WmisecReading $Flag.stored)
}

function Format-WmisecReading {
    param($Reading)

    if ($null -eq $Reading) { return 'absent' }
    if ($Reading -isnot [bool]) { throw (New-WmisecFault 'BadRequest' 'true, false or null was expected in the request') }
    if ($Reading) { return 'TRUE' }
    return 'FALSE'
}

# mofcomp reads a file. Only administrators may reach that file between our write and mofcomp's read. So it is created in our own
# folder under a random name, and is always removed again, unless the request asks to keep it.
function Invoke-WmisecMofFile {
    param([byte[]] $Mof, [int] $TimeoutMs, [bool] $KeepMof)

    $folder = Get-WmisecFolder
    New-WmisecFolder $folder
    $file = Get-WmisecTemporaryName $folder
    if ($KeepMof) { $file = [System.IO.Path]::Combine($folder, 'kept-' + [System.IO.Path]::GetFileName($file)) }
    if (-not $KeepMof) { $WmisecRunning['File'] = $file }
    $WmisecRunning['Folder'] = $folder
    try {
        New-WmisecFile $file $Mof
        return Invoke-WmisecMofcomp $file 'compile' $TimeoutMs
    } finally {
        try {
            if (-not $KeepMof) { Remove-WmisecTemporary $file }
        } finally {
            $WmisecRunning['File'] = $null
            $WmisecRunning['Folder'] = $null
            Remove-WmisecEmptyFolder $folder
        }
    }
}
