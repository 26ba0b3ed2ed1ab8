# pulumi-wmisec agent: the verb apply. It carries out steps in order, under one mutex of the host. Each step runs only if the host
# has what the step expects. Then the verb observes.

# One line for each kind of step:
#   Parts  the parts of the agent that contain its functions
#   Check  checks what can be checked before any step runs, above all the step's fields (provider/core/wire)
#   Do     carries the step out. Gets the step and the arguments of the request. Returns nothing, or why the step stopped
$WmisecSteps = @{
    setLedger         = @{ Parts = @(); Check = 'Assert-WmisecLedgerStep'; Do = 'Set-WmisecLedgerEntry' }
    compileMof        = @{ Parts = @(); Check = 'Assert-WmisecCompileStep'; Do = 'Invoke-WmisecCompile' }
    setValue          = @{ Parts = @(); Check = 'Assert-WmisecValueStep'; Do = 'Set-WmisecValue' }
    registerMof       = @{ Parts = @('registration'); Check = 'Assert-WmisecRegisterStep'; Do = 'Register-WmisecMof' }
    unregisterMof     = @{ Parts = @('registration'); Check = 'Assert-WmisecUnregisterStep'; Do = 'Unregister-WmisecMof' }
    editDefinition    = @{ Parts = @('definition'); Check = 'Assert-WmisecEditStep'; Do = 'Edit-WmisecDefinition' }
    restoreDefinition = @{ Parts = @('definition'); Check = 'Assert-WmisecRestoreStep'; Do = 'Restore-WmisecDefinition' }
}

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

# A plan is made from what one machine showed. Another machine behind the same name must not get its writes.
function Assert-WmisecMachine {
    param($Value)

    $expected = Assert-WmisecText $Value
    $identity = ((Read-WmisecMachineGuid) + '/' + (Read-WmisecSmbiosUuid)).ToLowerInvariant()
    if ([string]::CompareOrdinal($identity, $expected) -ne 0) { throw (New-WmisecFault 'OtherMachine' "this machine is $identity") }
}

# Any user of the host can create a mutex with this name first and lock us out.
function Open-WmisecMutex {
    try {
        return [System.Threading.Mutex]::new($false, 'Global\pulumi-wmisec')
    } catch [System.UnauthorizedAccessException] {
        $message = 'the mutex Global\pulumi-wmisec was made by somebody who does not let us in, such as a run under another account; '
        throw (New-WmisecFault 'Busy' ($message + 'find that process on the host'))
    }
}

# A run that died while it held the mutex leaves it abandoned, and Windows gives it to us. Each step looks at what that run left.
function Wait-WmisecMutex {
    param([System.Threading.Mutex] $Mutex, [int] $TimeoutMs)

    try {
        return $Mutex.WaitOne($TimeoutMs)
    } catch [System.Threading.AbandonedMutexException] {
        return $true
    }
}

# ---- steps

# Every step is checked before the first one runs. Otherwise a bad last step would surface after the first was carried out.
function Assert-WmisecStep {
    param($Step)

    $kind = Get-WmisecStepKind $Step
    foreach ($part in $kind['Parts']) { Assert-WmisecPart $part }
    & $kind['Check'] $Step
}

# The function that is called comes from our table, never from the request.
function Get-WmisecStepKind {
    param($Step)

    $name = Assert-WmisecText $Step.do
    foreach ($known in $WmisecSteps.Keys) {
        if ([string]::CompareOrdinal($known, $name) -eq 0) { return $WmisecSteps[$known] }
    }
    throw (New-WmisecFault 'BadRequest' 'a step of the request is of no kind that is known')
}

function Invoke-WmisecSteps {
    param($Arguments)

    Remove-WmisecLeftovers (Get-WmisecFolder)
    foreach ($kind in $WmisecKinds) {
        if ($null -eq $kind['Tidy']) { continue }
        foreach ($one in $Arguments.observe.($kind['List'])) { & $kind['Tidy'] $one }
    }
    $done = 0
    $stopped = Test-WmisecLedgerRoom $Arguments.steps
    foreach ($step in $Arguments.steps) {
        if ($null -ne $stopped) { break }
        try {
            $kind = Get-WmisecStepKind $step
            $stopped = & $kind['Do'] $step $Arguments
        } catch {
            $stopped = @{ reason = 'failed'; failure = (ConvertTo-WmisecFailure $_) }
        }
        if ($null -eq $stopped) { $done++ }
    }
    if ($null -ne $stopped) { $stopped['step'] = $done }
    # Windows PowerShell writes "no output" as an empty object, and $null as null.
    if ($null -eq $stopped) { $stopped = $null }
    # Report what was done even if the observation fails.
    try {
        return @{ done = $done; stopped = $stopped; observation = (Read-WmisecLook $Arguments.observe) }
    } catch {
        return @{ done = $done; stopped = $stopped; unseen = (ConvertTo-WmisecFailure $_) }
    }
}

# Returns nothing if $Found is what the step expects. Compares code units: -ceq ignores some characters.
function Compare-WmisecExpected {
    param([string] $Found, [string] $Expected)

    if ([string]::CompareOrdinal($Found, $Expected) -eq 0) { return }
    return @{ reason = 'unexpected'; found = $Found.Substring(0, [System.Math]::Min($Found.Length, 4000)) }
}

# ---- checks of a request

function Assert-WmisecBoolean {
    param($Value)

    if ($Value -isnot [bool]) { throw (New-WmisecFault 'BadRequest' 'true or false was expected in the request') }
}

# Numbers from JSON are [int] in Windows PowerShell and [long] in PowerShell 7.
function Test-WmisecCount {
    param($Value)

    return (($Value -is [int]) -or ($Value -is [long])) -and ($Value -ge 0) -and ($Value -le 2147483647)
}

function Assert-WmisecCount {
    param($Value)

    if (-not (Test-WmisecCount $Value)) { throw (New-WmisecFault 'BadRequest' 'a number was expected in the request') }
}

function Assert-WmisecHash {
    param($Value)

    $text = Assert-WmisecText $Value
    if ($text -cnotmatch '^[0-9a-f]{64}\z') { throw (New-WmisecFault 'BadRequest' 'a SHA-256 was expected in the request') }
    return $text
}
