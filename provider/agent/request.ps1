# pulumi-wmisec agent: one request, from its line to its answer. Runs in the second runspace, as the verbs do (protocol.ps1).

# A failure that the agent itself finds. Its name can't be mistaken for that of a .NET exception.
function New-WmisecFault {
    param([string] $Word, [string] $Message)

    $fault = [System.InvalidOperationException]::new($Message)
    $fault.Data['pulumi-wmisec'] = 'pulumi-wmisec.' + $Word
    return $fault
}

# Describes what went wrong, without guessing from text. Takes the innermost exception, because
# PowerShell and .NET wrap the one that matters. But a ManagementException is taken wherever it is: only
# its ErrorCode has WMI's code, and the exceptions inside it know less.
function ConvertTo-WmisecFailure {
    param($Record)

    $exception = $Record.Exception
    while (($null -ne $exception.InnerException) -and ($exception.GetType().FullName -ne 'System.Management.ManagementException')) {
        $exception = $exception.InnerException
    }
    $type = $exception.GetType().FullName
    $wmiCode = $null
    if ($type -eq 'System.Management.ManagementException') { $wmiCode = '0x{0:x8}' -f [int] $exception.ErrorCode }
    if ($exception.Data.Contains('pulumi-wmisec')) { $type = $exception.Data['pulumi-wmisec'] }
    if ($type.Length -gt 200) { $type = $type.Substring(0, 200) }
    $message = [string] $exception.Message
    if ($message.Length -gt 2000) { $message = $message.Substring(0, 2000) }
    return @{ type = [string] $type; hresult = ('0x{0:x8}' -f [int] $exception.HResult); wmiCode = $wmiCode; message = $message }
}

# JSON in ASCII, so that no code page on the way can change it. .NET writes each run of other characters
# as hex: with a call of ours for each character, a localized message takes seconds. Converts code
# units, because an encoding would change halves of surrogate pairs.
function ConvertTo-WmisecJson {
    param($Value)

    $json = ConvertTo-Json -InputObject $Value -Compress -Depth 12
    if ($json -cnotmatch '[^\x20-\x7e]') { return $json }
    $ascii = [System.Text.StringBuilder]::new(2 * $json.Length)
    $at = 0
    foreach ($run in [regex]::Matches($json, '[^\x20-\x7e]+')) {
        $units = [byte[]]::new(2 * $run.Length)
        [System.Buffer]::BlockCopy($json.ToCharArray($run.Index, $run.Length), 0, $units, 0, $units.Length)
        [void] $ascii.Append($json, $at, $run.Index - $at)
        [void] $ascii.Append([regex]::Replace([System.BitConverter]::ToString($units), '(..)-(..)-?', '\u$2$1'))
        $at = $run.Index + $run.Length
    }
    return [string] $ascii.Append($json, $at, $json.Length - $at)
}

# Carries out one request that the loop read, and returns the answer as JSON. If there is no line, it describes the machine.
# Windows PowerShell writes "no output" as an empty object, not as null: hence the assignment of $null.
function Invoke-WmisecRequest {
    param($Asked)

    $ErrorActionPreference = 'Stop'
    $id = $Asked['Id']
    try {
        if ($null -eq $Asked['Line']) {
            $value = Get-WmisecMachine
        } else {
            try {
                $request = ConvertFrom-WmisecRequest $Asked['Line'] $Asked['MaxRequest']
                $function = Get-WmisecVerbFunction $request $Asked['TimeoutMs'] $WmisecVerbs
            } catch {
                $failure = ConvertTo-WmisecFailure $_
                $failure['type'] = 'pulumi-wmisec.BadRequest'
                return ConvertTo-WmisecJson @{ id = $id; ok = $false; failure = $failure }
            }
            $value = & $function $request.args
        }
        if ($null -eq $value) { $value = $null }
        $answer = ConvertTo-WmisecJson @{ id = $id; ok = $true; value = $value }
        if ($answer.Length -le $Asked['MaxAnswer']) { return $answer }
        $excess = New-WmisecExcess $value $answer.Length $Asked['MaxAnswer']
        if (-not (($value -is [hashtable]) -and $value.ContainsKey('done'))) { throw $excess }
        # Report what was done even if the observation is too large.
        $unseen = try { throw $excess } catch { ConvertTo-WmisecFailure $_ }
        return ConvertTo-WmisecJson @{ id = $id; ok = $true; value = @{ done = $value['done']; stopped = $value['stopped']; unseen = $unseen } }
    } catch {
        return ConvertTo-WmisecJson @{ id = $id; ok = $false; failure = (ConvertTo-WmisecFailure $_) }
    }
}

