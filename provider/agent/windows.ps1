# pulumi-wmisec agent: the verbs. This list is all that the agent can do to a host.
#   observe     reads namespaces, registry values, registrations for a rebuild, MOF files that define namespaces, and the ledger;
#               writes nothing
#   apply       carries out steps in order, under one mutex of the host, each only if the host has what it expects; then observes
#   readEvents  counts what WMI wrote into the Application log about refused clients and its own rebuilds; writes nothing
#   load        adds a part of the agent
#   bye         ends the process after its answer
#
# The agent consists of the files that provider/agent/command.ts lists: a core, and parts that are sent only to a host that needs
# them. It runs in 64-bit Windows PowerShell 5.1 and PowerShell 7. The content of a request is only data. It is compared, stored,
# or checked against a pattern before it becomes part of a WMI path or a file path.

$WmisecVerbs = @{
    observe    = 'Invoke-WmisecObserve'
    apply      = 'Invoke-WmisecWrite'
    readEvents = 'Invoke-WmisecEvents'
    load       = 'Import-WmisecPart'
    bye        = 'Exit-WmisecAgent'
}

# What a host can be asked for: one line for each kind of item.
#   Parts  the parts of the agent that contain its functions
#   Check  checks what is asked of one item
#   Read   reads all items that are asked for
#   Tidy   runs for each item before the first step of an apply that observes the item
$WmisecKinds = @(
    @{ List = 'namespaces'; Parts = @(); Check = 'Assert-WmisecPath'; Read = 'Read-WmisecNamespaces' }
    @{ List = 'values'; Parts = @(); Check = 'Assert-WmisecLocation'; Read = 'Read-WmisecValues' }
    @{ List = 'registrations'; Parts = @('trust', 'registration'); Check = 'Assert-WmisecPath'; Read = 'Read-WmisecRegistrations' }
    @{ List = 'definitions'; Parts = @('trust', 'definition'); Check = 'Assert-WmisecMofPath'; Read = 'Read-WmisecDefinitions'; Tidy = 'Remove-WmisecBeside' }
)

# ---- the machine

# The first answer. Without elevation, WMI may refuse these queries, and the missing elevation already says what is wrong.
function Get-WmisecMachine {
    $identity = [System.Security.Principal.WindowsIdentity]::GetCurrent()
    $principal = [System.Security.Principal.WindowsPrincipal]::new($identity)
    $elevated = $principal.IsInRole([System.Security.Principal.WindowsBuiltInRole]::Administrator)
    $machineGuid = 'unread'
    $smbiosUuid = 'unread'
    if ($elevated) {
        $machineGuid = Read-WmisecMachineGuid
        $smbiosUuid = Read-WmisecSmbiosUuid
    }
    return @{
        protocol     = 1
        psVersion    = [string] $PSVersionTable.PSVersion
        osVersion    = [string] [System.Environment]::OSVersion.Version
        computerName = [System.Environment]::MachineName
        user         = $identity.Name
        elevated     = $elevated
        process64Bit = [System.Environment]::Is64BitProcess
        os64Bit      = [System.Environment]::Is64BitOperatingSystem
        machineGuid  = $machineGuid
        smbiosUuid   = $smbiosUuid
    }
}

function Read-WmisecMachineGuid {
    $data = Read-WmisecData 'SOFTWARE\Microsoft\Cryptography' 'MachineGuid'
    if (($null -eq $data) -or ($data['kind'] -cne 'REG_SZ') -or ($data['value'] -ceq '')) {
        throw (New-WmisecFault 'UnexpectedValue' ('HKLM\SOFTWARE\Microsoft\Cryptography MachineGuid is ' + (Format-WmisecData $data)))
    }
    return $data['value']
}

# If the firmware has no UUID, MachineGuid alone identifies the machine.
function Read-WmisecSmbiosUuid {
    $searcher = [wmisearcher] 'SELECT UUID FROM Win32_ComputerSystemProduct'
    foreach ($product in $searcher.Get()) {
        if ($product.UUID) { return [string] $product.UUID }
    }
    return 'none'
}

# ---- checks of a request

function Assert-WmisecText {
    param($Value)

    if ($Value -isnot [string]) { throw (New-WmisecFault 'BadRequest' 'text was expected in the request') }
    return $Value
}

function Assert-WmisecList {
    param($Value)

    if ($Value -isnot [array]) { throw (New-WmisecFault 'BadRequest' 'a list was expected in the request') }
}

# Accepts exactly these fields. A missing field would read as $null, and $null deletes.
function Assert-WmisecFields {
    param($Object, $Names)

    if ($Object -isnot [System.Management.Automation.PSCustomObject]) { throw (New-WmisecFault 'BadRequest' 'an object was expected in the request') }
    $found = 0
    foreach ($field in $Object.PSObject.Properties) {
        $known = $false
        foreach ($name in $Names) { if ([string]::CompareOrdinal($field.Name, $name) -eq 0) { $known = $true } }
        if (-not $known) { throw (New-WmisecFault 'BadRequest' "the request has a field that is not known beside $Names") }
        $found++
    }
    if ($found -ne $Names.Length) { throw (New-WmisecFault 'BadRequest' "the request lacks one of the fields $Names") }
}

# The controller must have sent this part of the agent.
function Assert-WmisecPart {
    param([string] $Part)

    if (-not $WmisecRunning['Parts'].ContainsKey($Part)) { throw (New-WmisecFault 'BadRequest' "the request needs the part $Part of the agent, which was not sent") }
}

# ---- observe

function Invoke-WmisecObserve {
    param($Arguments)

    Assert-WmisecLook $Arguments
    return Read-WmisecLook $Arguments
}

# Checks everything that is asked for before any of it is read.
function Assert-WmisecLook {
    param($Look)

    Assert-WmisecFields $Look @(foreach ($kind in $WmisecKinds) { $kind['List'] })
    foreach ($kind in $WmisecKinds) {
        $asked = $Look.($kind['List'])
        Assert-WmisecList $asked
        if ($asked.Length -eq 0) { continue }
        foreach ($part in $kind['Parts']) { Assert-WmisecPart $part }
        foreach ($one in $asked) { [void] (& $kind['Check'] $one) }
    }
}

# Reads the ledger first. If a later write finds its entry unchanged, no other run of ours has changed what was read after the entry.
function Read-WmisecLook {
    param($Look)

    $found = @{ ledger = @(Read-WmisecLedger) }
    foreach ($kind in $WmisecKinds) {
        $asked = $Look.($kind['List'])
        $found[$kind['List']] = @(if ($asked.Length -gt 0) { & $kind['Read'] $asked })
    }
    return $found
}

# ---- readEvents

function Invoke-WmisecEvents {
    param($Arguments)

    Assert-WmisecPart 'events'
    return Invoke-WmisecReadEvents $Arguments
}

# ---- apply

function Invoke-WmisecWrite {
    param($Arguments)

    foreach ($part in 'trust', 'write') { Assert-WmisecPart $part }
    return Invoke-WmisecApply $Arguments
}
