# pulumi-wmisec agent: the registry. Always HKEY_LOCAL_MACHINE, always the 64-bit view; absence is data.

function Open-WmisecHive {
    return [Microsoft.Win32.RegistryKey]::OpenBaseKey([Microsoft.Win32.RegistryHive]::LocalMachine, [Microsoft.Win32.RegistryView]::Registry64)
}

function Get-WmisecLedgerKey {
    return 'SOFTWARE\pulumi-wmisec\v1'
}

function Read-WmisecValue {
    param([string] $Key, [string] $Name)

    try {
        $data = Read-WmisecData $Key $Name
        if ($null -eq $data) { return @{ key = $Key; name = $Name; state = 'absent' } }
        # All lines together are one text, to an answer.
        if ($data['kind'] -ceq 'REG_MULTI_SZ') { [void] (Assert-WmisecShort ([string]::Join(' ', $data['value'])) 65536 ('HKLM\' + $Key + ' ' + $Name)) }
        return @{ key = $Key; name = $Name; state = 'present'; data = $data }
    } catch {
        return @{ key = $Key; name = $Name; state = 'failed'; failure = (ConvertTo-WmisecFailure $_) }
    }
}

# One value with its kind, as provider/core/registry.ts wants it; $null where there is none.
function Read-WmisecData {
    param([string] $Key, [string] $Name)

    $hive = Open-WmisecHive
    try {
        $opened = $hive.OpenSubKey($Key, $false)
        if ($null -eq $opened) { return $null }
        try {
            $found = Read-WmisecOpened $opened $Name
            if ($null -eq $found) { return $null }
            return ConvertTo-WmisecData $found['kind'] $found['raw'] ('HKLM\' + $Key + ' ' + $Name)
        } finally {
            $opened.Close()
        }
    } finally {
        $hive.Close()
    }
}

# One value as .NET gives it; $null where there is none. Somebody may delete it between two of our calls, or the key that we
# hold open: only what is still listed is an error.
function Read-WmisecOpened {
    param($Opened, [string] $Name)

    for ($attempt = 1; $true; $attempt++) {
        try {
            $kind = [string] $Opened.GetValueKind($Name)
            $raw = $Opened.GetValue($Name, $null, [Microsoft.Win32.RegistryValueOptions]::DoNotExpandEnvironmentNames)
            return @{ kind = $kind; raw = $raw }
        } catch {
            if (-not (Test-WmisecListed $Opened $Name)) { return $null }
            if ($attempt -ge 5) { throw }
        }
    }
}

function Test-WmisecListed {
    param($Opened, [string] $Name)

    foreach ($listed in (Get-WmisecValueNames $Opened)) {
        if ([string]::Equals($listed, $Name, [System.StringComparison]::OrdinalIgnoreCase)) { return $true }
    }
    return $false
}

# None of a key that was deleted while we hold it open: ERROR_KEY_DELETED, as an HRESULT or as it is.
function Get-WmisecValueNames {
    param($Opened)

    try {
        return $Opened.GetValueNames()
    } catch {
        if (@('0x800703fa', '0x000003fa') -ccontains (ConvertTo-WmisecFailure $_).hresult) { return }
        throw
    }
}

# From .NET's kinds and types. .NET gives another type than the kind's when the value's length does not fit its kind. Within
# the limits of provider/core/registry.ts: a value that is told cut would be put back cut.
function ConvertTo-WmisecData {
    param([string] $Kind, $Raw, [string] $Where)

    if (($Kind -ceq 'String') -and ($Raw -is [string])) { return @{ kind = 'REG_SZ'; value = (Assert-WmisecShort $Raw 65536 $Where) } }
    if (($Kind -ceq 'ExpandString') -and ($Raw -is [string])) { return @{ kind = 'REG_EXPAND_SZ'; value = (Assert-WmisecShort $Raw 65536 $Where) } }
    if (($Kind -ceq 'MultiString') -and ($Raw -is [string[]])) {
        if ($Raw.Length -gt 4096) { throw (New-WmisecFault 'UnexpectedValue' "$Where has $($Raw.Length) lines; at most 4096 are supported") }
        foreach ($line in $Raw) { [void] (Assert-WmisecShort $line 4096 $Where) }
        return @{ kind = 'REG_MULTI_SZ'; value = $Raw }
    }
    if (($Kind -ceq 'DWord') -and ($Raw -is [int])) {
        return @{ kind = 'REG_DWORD'; value = [System.BitConverter]::ToUInt32([System.BitConverter]::GetBytes($Raw), 0) }
    }
    if (($Kind -ceq 'QWord') -and ($Raw -is [long])) {
        $number = [System.BitConverter]::ToUInt64([System.BitConverter]::GetBytes($Raw), 0)
        return @{ kind = 'REG_QWORD'; value = $number.ToString([System.Globalization.CultureInfo]::InvariantCulture) }
    }
    if ((@('Binary', 'None') -ccontains $Kind) -and ($Raw -is [byte[]])) {
        if ($Raw.Length -gt 65536) { throw (New-WmisecFault 'UnexpectedValue' "$Where has $($Raw.Length) bytes; at most 65536 are supported") }
        $hex = [System.BitConverter]::ToString($Raw).Replace('-', '').ToLowerInvariant()
        return @{ kind = ('REG_' + $Kind.ToUpperInvariant()); value = $hex }
    }
    throw (New-WmisecFault 'UnexpectedValue' "$Where is of a kind ($Kind) or length that is not understood")
}

function Assert-WmisecShort {
    param([string] $Text, $Most, [string] $Where)

    if ($Text.Length -gt $Most) { throw (New-WmisecFault 'UnexpectedValue' "$Where has text of $($Text.Length) characters; at most $Most are supported") }
    return $Text
}

# As provider/core/registry.ts has it.
function Assert-WmisecRegistryName {
    param($Value)

    $text = Assert-WmisecText $Value
    if (($text.Length -lt 1) -or ($text.Length -gt 255)) { throw (New-WmisecFault 'BadRequest' 'a name of 1 to 255 characters was expected in the request') }
    return $text
}

# The way back: what .NET's SetValue takes. REG_MULTI_SZ only as [string[]]. Whatever would arrive as something else than it is
# is refused: PowerShell makes a number of nothing, of text and of a fraction.
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

# As a person reads it, and exact enough to compare by.
function Format-WmisecData {
    param($Data)

    if ($null -eq $Data) { return 'absent' }
    return [string] $Data.kind + ' ' + (ConvertTo-WmisecJson $Data.value)
}

# ---- the ledger: one REG_SZ an item

# A value that is no text, or is longer than any entry of ours, is told as no text. A look waits for nobody: what another run
# deletes meanwhile is gone, be it one entry or all of them. Too many entries for an answer are told as that.
function Read-WmisecLedger {
    $hive = Open-WmisecHive
    try {
        $key = Get-WmisecLedgerKey
        $opened = $hive.OpenSubKey($key, $false)
        if ($null -eq $opened) { return }
        try {
            $names = @(Get-WmisecValueNames $opened)
            if ($names.Length -gt 65536) { throw (New-WmisecFault 'LedgerTooLarge' "HKLM\$key has $($names.Length) values; at most 65536 can be read") }
            foreach ($item in $names) {
                $found = Read-WmisecOpened $opened $item
                if ($null -eq $found) { continue }
                $text = $null
                if (($found['kind'] -ceq 'String') -and ($found['raw'] -is [string])) { $text = $found['raw'] }
                if (($null -ne $text) -and ($text.Length -gt 65536)) { $text = $null }
                @{ item = $item; text = $text }
            }
        } finally {
            $opened.Close()
        }
    } finally {
        $hive.Close()
    }
}

# The whole ledger travels in each answer: no entry is added to one that would be too large for that. Returns nothing where there is room.
# As provider/core/ledger/room.ts has it; asked here, too, because others may have added entries since the plan was made.
function Test-WmisecLedgerRoom {
    param($Steps)

    $entries = 0
    $bytes = 0
    foreach ($step in $Steps) {
        if ($step.do -cne 'setLedger') { continue }
        if (($null -eq $step.expect) -and ($null -ne $step.text)) {
            $entries++
            $bytes += Measure-WmisecEntry $step.item $step.text
        }
        if (($null -ne $step.expect) -and ($null -eq $step.text)) {
            $entries--
            $bytes -= Measure-WmisecEntry $step.item $step.expect
        }
    }
    if ($entries -le 0) { return }
    foreach ($record in @(Read-WmisecLedger)) {
        $entries++
        $bytes += Measure-WmisecEntry $record.item $record.text
    }
    if (($entries -le 4000) -and ($bytes -le 4194304)) { return }
    return @{ reason = 'unexpected'; found = "the ledger has no room left: it would have $entries entries of $bytes bytes" }
}

# Bytes in an answer, at most: what a JSON writer may escape counts as six.
function Measure-WmisecEntry {
    param([string] $Item, [string] $Text)

    $both = $Item + $Text
    return $both.Length + 5 * [regex]::Replace($both, '[ !#-%(-;=?-\[\]-~]', '').Length + 32
}

function Set-WmisecLedgerEntry {
    param($Step)

    $item = Assert-WmisecText $Step.item
    $key = Get-WmisecLedgerKey
    $expected = $null
    if ($null -ne $Step.expect) { $expected = @{ kind = 'REG_SZ'; value = (Assert-WmisecText $Step.expect) } }
    $surprise = Compare-WmisecExpected (Format-WmisecData (Read-WmisecData $key $item)) (Format-WmisecData $expected)
    if ($null -ne $surprise) { return $surprise }
    $hive = Open-WmisecHive
    try {
        if ($null -ne $Step.text) {
            $text = Assert-WmisecText $Step.text
            $opened = $hive.CreateSubKey($key)
            try { $opened.SetValue($item, $text, [Microsoft.Win32.RegistryValueKind]::String) } finally { $opened.Close() }
        } else {
            $opened = $hive.OpenSubKey($key, $true)
            if ($null -eq $opened) { return }
            try { $opened.DeleteValue($item, $false) } finally { $opened.Close() }
            Remove-WmisecEmptyKey $hive $key
            Remove-WmisecEmptyKey $hive 'SOFTWARE\pulumi-wmisec'
        }
    } finally {
        $hive.Close()
    }
}

function Remove-WmisecEmptyKey {
    param([Microsoft.Win32.RegistryKey] $Hive, [string] $Key)

    $opened = $Hive.OpenSubKey($Key, $false)
    if ($null -eq $opened) { return }
    try { $holds = $opened.ValueCount + $opened.SubKeyCount } finally { $opened.Close() }
    if ($holds -eq 0) { $Hive.DeleteSubKey($Key, $false) }
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
