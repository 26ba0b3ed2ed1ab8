# What nobody has told us of Windows, asked of a Windows host: run in Windows PowerShell, as an administrator, on a host that may be thrown away.
#     powershell.exe -NoProfile -ExecutionPolicy Bypass -File test\live\windows\probe.ps1 -Report wmisec-probe.json
# It makes the namespace root\wmisec_probe, registers one MOF file, and takes both back. A copy of that file that Windows makes in its
# AutoRecover folder stays, and the report names it.
# Each probe stands alone: one that fails says so in the report, and the script ends with 0 whatever happens.
# docs/windows-unknowns.md says which question each probe answers, and what the product does meanwhile.
param([string] $Report = 'wmisec-probe.json')

$ErrorActionPreference = 'Stop'
$scratch = 'wmisec_probe'
$cimom = 'HKLM:\SOFTWARE\Microsoft\WBEM\CIMOM'
$autoRecover = Join-Path $env:windir 'System32\wbem\AutoRecover'
$folder = Join-Path ([IO.Path]::GetTempPath()) 'wmisec-probe'
$answers = [ordered] @{}

function Invoke-Probe {
    param([string] $Name, [scriptblock] $Ask)

    try { $answers[$Name] = & $Ask } catch {
        $failure = $_.Exception.GetBaseException()
        $answers[$Name] = @{ failed = $failure.GetType().FullName; hresult = '0x{0:x8}' -f $failure.HResult; message = $failure.Message }
    }
}

# Both carriers of the flag, and whether each has the qualifier at all.
function Read-Flag {
    param([string] $ObjectPath)

    $object = [wmi] $ObjectPath
    $object.Get()
    foreach ($qualifier in $object.Qualifiers) { if ($qualifier.Name -eq 'RequiresEncryption') { return "$($qualifier.Value)" } }
    return 'absent'
}

function Read-Both {
    param([string] $Parent, [string] $Name)

    $answer = [ordered] @{}
    foreach ($carrier in @(
            @('parent', "\\.\${Parent}:__Namespace.Name='$Name'"),
            @('singleton', "\\.\$Parent\${Name}:__SystemSecurity=@"))) {
        try { $answer[$carrier[0]] = Read-Flag $carrier[1] } catch { $answer[$carrier[0]] = "failed: $($_.Exception.GetBaseException().Message)" }
    }
    return $answer
}

# What mofcomp makes of these bytes.
function Invoke-Mofcomp {
    param([byte[]] $Bytes, [string[]] $Switches = @())

    $file = Join-Path $folder ([Guid]::NewGuid().ToString('N') + '.mof')
    [IO.File]::WriteAllBytes($file, $Bytes)
    $output = & (Join-Path $env:windir 'System32\wbem\mofcomp.exe') @Switches $file 2>&1 | Out-String
    return [ordered] @{ exit = $LASTEXITCODE; output = $output.Replace($file, 'FILE'); flag = (Read-Both 'root' $scratch) }
}

function ConvertTo-Bytes {
    param([string] $Text)

    return [Text.Encoding]::ASCII.GetBytes($Text)
}

