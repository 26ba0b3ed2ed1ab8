# pulumi-wmisec agent: the verbs. This list is all that the agent can do to a host.
#   observe  looks at namespaces, registry values, registrations for a rebuild, MOF files that define namespaces, and the
#            ledger; writes nothing
#   apply    carries out steps in order, under one mutex of the host, each only if what it expects is there; then observes
#   readEvents  counts what WMI wrote into the Application log about refused clients and its own rebuilds; writes nothing
#   load     adds a part of the agent
#   bye      ends the process after its answer
#
# The agent is the files that provider/agent/command.ts lists: a core, and parts that are sent to a host that needs them. Windows
# PowerShell 5.1 and PowerShell 7, 64-bit. What comes in a request is data: it is compared, stored, or checked by a pattern before it becomes part of a path of
# WMI or of a file.

$WmisecVerbs = @{
    observe    = 'Invoke-WmisecObserve'
    apply      = 'Invoke-WmisecApply'
    readEvents = 'Invoke-WmisecEvents'
    load       = 'Import-WmisecPart'
    bye        = 'Exit-WmisecAgent'
}

# ---- the machine

# The first answer. Without elevation the questions to WMI may be refused, and what is wrong is known already.
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

# A plan is made from what one machine showed; another one behind the same name must not get its writes.
function Assert-WmisecMachine {
    param($Value)

    $expected = Assert-WmisecText $Value
    $identity = ((Read-WmisecMachineGuid) + '/' + (Read-WmisecSmbiosUuid)).ToLowerInvariant()
    if ([string]::CompareOrdinal($identity, $expected) -ne 0) { throw (New-WmisecFault 'OtherMachine' "this machine is $identity") }
}

