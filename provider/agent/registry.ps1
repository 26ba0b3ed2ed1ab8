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
            if (@($opened.GetValueNames()) -notcontains $Name) { return $null }
            $kind = [string] $opened.GetValueKind($Name)
            $raw = $opened.GetValue($Name, $null, [Microsoft.Win32.RegistryValueOptions]::DoNotExpandEnvironmentNames)
            return ConvertTo-WmisecData $kind $raw ('HKLM\' + $Key + ' ' + $Name)
        } finally {
            $opened.Close()
        }
    } finally {
        $hive.Close()
    }
}

# From .NET's kinds and types. .NET gives another type than the kind's when the value's length does not fit its kind.
function ConvertTo-WmisecData {
    param([string] $Kind, $Raw, [string] $Where)

    if (($Kind -ceq 'String') -and ($Raw -is [string])) { return @{ kind = 'REG_SZ'; value = $Raw } }
    if (($Kind -ceq 'ExpandString') -and ($Raw -is [string])) { return @{ kind = 'REG_EXPAND_SZ'; value = $Raw } }
    if (($Kind -ceq 'MultiString') -and ($Raw -is [string[]])) { return @{ kind = 'REG_MULTI_SZ'; value = $Raw } }
    if (($Kind -ceq 'DWord') -and ($Raw -is [int])) {
        return @{ kind = 'REG_DWORD'; value = [System.BitConverter]::ToUInt32([System.BitConverter]::GetBytes($Raw), 0) }
    }
    if (($Kind -ceq 'QWord') -and ($Raw -is [long])) {
        $number = [System.BitConverter]::ToUInt64([System.BitConverter]::GetBytes($Raw), 0)
        return @{ kind = 'REG_QWORD'; value = $number.ToString([System.Globalization.CultureInfo]::InvariantCulture) }
    }
    if ((@('Binary', 'None') -ccontains $Kind) -and ($Raw -is [byte[]])) {
        $hex = [System.BitConverter]::ToString($Raw).Replace('-', '').ToLowerInvariant()
        return @{ kind = ('REG_' + $Kind.ToUpperInvariant()); value = $hex }
    }
    throw (New-WmisecFault 'UnexpectedValue' "$Where is of a kind ($Kind) or length that is not understood")
}

# The way back: what .NET's SetValue takes. REG_MULTI_SZ only as [string[]].
function ConvertFrom-WmisecData {
    param($Data)

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
            $bytes = [System.BitConverter]::GetBytes([uint32] $Data.value)
            return @{ kind = $kinds::DWord; raw = [System.BitConverter]::ToInt32($bytes, 0) }
        }
        'REG_QWORD' {
            $number = [uint64]::Parse((Assert-WmisecText $Data.value), [System.Globalization.CultureInfo]::InvariantCulture)
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
    $bytes = New-Object byte[] ($hex.Length / 2)
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

# A value that is no text, or is longer than any entry of ours, is told as no text.
function Read-WmisecLedger {
    $hive = Open-WmisecHive
    try {
        $opened = $hive.OpenSubKey((Get-WmisecLedgerKey), $false)
        if ($null -eq $opened) { return }
        try {
            foreach ($item in $opened.GetValueNames()) {
                $text = $null
                if ($opened.GetValueKind($item) -eq [Microsoft.Win32.RegistryValueKind]::String) { $text = [string] $opened.GetValue($item) }
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
# As provider/core/ledgerRoom.ts has it; asked here, too, because others may have added entries since the plan was made.
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

    $key = Assert-WmisecText $Step.key
    $name = Assert-WmisecText $Step.name
    $surprise = Compare-WmisecExpected (Format-WmisecData (Read-WmisecData $key $name)) (Format-WmisecData $Step.expect)
    if ($null -ne $surprise) { return $surprise }
    $hive = Open-WmisecHive
    try {
        $opened = $hive.OpenSubKey($key, $true)
        if ($null -eq $opened) { throw (New-Object System.IO.IOException -ArgumentList ('there is no key HKLM\' + $key)) }
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
