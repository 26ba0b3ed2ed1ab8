# pulumi-wmisec agent: setValue, the step for registry values.

function Assert-WmisecValueStep {
    param($Step)

    Assert-WmisecFields $Step @('do', 'key', 'name', 'expect', 'data')
    foreach ($text in $Step.key, $Step.name) { [void] (Assert-WmisecRegistryName $text) }
    foreach ($data in $Step.expect, $Step.data) { if ($null -ne $data) { [void] (ConvertFrom-WmisecData $data) } }
}

# The opposite of ConvertTo-WmisecData: returns what .NET's SetValue accepts. REG_MULTI_SZ needs a [string[]]. Refuses data that
# PowerShell would change: it turns $null, text and fractions into numbers.
function ConvertFrom-WmisecData {
    param($Data)

    Assert-WmisecFields $Data 'kind', 'value'
    $kinds = [Microsoft.Win32.RegistryValueKind]
    switch -CaseSensitive (Assert-WmisecText $Data.kind) {
        'REG_SZ' { return @{ kind = $kinds::String; raw = (Assert-WmisecText $Data.value) } }
        'REG_EXPAND_SZ' { return @{ kind = $kinds::ExpandString; raw = (Assert-WmisecText $Data.value) } }
        'REG_MULTI_SZ' {
            Assert-WmisecList $Data.value
            [string[]] $lines = @(foreach ($line in $Data.value) { Assert-WmisecText $line })
            return @{ kind = $kinds::MultiString; raw = $lines }
        }
        'REG_DWORD' {
            $number = $Data.value
            if ((-not (($number -is [int]) -or ($number -is [long]))) -or ($number -lt 0) -or ($number -gt 4294967295)) {
                throw (New-WmisecFault 'BadRequest' 'a whole number from 0 to 4294967295 was expected in the request')
            }
            return @{ kind = $kinds::DWord; raw = [System.BitConverter]::ToInt32([System.BitConverter]::GetBytes([uint32] $number), 0) }
        }
        'REG_QWORD' {
            $digits = Assert-WmisecText $Data.value
            $number = [uint64] 0
            $invariant = [System.Globalization.CultureInfo]::InvariantCulture
            if (-not [uint64]::TryParse($digits, [System.Globalization.NumberStyles]::None, $invariant, [ref] $number)) {
                throw (New-WmisecFault 'BadRequest' 'the digits of a number of 64 bits were expected in the request')
            }
            return @{ kind = $kinds::QWord; raw = [System.BitConverter]::ToInt64([System.BitConverter]::GetBytes($number), 0) }
        }
        'REG_BINARY' { return @{ kind = $kinds::Binary; raw = (ConvertFrom-WmisecHex $Data.value) } }
        'REG_NONE' { return @{ kind = $kinds::None; raw = (ConvertFrom-WmisecHex $Data.value) } }
    }
    throw (New-WmisecFault 'BadRequest' 'a registry value in the request is of no kind that is known')
}

function ConvertFrom-WmisecHex {
    param($Value)

    $hex = Assert-WmisecText $Value
    if ($hex -cnotmatch '^([0-9a-f]{2})*\z') { throw (New-WmisecFault 'BadRequest' 'pairs of hex digits were expected in the request') }
    $bytes = [byte[]]::new($hex.Length / 2)
    for ($index = 0; $index -lt $bytes.Length; $index++) { $bytes[$index] = [System.Convert]::ToByte($hex.Substring(2 * $index, 2), 16) }
    return , $bytes
}

function Set-WmisecValue {
    param($Step)

    $key = Assert-WmisecRegistryName $Step.key
    $name = Assert-WmisecRegistryName $Step.name
    $surprise = Compare-WmisecExpected (Format-WmisecData (Read-WmisecData $key $name)) (Format-WmisecData $Step.expect)
    if ($null -ne $surprise) { return $surprise }
    $hive = Open-WmisecHive
    try {
        $opened = $hive.OpenSubKey($key, $true)
        if ($null -eq $opened) { throw [System.IO.IOException]::new('there is no key HKLM\' + $key) }
        try {
            if ($null -eq $Step.data) {
                $opened.DeleteValue($name, $false)
            } else {
                $data = ConvertFrom-WmisecData $Step.data
                $opened.SetValue($name, $data.raw, $data.kind)
            }
        } finally {
            $opened.Close()
        }
    } finally {
        $hive.Close()
    }
}
