# pulumi-wmisec agent: setLedger, the ledger's step, and the check whether the ledger has room for it.

# The item must be a name that the registry accepts. The text must be short enough to be read back.
function Assert-WmisecLedgerStep {
    param($Step)

    Assert-WmisecFields $Step @('do', 'item', 'expect', 'text')
    $item = Assert-WmisecText $Step.item
    if (($item.Length -lt 1) -or ($item.Length -gt 16383)) { throw (New-WmisecFault 'BadRequest' 'a name of a ledger entry was expected in the request') }
    foreach ($text in $Step.expect, $Step.text) { if ($null -ne $text) { [void] (Assert-WmisecText $text) } }
    if (($null -ne $Step.text) -and ($Step.text.Length -gt 65536)) { throw (New-WmisecFault 'BadRequest' 'a ledger entry in the request is too long') }
}

# Each answer contains the whole ledger, so an entry is refused if it would make the ledger too large for an answer. Returns
# nothing if there is room. provider/core/ledger/room.ts has the same rule. It is checked again here, because others may have
# added entries since the plan was made.
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

# The most bytes that an entry can take in an answer. A character that a JSON writer may escape counts as six.
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