function Get-Mof {
    param([string] $Flag, [string] $Namespace = "root\\$scratch")

    return "#pragma namespace(`"\\\\.\\$Namespace`")`r`n${Flag}instance of __SystemSecurity { };`r`n"
}

function Get-AutoRecover {
    if (-not (Test-Path $autoRecover)) { return @('(no such folder)') }
    return @(Get-ChildItem $autoRecover | ForEach-Object { "$($_.Name) $($_.Length)" } | Sort-Object)
}

[void] (New-Item -ItemType Directory -Path $folder -Force)

Invoke-Probe 'host' {
    [ordered] @{
        os = [Environment]::OSVersion.VersionString
        powershell = "$($PSVersionTable.PSVersion)"
        framework = (Get-ItemProperty 'HKLM:\SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full').Release
        culture = (Get-Culture).Name
        outputCodePage = [Console]::OutputEncoding.CodePage
        sshd = "$((Get-Item (Join-Path $env:windir 'System32\OpenSSH\sshd.exe') -ErrorAction SilentlyContinue).VersionInfo.ProductVersion)"
        defaultShell = "$((Get-ItemProperty 'HKLM:\SOFTWARE\OpenSSH' -ErrorAction SilentlyContinue).DefaultShell)"
    }
}
Invoke-Probe 'vendorFlag' { Read-Both 'root\cimv2' 'TerminalServices' }
Invoke-Probe 'unsecAppValue' {
    $value = (Get-Item $cimom).GetValue('UnsecAppAccessControlDefault', $null)
    if ($null -eq $value) { 'absent' } else { "$((Get-Item $cimom).GetValueKind('UnsecAppAccessControlDefault')): $value" }
}
Invoke-Probe 'makeScratch' {
    $made = ([wmiclass] '\\.\root:__Namespace').CreateInstance()
    $made.Name = $scratch
    [void] $made.Put()
    'made'
}
Invoke-Probe 'readings' {
    $answer = [ordered] @{ before = (Read-Both 'root' $scratch) }
    foreach ($flag in '[RequiresEncryption(TRUE)] ', '', '[RequiresEncryption(FALSE)] ', '[RequiresEncryption] ') {
        $name = if ($flag -eq '') { 'without the qualifier' } else { $flag.Trim() }
        $answer["after $name"] = Invoke-Mofcomp (ConvertTo-Bytes (Get-Mof $flag))
    }
    $answer
}
Invoke-Probe 'mofcompRefusals' {
    $high = [byte[]] (0xe9)
    $good = ConvertTo-Bytes (Get-Mof '[RequiresEncryption(FALSE)] ')
    [ordered] @{
        'syntax error' = Invoke-Mofcomp (ConvertTo-Bytes 'instance of {')
        'a missing namespace' = Invoke-Mofcomp (ConvertTo-Bytes (Get-Mof '[RequiresEncryption(TRUE)] ' 'root\\wmisec_nowhere'))
        'a missing class' = Invoke-Mofcomp (ConvertTo-Bytes "#pragma namespace(`"\\\\.\\root\\$scratch`")`r`ninstance of Wmisec_Nowhere { };`r`n")
        'a bad switch' = Invoke-Mofcomp $good @('-nosuchswitch')
        'an empty array' = Invoke-Mofcomp (ConvertTo-Bytes "#pragma namespace(`"\\\\.\\root\\$scratch`")`r`nclass Wmisec_Probe { [key] string Id; string A[]; };`r`ninstance of Wmisec_Probe { Id = `"a`"; A = {}; };`r`n")
        'a byte of a code page in a comment, at its end' = Invoke-Mofcomp ([byte[]] ((ConvertTo-Bytes '// ') + $high + (ConvertTo-Bytes "`r`n") + $good))
        'UTF-8 with a byte order mark' = Invoke-Mofcomp ([byte[]] (0xef, 0xbb, 0xbf) + $good)
        'a single backslash before root' = Invoke-Mofcomp (ConvertTo-Bytes "#pragma namespace(`"\\.\root\\$scratch`")`r`n[RequiresEncryption(FALSE)] instance of __SystemSecurity { };`r`n")
        'whether the missing namespace was made' = (Read-Both 'root' 'wmisec_nowhere')
    }
}
Invoke-Probe 'autorecover' {
    $key = Get-Item $cimom
    $names = @($key.GetValueNames() | Where-Object { $_ -like '*autorecover*' } | ForEach-Object { "$_ ($($key.GetValueKind($_)))" })
    $list = @($key.GetValue('Autorecover MOFs'))
    $stamp = "$($key.GetValue('Autorecover MOFs timestamp'))"
    $before = Get-AutoRecover
    $file = Join-Path $folder 'wmisec-probe-registered.mof'
    $answer = [ordered] @{ names = $names; entries = $list.Count; first = $list[0]; folderBefore = $before.Count }
    try {
        [IO.File]::WriteAllBytes($file, (ConvertTo-Bytes ("#pragma autorecover`r`n" + (Get-Mof '[RequiresEncryption(FALSE)] '))))
        foreach ($round in 1, 2) {
            $output = & (Join-Path $env:windir 'System32\wbem\mofcomp.exe') $file 2>&1 | Out-String
            $after = @((Get-Item $cimom).GetValue('Autorecover MOFs'))
            $answer["round $round"] = [ordered] @{
                exit = $LASTEXITCODE
                output = $output
                place = [Array]::IndexOf($after, $file)
                entries = $after.Count
                timestampChanged = ("$((Get-Item $cimom).GetValue('Autorecover MOFs timestamp'))" -ne $stamp)
                newInFolder = @(Get-AutoRecover | Where-Object { $before -notcontains $_ })
            }
        }
    } finally {
        Set-ItemProperty $cimom 'Autorecover MOFs' ([string[]] $list) -Type MultiString
        if ($stamp -ne '') { Set-ItemProperty $cimom 'Autorecover MOFs timestamp' $stamp -Type String }
    }
    # A copy that stays after the entry has gone is what repair scripts would compile. It is left: nothing says whose it is.
    $answer['folderAfterTheEntryHasGone'] = @(Get-AutoRecover | Where-Object { $before -notcontains $_ })
    $answer
}
Invoke-Probe 'compileBuffer' {
    $agent = Join-Path (Split-Path (Split-Path (Split-Path $PSScriptRoot))) 'provider\agent'
    . ([ScriptBlock]::Create([IO.File]::ReadAllText((Join-Path $agent 'compilerApi.ps1'))))
    $api = Get-WmisecCompilerApi
    $outcome = $api::CompileBuffer((ConvertTo-Bytes (Get-Mof '[RequiresEncryption(TRUE)] ')))
    [ordered] @{
        returned = '0x{0:x8}' -f $outcome.Returned
        phase = $outcome.Status.PhaseError
        result = '0x{0:x8}' -f $outcome.Status.Result
        apartment = "$([Threading.Thread]::CurrentThread.GetApartmentState())"
        flag = (Read-Both 'root' $scratch)
    }
}
Invoke-Probe 'removeScratch' {
    ([wmi] "\\.\root:__Namespace.Name='$scratch'").Delete()
    'removed'
}

try {
    Remove-Item $folder -Recurse -Force -ErrorAction SilentlyContinue
    $json = ConvertTo-Json $answers -Depth 8
    [IO.File]::WriteAllText([IO.Path]::GetFullPath((Join-Path (Get-Location) $Report)), $json)
    $json
} catch { "the report could not be written: $_" }
exit 0
