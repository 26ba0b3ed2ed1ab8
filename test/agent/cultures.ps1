# Runs what the agent does with text in every culture that this PowerShell knows, in one process. The agent's functions stand before
# this. Prints the cultures in which an answer is another one than in the invariant culture, and how many there were.

# In place of WMI: what is asked for is the answer.
function Read-WmisecFlag {
    param([string] $ObjectPath)

    if ($ObjectPath -ceq '\\.\root\cimv2:__SystemSecurity=@') { throw (New-WmisecFault 'UnexpectedValue' $ObjectPath) }
    return $ObjectPath
}

# In place of the registry.
function Read-WmisecAutorecoverList {
    return , [string[]] @('C:\I.MOF', 'C:\x.mof')
}

function Get-WmisecAnswers {
    $WmisecRunning['Parts'] = @{ trust = $true; registration = $true; definition = $true; compilerApi = $true }
    $requests = @(
        '{"do":"setLedger","item":"I","expect":null,"text":"\u0131i"}'
        '{"do":"setValue","key":"SOFTWARE\\X","name":"I","expect":null,"data":{"kind":"REG_QWORD","value":"18446744073709551615"}}'
        '{"do":"setValue","key":"SOFTWARE\\X","name":"I","expect":{"kind":"REG_DWORD","value":4294967295},"data":null}'
        '{"do":"setvalue"}'
        '{"do":"restoreDefinition","file":"C:\\I\\CONIN.MOF","expect":"x","backup":"y"}'
        '{"do":"editDefinition","file":"C:\\x\\com1.mof","expect":"x","content":"","compiler":"api"}'
    )
    foreach ($path in 'root', 'root/cimv2', 'root/microsoft/windows/i', 'ROOT/I') {
        try { Read-WmisecNamespace (Assert-WmisecPath $path) } catch { ConvertTo-WmisecFailure $_ }
    }
    foreach ($line in $requests) {
        try { Assert-WmisecStep (ConvertFrom-WmisecRequest $line 1000); 'good' } catch { ConvertTo-WmisecFailure $_ }
    }
    foreach ($verb in 'apply', 'APPLY', 'readEvents', 'READEVENTS', 'observe', 'bye') {
        try { [string] (Get-WmisecVerbFunction (ConvertFrom-WmisecRequest ('{"verb":"' + $verb + '"}') 100) 1 $WmisecVerbs) } catch { 'none' }
    }
    ConvertTo-WmisecData 'DWord' (-1) 'x'
    ConvertTo-WmisecData 'QWord' ([long] -1) 'x'
    ConvertTo-WmisecData 'Binary' ([byte[]] (1, 171)) 'x'
    ConvertTo-WmisecData 'String' ('I' + [char] 0x130 + [char] 0x131 + ' ' + [char] 0xfc) 'x'
    Format-WmisecData @{ kind = 'REG_SZ'; value = [string] [char] 0x131 }
    Get-WmisecHash ([byte[]] (1, 2))
    Get-WmisecRegistrationFile 'root/microsoft/i'
    Format-WmisecTime ([System.DateTime]::new(2026, 1, 2, 3, 4, 5))
    (Read-WmisecAutorecoverSet).Contains('c:\i.mof')
    Assert-WmisecMofPath 'C:\I\I.MOF'
    Measure-WmisecEntry 'I' ([string] [char] 0x131)
    Assert-WmisecPeriod 2678400000
    Compare-WmisecExpected 'a' ('a' + [char] 0xad)
}

$WmisecRunning = @{}
[System.Threading.Thread]::CurrentThread.CurrentCulture = [System.Globalization.CultureInfo]::InvariantCulture
$expected = ConvertTo-WmisecJson @(Get-WmisecAnswers)
$count = 0
foreach ($culture in [System.Globalization.CultureInfo]::GetCultures('AllCultures')) {
    [System.Threading.Thread]::CurrentThread.CurrentCulture = $culture
    $found = ConvertTo-WmisecJson @(Get-WmisecAnswers)
    if ([string]::CompareOrdinal($found, $expected) -ne 0) { "$($culture.Name): $found" }
    $count++
}
"$count cultures, $expected"
