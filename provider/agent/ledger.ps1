# pulumi-wmisec agent: reads the ledger: one REG_SZ for each item.

function Get-WmisecLedgerKey {
    return 'SOFTWARE\pulumi-wmisec\v1'
}

# A value that is not text, or is longer than any entry of ours, is returned without its text. A read
# does not wait for the mutex: entries that another run deletes meanwhile, one or all, are simply
# missing. If there are too many entries for an answer, the fault says so.
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