function Read-WmisecMachineGuid {
    $data = Read-WmisecData 'SOFTWARE\Microsoft\Cryptography' 'MachineGuid'
    if (($null -eq $data) -or ($data['kind'] -cne 'REG_SZ') -or ($data['value'] -ceq '')) {
        throw (New-WmisecFault 'UnexpectedValue' ('HKLM\SOFTWARE\Microsoft\Cryptography MachineGuid is ' + (Format-WmisecData $data)))
    }
    return $data['value']
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

# Exactly these fields: one that is missing would read as nothing, and nothing deletes.
function Assert-WmisecFields {
    param($Object, [string[]] $Names)

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

function Assert-WmisecBoolean {
    param($Value)

    if ($Value -isnot [bool]) { throw (New-WmisecFault 'BadRequest' 'true or false was expected in the request') }
}

function Assert-WmisecHash {
    param($Value)

    $text = Assert-WmisecText $Value
    if ($text -cnotmatch '^[0-9a-f]{64}\z') { throw (New-WmisecFault 'BadRequest' 'a SHA-256 was expected in the request') }
    return $text
}

# A part of the agent that the controller has to send first, by the name of its file.
function Assert-WmisecPart {
    param([string] $Part)

    if (-not $WmisecRunning['Parts'].ContainsKey($Part)) { throw (New-WmisecFault 'BadRequest' "the request needs the part $Part of the agent, which was not sent") }
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
    return Read-WmisecLook $Arguments
}

# Everything that is asked for, before any of it is looked at.
function Assert-WmisecLook {
    param($Look)

    Assert-WmisecFields $Look @('namespaces', 'values', 'registrations', 'definitions')
    foreach ($list in $Look.namespaces, $Look.values, $Look.registrations, $Look.definitions) { Assert-WmisecList $list }
    foreach ($path in $Look.namespaces) { [void] (Assert-WmisecPath $path) }
    foreach ($at in $Look.values) {
        Assert-WmisecFields $at @('key', 'name')
        foreach ($text in $at.key, $at.name) { [void] (Assert-WmisecRegistryName $text) }
    }
    if ($Look.registrations.Length -gt 0) { foreach ($part in 'trust', 'registration') { Assert-WmisecPart $part } }
    foreach ($path in $Look.registrations) { [void] (Assert-WmisecPath $path) }
    if ($Look.definitions.Length -gt 0) { foreach ($part in 'trust', 'definition') { Assert-WmisecPart $part } }
    foreach ($file in $Look.definitions) { [void] (Assert-WmisecMofPath $file) }
}

# The ledger first: who finds its entry unchanged when it writes knows then that nobody of us has changed what was read behind it.
function Read-WmisecLook {
    param($Look)

    $ledger = @(Read-WmisecLedger)
    $namespaces = @(foreach ($path in $Look.namespaces) { Read-WmisecNamespace $path })
    $values = @(foreach ($at in $Look.values) { Read-WmisecValue $at.key $at.name })
    $registrations = @(if ($Look.registrations.Length -gt 0) { Read-WmisecRegistrations $Look.registrations })
    $definitions = @(foreach ($file in $Look.definitions) { Read-WmisecDefinition $file })
    return @{ namespaces = $namespaces; values = $values; registrations = $registrations; definitions = $definitions; ledger = $ledger }
}

# Both readings of a namespace's flag. Trouble with one namespace is an answer about that one.
#   0x8004100e  WBEM_E_INVALID_NAMESPACE: it is not there
#   0x80041002  WBEM_E_NOT_FOUND: for the parent's instance, it is not there; for the singleton, it carries nothing
function Read-WmisecNamespace {
    param([string] $Path)

    $effective = $null
    $cut = $Path.LastIndexOf([char] '/')
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
# one by name is an error. Only a boolean is taken: to PowerShell the text FALSE is true. Each object holds a connection to WMI
# until it is disposed of.
function Read-WmisecFlag {
    param([string] $ObjectPath)

    $object = [wmi] $ObjectPath
    try {
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
    } finally {
        $object.Dispose()
    }
}

# ---- readEvents

function Invoke-WmisecEvents {
    param($Arguments)

    Assert-WmisecPart 'events'
    return Invoke-WmisecReadEvents $Arguments
}

# ---- apply

function Invoke-WmisecApply {
    param($Arguments)

    Assert-WmisecFields $Arguments @('steps', 'observe', 'machine', 'mutexTimeoutMs', 'mofcompTimeoutMs', 'keepMof')
    Assert-WmisecList $Arguments.steps
    foreach ($step in $Arguments.steps) { Assert-WmisecStep $step }
    Assert-WmisecLook $Arguments.observe
    Assert-WmisecBoolean $Arguments.keepMof
    Assert-WmisecCount $Arguments.mutexTimeoutMs
    Assert-WmisecCount $Arguments.mofcompTimeoutMs
    Assert-WmisecMachine $Arguments.machine
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    $mutex = Open-WmisecMutex
    try {
        if (-not (Wait-WmisecMutex $mutex $Arguments.mutexTimeoutMs)) {
            throw (New-WmisecFault 'Busy' "another run has held the mutex Global\pulumi-wmisec for $($Arguments.mutexTimeoutMs) ms")
        }
        try {
            Wait-WmisecCompile ($Arguments.mutexTimeoutMs - $clock.ElapsedMilliseconds)
            return Invoke-WmisecSteps $Arguments
        } finally {
            $mutex.ReleaseMutex()
        }
    } finally {
        $mutex.Dispose()
    }
}

# Whatever can be said of a step before anything is done: what is wrong with the last one must not come after the first was
# carried out. The fields are those of provider/core/wire/step.ts.
function Assert-WmisecStep {
    param($Step)

    switch -CaseSensitive (Assert-WmisecText $Step.do) {
        'setLedger' {
            Assert-WmisecFields $Step @('do', 'item', 'expect', 'text')
            $item = Assert-WmisecText $Step.item
            if (($item.Length -lt 1) -or ($item.Length -gt 16383)) { throw (New-WmisecFault 'BadRequest' 'a name of a ledger entry was expected in the request') }
            foreach ($text in $Step.expect, $Step.text) { if ($null -ne $text) { [void] (Assert-WmisecText $text) } }
            if (($null -ne $Step.text) -and ($Step.text.Length -gt 65536)) { throw (New-WmisecFault 'BadRequest' 'a ledger entry in the request is too long') }
            return
        }
        'setValue' {
            Assert-WmisecFields $Step @('do', 'key', 'name', 'expect', 'data')
            foreach ($text in $Step.key, $Step.name) { [void] (Assert-WmisecRegistryName $text) }
            foreach ($data in $Step.expect, $Step.data) { if ($null -ne $data) { [void] (ConvertFrom-WmisecData $data) } }
            return
        }
        'compileMof' {
            Assert-WmisecFields $Step @('do', 'path', 'expect', 'mof', 'required', 'compiler')
            Assert-WmisecMofStep $Step
            Assert-WmisecFields $Step.expect @('effective', 'stored')
            [void] (Format-WmisecFlag $Step.expect)
            Assert-WmisecBoolean $Step.required
            return
        }
        'registerMof' {
            Assert-WmisecFields $Step @('do', 'path', 'expect', 'mof', 'compiler')
            Assert-WmisecMofStep $Step
            Assert-WmisecExpectedRegistration $Step.expect
            return
        }
        'unregisterMof' {
            Assert-WmisecFields $Step @('do', 'path', 'expect')
            [void] (Assert-WmisecPath $Step.path)
            Assert-WmisecExpectedRegistration $Step.expect
            return
        }
        'editDefinition' {
            foreach ($part in 'trust', 'definition') { Assert-WmisecPart $part }
            Assert-WmisecFields $Step @('do', 'file', 'expect', 'content', 'compiler')
            [void] (Assert-WmisecMofPath $Step.file)
            [void] (Assert-WmisecHash $Step.expect)
            [void] (ConvertFrom-WmisecBase64 $Step.content)
            Assert-WmisecAnyCompiler $Step.compiler
            return
        }
        'restoreDefinition' {
            foreach ($part in 'trust', 'definition') { Assert-WmisecPart $part }
            Assert-WmisecFields $Step @('do', 'file', 'expect', 'backup')
            [void] (Assert-WmisecMofPath $Step.file)
            foreach ($hash in $Step.expect, $Step.backup) { [void] (Assert-WmisecHash $hash) }
            return
        }
    }
    throw (New-WmisecFault 'BadRequest' 'a step of the request is of no kind that is known')
}

function Assert-WmisecMofStep {
    param($Step)

    [void] (Assert-WmisecPath $Step.path)
    [void] (ConvertFrom-WmisecMof $Step.mof)
    Assert-WmisecAnyCompiler $Step.compiler
}

function Assert-WmisecAnyCompiler {
    param($Value)

    if ((Assert-WmisecCompiler $Value) -ceq 'api') { Assert-WmisecPart 'compilerApi' }
}

function Assert-WmisecExpectedRegistration {
    param($Expected)

    foreach ($part in 'trust', 'registration') { Assert-WmisecPart $part }
    Assert-WmisecFields $Expected @('registered', 'file')
    Assert-WmisecBoolean $Expected.registered
    [void] (Format-WmisecRegistration $Expected)
}

# Any user of the host can make a mutex of that name first, and keep us out of it.
function Open-WmisecMutex {
    try {
        return [System.Threading.Mutex]::new($false, 'Global\pulumi-wmisec')
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
    foreach ($file in $Arguments.observe.definitions) { Remove-WmisecBeside $file }
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
    # What was done is told whatever becomes of the look.
    try {
        return @{ done = $done; stopped = $stopped; observation = (Read-WmisecLook $Arguments.observe) }
    } catch {
        return @{ done = $done; stopped = $stopped; unseen = (ConvertTo-WmisecFailure $_) }
    }
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
