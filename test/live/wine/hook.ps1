# Puts stand-ins for WMI, the event log and owners of files into the agent's text, where a host under Wine runs it: everything else is
# Wine's own (registry, files, processes, mutexes, COM). Follows the agent: it stops where its text is not what it was written for.
# $StandIns is the folder of wmisec-standin.dll, as a Windows path that ends with a backslash.

# The core. Its parts come later, by the verb load: their hash is checked, and then they go through Add-StandInsToPart. Functions of
# this file stand in the runspace of the agent's loop, which calls it.
function Add-StandIns {
    param([string] $Text, [string] $StandIns)

    [void] [System.Reflection.Assembly]::LoadFrom($StandIns + 'wmisec-standin.dll')
    $part = '[scriptblock]::Create($part[''Text''])'
    return Edit-AgentText $Text @(
        @('[wmi]', '[WmisecStandIn.WmiObject]'),
        @('[wmisearcher]', '[WmisecStandIn.Searcher]'),
        # The stand-in holds no connection.
        @('$object.Dispose()', '[void] $object'),
        # Called by the stand-in for the event log.
        @("'Start-Sleep')", "'Start-Sleep', 'Add-Member')"),
        @($part, '[scriptblock]::Create((Add-StandInsToPart $part[''Text'']))')
    )
}

function Add-StandInsToPart {
    param([string] $Text)

    if ($Text.Contains('function Get-WmisecTrustees')) {
        # Under Wine each file is owned by the user who runs it, and no list of permissions is protected.
        return Edit-AgentText $Text @(
            @("'S-1-5-32-544'", "'S-1-5-32-544', 'S-1-5-21-0-0-0-1000'"),
            @('if (-not $security.AreAccessRulesProtected)', 'if ($false)')
        )
    }
    if (-not $Text.Contains('function Invoke-WmisecReadEvents')) { return $Text }
    # A log without events.
    return $Text + @'
function Open-WmisecEventReader {
    param([long] $SinceMs)

    $reader = New-Object psobject
    $reader | Add-Member -MemberType ScriptMethod -Name ReadEvent -Value { return $null }
    $reader | Add-Member -MemberType ScriptMethod -Name Dispose -Value { }
    return $reader
}
'@
}

function Edit-AgentText {
    param([string] $Text, $Changes)

    foreach ($change in $Changes) {
        if (-not $Text.Contains($change[0])) { throw "the stand-ins do not fit the agent any more: it has no $($change[0])" }
        $Text = $Text.Replace($change[0], $change[1])
    }
    return $Text
}
