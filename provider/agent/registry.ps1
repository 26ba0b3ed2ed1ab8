# pulumi-wmisec agent: reads registry values, always in HKEY_LOCAL_MACHINE and in its 64-bit view. An
# absent value is data, not an error.

function Open-WmisecHive {
    return [Microsoft.Win32.RegistryKey]::OpenBaseKey([Microsoft.Win32.RegistryHive]::LocalMachine, [Microsoft.Win32.RegistryView]::Registry64)
}

# The key and the name of a value.
function Assert-WmisecLocation {
    param($At)

    Assert-WmisecFields $At @('key', 'name')
    foreach ($text in $At.key, $At.name) { [void] (Assert-WmisecRegistryName $text) }
}

function Read-WmisecValues {
    param($Asked)

    foreach ($at in $Asked) { Read-WmisecValue $at.key $at.name }
}

function Read-WmisecValue {
    param($Key, $Name)

    try {
        $data = Read-WmisecData $Key $Name
        if ($null -eq $data) { return @{ key = $Key; name = $Name; state = 'absent' } }
        # The limit of an answer counts all lines together as one text.
        if ($data['kind'] -ceq 'REG_MULTI_SZ') { [void] (Assert-WmisecShort ([string]::Join(' ', $data['value'])) 65536 ('HKLM\' + $Key + ' ' + $Name)) }
        return @{ key = $Key; name = $Name; state = 'present'; data = $data }
    } catch {
        return @{ key = $Key; name = $Name; state = 'failed'; failure = (ConvertTo-WmisecFailure $_) }
    }
}

# Reads one value with its kind, in the form of provider/core/registry.ts; $null if there is none.
function Read-WmisecData {
    param($Key, $Name)

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

# Reads one value as .NET returns it; $null if there is none. Somebody may delete the value, or the key that we hold open, between
# two of our calls. A failure is an error only if the value is still listed.
function Read-WmisecOpened {
    param($Opened, $Name)

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

# Returns no names if the key was deleted while we hold it open: ERROR_KEY_DELETED, as an HRESULT or as the plain code.
function Get-WmisecValueNames {
    param($Opened)

    try {
        return $Opened.GetValueNames()
    } catch {
        if (@('0x800703fa', '0x000003fa') -ccontains (ConvertTo-WmisecFailure $_).hresult) { return }
        throw
    }
}

# Converts .NET's kinds and types. If a value's length does not fit its kind, .NET returns another type. The limits are those of
# provider/core/registry.ts. A value is never cut to fit them, because it would be restored cut.
function ConvertTo-WmisecData {
    param($Kind, $Raw, $Where)

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
    param($Text, $Most, $Where)

    if ($Text.Length -gt $Most) { throw (New-WmisecFault 'UnexpectedValue' "$Where has text of $($Text.Length) characters; at most $Most are supported") }
    return $Text
}

# The same rule as in provider/core/registry.ts.
function Assert-WmisecRegistryName {
    param($Value)

    $text = Assert-WmisecText $Value
    if (($text.Length -lt 1) -or ($text.Length -gt 255)) { throw (New-WmisecFault 'BadRequest' 'a name of 1 to 255 characters was expected in the request') }
    return $text
}

# Readable for a person, and exact enough to compare by.
function Format-WmisecData {
    param($Data)

    if ($null -eq $Data) { return 'absent' }
    return [string] $Data.kind + ' ' + (ConvertTo-WmisecJson $Data.value)
}
