# Puts stand-ins for WMI, the event log and owners of files into the agent's text, where a host under Wine runs it: everything else is
# Wine's own (registry, files, processes, mutexes, COM). Follows the agent: it stops where its text is not what it was written for.
# $StandIns is the folder of wmisec-standin.dll, as a Windows path that ends with a backslash.
function Add-StandIns {
    param([string] $Text, [string] $StandIns)

    [void] [System.Reflection.Assembly]::LoadFrom($StandIns + 'wmisec-standin.dll')
    $changes = @(
        @('[wmi]', '[WmisecStandIn.WmiObject]'),
        @('[wmisearcher]', '[WmisecStandIn.Searcher]'),
        # Under Wine each file is owned by the user who runs it, and no list of permissions is protected.
        @("'S-1-5-32-544'", "'S-1-5-32-544', 'S-1-5-21-0-0-0-1000'"),
        @('if (-not $security.AreAccessRulesProtected)', 'if ($false)')
    )
    foreach ($change in $changes) {
        if (-not $Text.Contains($change[0])) { throw "the stand-ins do not fit the agent any more: it has no $($change[0])" }
        $Text = $Text.Replace($change[0], $change[1])
    }
    # Ordinal: a culture's comparison of so long a text hangs under Wine.
    $loop = $Text.IndexOf('# pulumi-wmisec agent: the loop.', [StringComparison]::Ordinal)
    if ($loop -lt 0) { throw 'the stand-ins do not fit the agent any more: it has no loop' }
    return $Text.Insert($loop, @'
function Open-WmisecEventReader {
    param([long] $SinceMs)

    $reader = New-Object psobject
    $reader | Add-Member -MemberType ScriptMethod -Name ReadEvent -Value { return $null }
    $reader | Add-Member -MemberType ScriptMethod -Name Dispose -Value { }
    return $reader
}

'@)
}