# Names what makes an answer too large. In the answer to a write, that is a part of the observation.
function New-WmisecExcess {
    param($Value, [int] $Length, [int] $Limit)

    $largest = 'one value'
    $most = 0
    $within = $Value
    if (($Value -is [hashtable]) -and ($Value['observation'] -is [hashtable])) { $within = $Value['observation'] }
    if ($within -is [hashtable]) {
        foreach ($part in $within.GetEnumerator()) {
            $size = (ConvertTo-WmisecJson $part.Value).Length
            if ($size -gt $most) {
                $most = $size
                $largest = [string] $part.Key
            }
        }
    }
    $message = "the answer has $Length bytes and at most $Limit can be sent; most of it is ${largest}: $most bytes"
    if ($largest -cne 'ledger') { return New-WmisecFault 'AnswerTooLarge' $message }
    return New-WmisecFault 'LedgerTooLarge' ($message + " in $(@($within['ledger']).Length) entries")
}

# Parses the line of a request. PowerShell 7 turns text that looks like a time into a time, and changes half a surrogate pair.
# From 7.5 on, -DateKind prevents the first.
function ConvertFrom-WmisecRequest {
    param($Line, $Limit)

    if ($Line.Length -gt $Limit) { throw (New-WmisecFault 'BadRequest' "the request is longer than $Limit bytes") }
    $half = '\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F]'
    $version = $PSVersionTable.PSVersion
    if ($version.Major -lt 6) { return ConvertFrom-Json -InputObject $Line }
    if ($Line.Contains('\u') -and ($Line -cmatch $half)) {
        throw (New-WmisecFault 'BadRequest' 'half a surrogate pair in the request would arrive changed in this PowerShell')
    }
    if (($version.Major -lt 7) -or (($version.Major -eq 7) -and ($version.Minor -lt 5))) { return ConvertFrom-Json -InputObject $Line }
    return ConvertFrom-Json -InputObject $Line -DateKind String
}

# The function that runs comes from our table of verbs, never from the request.
function Get-WmisecVerbFunction {
    param($Request, $TimeoutMs, $Verbs)

    if ($TimeoutMs -lt 0) { throw (New-WmisecFault 'BadRequest' 'the request has no timeoutMs') }
    $name = Assert-WmisecText $Request.verb
    foreach ($verb in $Verbs.Keys) {
        if ([string]::CompareOrdinal($verb, $name) -eq 0) { return $Verbs[$verb] }
    }
    throw (New-WmisecFault 'BadRequest' 'the request names no verb of this agent')
}

# SHA-256 in lower-case hex. bootstrap.ps1 explains the choice of the class.
function Get-WmisecHash {
    param([byte[]] $Bytes)

    $hasher = try { New-Object System.Security.Cryptography.SHA256CryptoServiceProvider } catch { [System.Security.Cryptography.SHA256]::Create() }
    try {
        return [System.BitConverter]::ToString($hasher.ComputeHash($Bytes)).Replace('-', '').ToLowerInvariant()
    } finally {
        $hasher.Dispose()
    }
}

# Takes a part of the agent, if our table has its name and its hash. A text with another hash does not run. The loop adds the
# part, because what a function of the second runspace defines is gone when that function returns.
function Import-WmisecPart {
    param($Arguments)

    $name = Assert-WmisecText $Arguments.part
    $bytes = [System.Text.Encoding]::ASCII.GetBytes((Assert-WmisecText $Arguments.text))
    $hash = Get-WmisecHash $bytes
    foreach ($part in $WmisecRunning['Known'].GetEnumerator()) {
        if (([string]::CompareOrdinal($part.Key, $name) -ne 0) -or ([string]::CompareOrdinal($part.Value, $hash) -ne 0)) { continue }
        $WmisecRunning['Part'] = @{ Name = $name; Text = [System.Text.Encoding]::ASCII.GetString($bytes) }
        return
    }
    throw (New-WmisecFault 'BadRequest' 'the text in the request is no part of this agent, or arrived changed')
}

function Exit-WmisecAgent {
    param($Arguments)

    $WmisecRunning['Bye'] = $true
}
