# A stand-in for the registry of one process, so that the verbs run whole under PowerShell 7 without Windows. Sent as the end of
# the core; what is defined here again replaces what stands before.

# All parts that a write needs stand before this.
foreach ($part in 'trust', 'write') { $WmisecRunning['Parts'][$part] = $true }

# By key and name: { kind, raw }. What is in Vanishes is deleted by somebody as soon as it has been listed; a key in Broken can't be listed.
$WmisecStore = @{ Keys = @{}; Vanishes = @(); Deleted = @(); Broken = '' }

$WmisecVerbs += @{
    store    = 'Invoke-WmisecStore'
    stored   = 'Invoke-WmisecStored'
    echo     = 'Invoke-WmisecEcho'
    large    = 'Invoke-WmisecLarge'
    data     = 'Invoke-WmisecDataOf'
    commands = 'Invoke-WmisecCommandsOf'
}

function Get-WmisecMachine {
    return @{ psVersion = [string] $PSVersionTable.PSVersion }
}

function Assert-WmisecMachine {
    param($Value)
}

function Get-WmisecFolder {
    return '/nonexistent/pulumi-wmisec'
}

function Remove-WmisecEmptyKey {
    param($Hive, [string] $Key)
}

function Open-WmisecHive {
    $hive = New-Object psobject
    $open = {
        param($key, $writable)
        if (-not $WmisecStore.Keys.ContainsKey($key)) { return $null }
        return New-WmisecStandInKey $key
    }
    Add-Member -InputObject $hive -MemberType ScriptMethod -Name OpenSubKey -Value $open
    $create = {
        param($key)
        if (-not $WmisecStore.Keys.ContainsKey($key)) { $WmisecStore.Keys[$key] = @{} }
        return New-WmisecStandInKey $key
    }
    Add-Member -InputObject $hive -MemberType ScriptMethod -Name CreateSubKey -Value $create
    Add-Member -InputObject $hive -MemberType ScriptMethod -Name Close -Value {}
    return $hive
}

function New-WmisecStandInKey {
    param([string] $Key)

    $opened = New-Object psobject -Property @{ Key = $Key }
    $methods = @{
        GetValueNames = {
            if ($WmisecStore.Broken -ceq $this.Key) { throw [System.UnauthorizedAccessException]::new('not this key') }
            if ($WmisecStore.Deleted -ccontains $this.Key) { throw [System.IO.IOException]::new('marked for deletion', 0x800703fa) }
            [string[]] $names = @($WmisecStore.Keys[$this.Key].Keys)
            foreach ($name in $WmisecStore.Vanishes) { $WmisecStore.Keys[$this.Key].Remove($name) }
            return , $names
        }
        GetValueKind  = {
            param($name)
            if (-not $WmisecStore.Keys[$this.Key].ContainsKey($name)) { throw [System.IO.IOException]::new('no such value') }
            return [Microsoft.Win32.RegistryValueKind] $WmisecStore.Keys[$this.Key][$name].kind
        }
        GetValue      = { param($name, $default, $options) return , $WmisecStore.Keys[$this.Key][$name].raw }
        SetValue      = { param($name, $raw, $kind) $WmisecStore.Keys[$this.Key][$name] = @{ kind = [string] $kind; raw = $raw } }
        DeleteValue   = { param($name, $throws) $WmisecStore.Keys[$this.Key].Remove($name) }
        Close         = {}
    }
    foreach ($method in $methods.GetEnumerator()) { Add-Member -InputObject $opened -MemberType ScriptMethod -Name $method.Key -Value $method.Value }
    return $opened
}

# Sets the ledger, or a value that is there already in another key.
function Invoke-WmisecStore {
    param($Arguments)

    $key = 'SOFTWARE\pulumi-wmisec\v1'
    $WmisecStore.Keys = @{ $key = @{} }
    foreach ($entry in $Arguments.ledger) { $WmisecStore.Keys[$key][$entry.item] = @{ kind = 'String'; raw = $entry.text } }
    for ($more = 0; $more -lt $Arguments.more; $more++) { $WmisecStore.Keys[$key]["more $more"] = @{ kind = 'String'; raw = 'x' * $Arguments.size } }
    [string[]] $list = @('x' * $Arguments.list.length) * $Arguments.list.lines
    $WmisecStore.Keys['SOFTWARE\x'] = @{ here = @{ kind = 'String'; raw = 'y' }; list = @{ kind = 'MultiString'; raw = $list } }
    $WmisecStore.Vanishes = @($Arguments.vanishes)
    $WmisecStore.Deleted = @($Arguments.deleted)
    $WmisecStore.Broken = [string] $Arguments.broken
    return $WmisecStore.Keys[$key].Count
}

function Invoke-WmisecStored {
    param($Arguments)

    return , @($WmisecStore.Keys['SOFTWARE\pulumi-wmisec\v1'].Keys | Sort-Object)
}

function Invoke-WmisecEcho {
    param($Arguments)

    return $Arguments
}

function Invoke-WmisecLarge {
    param($Arguments)

    return @{ small = 'x'; $Arguments.part = @('x' * $Arguments.size) }
}

# What .NET would give for a value becomes an answer, or what a request has becomes a value.
function Invoke-WmisecDataOf {
    param($Arguments)

    if ($null -ne $Arguments.data) {
        $stored = ConvertFrom-WmisecData $Arguments.data
        return @{ kind = [string] $stored.kind; raw = $stored.raw }
    }
    $raw = 'x' * $Arguments.length
    if (@('Binary', 'None') -ccontains $Arguments.kind) { $raw = [byte[]]::new($Arguments.length) }
    if ($Arguments.kind -ceq 'MultiString') { [string[]] $raw = @('x' * $Arguments.length) * $Arguments.lines }
    return ConvertTo-WmisecData $Arguments.kind $raw 'HKLM\x y'
}

# From which of PowerShell's own files it would take commands of these names.
function Invoke-WmisecCommandsOf {
    param($Arguments)

    return , @(foreach ($name in $Arguments.names) {
            $found = $ExecutionContext.InvokeCommand.GetCommand($name, 'All')
            $file = $found.ImplementingType.Assembly.Location
            [string] $found.CommandType + ' ' + $file.Substring($PSHOME.Length).Trim('/')
        })
}
