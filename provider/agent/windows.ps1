# pulumi-wmisec agent: the verbs. This list is all that the agent can do to a host.
#   observe  looks at namespaces, registry values, registrations for a rebuild, MOF files that define namespaces, and the
#            ledger; writes nothing
#   apply    carries out steps in order, under one mutex of the host, each only if what it expects is there; then observes
#   readEvents  counts what WMI wrote into the Application log about refused clients and its own rebuilds; writes nothing
#
# The agent is the files that provider/agent/command.ts lists, sent as one text. Windows PowerShell 5.1 and PowerShell 7,
# 64-bit. What comes in a request is data: it is compared, stored, or checked by a pattern before it becomes part of a path of
# WMI or of a file.

$WmisecVerbs = @{ observe = 'Invoke-WmisecObserve'; apply = 'Invoke-WmisecApply'; readEvents = 'Invoke-WmisecReadEvents' }

# ---- the machine

# The first answer. Without elevation the questions to WMI may be refused, and what is wrong is known already.
function Get-WmisecMachine {
    $identity = [System.Security.Principal.WindowsIdentity]::GetCurrent()
    $principal = New-Object System.Security.Principal.WindowsPrincipal -ArgumentList $identity
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

# A plan is made from what one machine showed; another one behind the same name must not get its writes.
function Assert-WmisecMachine {
    param($Value)

    $expected = Assert-WmisecText $Value
    $identity = ((Read-WmisecMachineGuid) + '/' + (Read-WmisecSmbiosUuid)).ToLowerInvariant()
    if ([string]::CompareOrdinal($identity, $expected) -ne 0) { throw (New-WmisecFault 'OtherMachine' "this machine is $identity") }
}

function Read-WmisecMachineGuid {
    $data = Read-WmisecData 'SOFTWARE\Microsoft\Cryptography' 'MachineGuid'
    if (($null -eq $data) -or ($data.kind -cne 'REG_SZ') -or ($data.value -eq '')) {
        throw (New-WmisecFault 'UnexpectedValue' ('HKLM\SOFTWARE\Microsoft\Cryptography MachineGuid is ' + (Format-WmisecData $data)))
    }
    return $data.value
}

# Firmware that has no UUID is told apart by MachineGuid alone.
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

function Assert-WmisecCount {
    param($Value)

    if (-not (Test-WmisecCount $Value)) { throw (New-WmisecFault 'BadRequest' 'a number was expected in the request') }
}

# The normal form of provider/core/namespacePath.ts: nothing in it means anything to WMI's path syntax.
function Assert-WmisecPath {
    param($Value)

    $text = Assert-WmisecText $Value
    if (($text.Length -gt 255) -or ($text -cnotmatch '^root(/[a-z0-9_][a-z0-9_$#.-]*)*\z')) {
        throw (New-WmisecFault 'BadRequest' 'a namespace path in the request is not in its normal form')
    }
    return $text
}

# ---- observe

function Invoke-WmisecObserve {
    param($Arguments)

    Assert-WmisecLook $Arguments
    $namespaces = @(foreach ($path in $Arguments.namespaces) { Read-WmisecNamespace (Assert-WmisecPath $path) })
    $values = @(foreach ($at in $Arguments.values) { Read-WmisecValue (Assert-WmisecText $at.key) (Assert-WmisecText $at.name) })
    $registrations = @(foreach ($path in $Arguments.registrations) { Read-WmisecRegistration (Assert-WmisecPath $path) })
    $definitions = @(foreach ($file in $Arguments.definitions) { Read-WmisecDefinition (Assert-WmisecMofPath $file) })
    $ledger = @(Read-WmisecLedger)
    return @{ namespaces = $namespaces; values = $values; registrations = $registrations; definitions = $definitions; ledger = $ledger }
}

function Assert-WmisecLook {
    param($Look)

    foreach ($list in 'namespaces', 'values', 'registrations', 'definitions') { Assert-WmisecList $Look.$list }
}

# Both readings of a namespace's flag. Trouble with one namespace is an answer about that one.
#   0x8004100e  WBEM_E_INVALID_NAMESPACE: it is not there
#   0x80041002  WBEM_E_NOT_FOUND: for the parent's instance, it is not there; for the singleton, it carries nothing
function Read-WmisecNamespace {
    param([string] $Path)

    $effective = $null
    $cut = $Path.LastIndexOf('/')
    if ($cut -ge 0) {
        $parent = '\\.\' + $Path.Substring(0, $cut).Replace('/', '\')
        try {
            $effective = Read-WmisecFlag ($parent + ":__Namespace.Name='" + $Path.Substring($cut + 1) + "'")
        } catch {
            $failure = ConvertTo-WmisecFailure $_
            if (@('0x8004100e', '0x80041002') -contains $failure.wmiCode) { return @{ path = $Path; state = 'missing' } }
            return @{ path = $Path; state = 'failed'; failure = $failure }
        }
    }
    $stored = $null
    try {
        $stored = Read-WmisecFlag ('\\.\' + $Path.Replace('/', '\') + ':__SystemSecurity=@')
    } catch {
        $failure = ConvertTo-WmisecFailure $_
        if ($failure.wmiCode -eq '0x8004100e') { return @{ path = $Path; state = 'missing' } }
        if ($failure.wmiCode -ne '0x80041002') { return @{ path = $Path; state = 'failed'; failure = $failure } }
    }
    return @{ path = $Path; state = 'present'; flag = @{ effective = $effective; stored = $stored } }
}

# RequiresEncryption on one WMI object, $null where it has no such qualifier. The qualifiers are walked: asking for an absent
# one by name is an error. Only a boolean is taken: to PowerShell the text FALSE is true.
function Read-WmisecFlag {
    param([string] $ObjectPath)

    $object = [wmi] $ObjectPath
    $object.Get()
    foreach ($qualifier in $object.Qualifiers) {
        if ($qualifier.Name -eq 'RequiresEncryption') {
            $value = $qualifier.Value
            if ($value -is [bool]) { return $value }
            $type = 'null'
            if ($null -ne $value) { $type = $value.GetType().FullName }
            throw (New-WmisecFault 'UnexpectedValue' "RequiresEncryption of $ObjectPath is not a boolean but ${type}: $value")
        }
    }
    return $null
}

# ---- apply

function Invoke-WmisecApply {
    param($Arguments)

    Assert-WmisecList $Arguments.steps
    Assert-WmisecLook $Arguments.observe
    Assert-WmisecCount $Arguments.mutexTimeoutMs
    Assert-WmisecCount $Arguments.mofcompTimeoutMs
    Assert-WmisecMachine $Arguments.machine
    $mutex = Open-WmisecMutex
    try {
        if (-not (Wait-WmisecMutex $mutex $Arguments.mutexTimeoutMs)) {
            throw (New-WmisecFault 'Busy' "another run has held the mutex Global\pulumi-wmisec for $($Arguments.mutexTimeoutMs) ms")
        }
        try {
            return Invoke-WmisecSteps $Arguments
        } finally {
            $mutex.ReleaseMutex()
        }
    } finally {
        $mutex.Dispose()
    }
}

# Any user of the host can make a mutex of that name first, and keep us out of it.
function Open-WmisecMutex {
    try {
        return New-Object System.Threading.Mutex -ArgumentList $false, 'Global\pulumi-wmisec'
    } catch [System.UnauthorizedAccessException] {
        $message = 'the mutex Global\pulumi-wmisec was made by somebody who does not let us in, such as a run under another account; '
        throw (New-WmisecFault 'Busy' ($message + 'find that process on the host'))
    }
}

# A run that died while it held the mutex leaves it abandoned, and us its holder: what it left is looked at before each step.
function Wait-WmisecMutex {
    param([System.Threading.Mutex] $Mutex, [int] $TimeoutMs)

    try {
        return $Mutex.WaitOne($TimeoutMs)
    } catch [System.Threading.AbandonedMutexException] {
        return $true
    }
}

function Invoke-WmisecSteps {
    param($Arguments)

    Remove-WmisecLeftovers (Get-WmisecFolder)
    foreach ($file in $Arguments.observe.definitions) { Remove-WmisecBeside (Assert-WmisecMofPath $file) }
    $done = 0
    $stopped = Test-WmisecLedgerRoom $Arguments.steps
    foreach ($step in $Arguments.steps) {
        if ($null -ne $stopped) { break }
        try {
            $stopped = Invoke-WmisecStep $step $Arguments
        } catch {
            $stopped = @{ reason = 'failed'; failure = (ConvertTo-WmisecFailure $_) }
        }
        if ($null -eq $stopped) { $done++ }
    }
    if ($null -ne $stopped) { $stopped['step'] = $done }
    # "No output" is written as an empty object by Windows PowerShell, $null as null.
    if ($null -eq $stopped) { $stopped = $null }
    return @{ done = $done; stopped = $stopped; observation = (Invoke-WmisecObserve $Arguments.observe) }
}

# Carries out one step and returns nothing, or returns why not.
function Invoke-WmisecStep {
    param($Step, $Arguments)

    $kind = Assert-WmisecText $Step.do
    if ($kind -ceq 'setLedger') { return Set-WmisecLedgerEntry $Step }
    if ($kind -ceq 'setValue') { return Set-WmisecValue $Step }
    if ($kind -ceq 'compileMof') { return Invoke-WmisecCompile $Step $Arguments.mofcompTimeoutMs ($Arguments.keepMof -eq $true) }
    if ($kind -ceq 'registerMof') { return Register-WmisecMof $Step $Arguments.mofcompTimeoutMs }
    if ($kind -ceq 'unregisterMof') { return Unregister-WmisecMof $Step }
    if ($kind -ceq 'editDefinition') { return Edit-WmisecDefinition $Step $Arguments.mofcompTimeoutMs }
    if ($kind -ceq 'restoreDefinition') { return Restore-WmisecDefinition $Step }
    throw (New-WmisecFault 'BadRequest' 'a step of the request is of no kind that is known')
}

# Returns nothing if $Found is what the step expects. By code unit: -ceq ignores some characters.
function Compare-WmisecExpected {
    param([string] $Found, [string] $Expected)

    if ([string]::CompareOrdinal($Found, $Expected) -eq 0) { return }
    return @{ reason = 'unexpected'; found = $Found.Substring(0, [System.Math]::Min($Found.Length, 4000)) }
}
