# Stand-in verbs, so that the loop and the reading of namespaces run under PowerShell 7 without Windows.
# Sent as the end of the core; what is defined here again replaces what stands before.

# standins.cs, compiled: test/powershell/compiled.ts. Compiling it here would cost more than all that a test does.
[void] [System.Reflection.Assembly]::LoadFrom([System.Environment]::GetEnvironmentVariable('WMISEC_STAND_INS'))
[psobject].Assembly.GetType('System.Management.Automation.TypeAccelerators')::Add('wmi', [WmisecStandIn.WmiObject])

$WmisecVerbs += @{
    echo       = 'Invoke-WmisecEcho'
    list       = 'Invoke-WmisecList'
    nothing    = 'Invoke-WmisecNothing'
    fail       = 'Invoke-WmisecFail'
    noise      = 'Invoke-WmisecNoise'
    hang       = 'Invoke-WmisecHang'
    namespaces = 'Invoke-WmisecNamespaces'
    openObjects = 'Invoke-WmisecOpenObjects'
    data       = 'Invoke-WmisecData'
    run        = 'Invoke-WmisecRun'
}

function Get-WmisecMachine {
    return @{ psVersion = [string] $PSVersionTable.PSVersion }
}

function Invoke-WmisecEcho {
    param($Arguments)

    return $Arguments
}

function Invoke-WmisecList {
    param($Arguments)

    return , @($Arguments.items)
}

function Invoke-WmisecNothing {
    param($Arguments)
}

function Invoke-WmisecFail {
    param($Arguments)

    [System.IO.File]::ReadAllText($Arguments.path)
}

function Invoke-WmisecNoise {
    param($Arguments)

    Write-Host 'to the host'
    Write-Warning 'a warning'
    Write-Error 'an error' -ErrorAction Continue
    Write-Verbose 'verbose' -Verbose
    Write-Information 'information' -InformationAction Continue
    Write-Progress -Activity 'progress'
    return 'kept'
}

function Invoke-WmisecHang {
    param($Arguments)

    [System.Threading.Thread]::Sleep(60000)
}

function Invoke-WmisecNamespaces {
    param($Arguments)

    return , @(foreach ($path in $Arguments.paths) { Read-WmisecNamespace (Assert-WmisecPath $path) })
}

# How many objects of WMI nobody has disposed of.
function Invoke-WmisecOpenObjects {
    param($Arguments)

    return [WmisecStandIn.WmiObject]::Open
}

# There and back: from a request's form to what SetValue takes, and from what GetValue gives to an answer's form.
function Invoke-WmisecData {
    param($Arguments)

    return , @(foreach ($data in $Arguments.values) {
            $stored = ConvertFrom-WmisecData $data
            ConvertTo-WmisecData ([string] $stored.kind) $stored.raw 'here'
        })
}

function Invoke-WmisecRun {
    param($Arguments)

    return Invoke-WmisecProgram $Arguments.program $Arguments.line '/' $Arguments.timeoutMs
}
