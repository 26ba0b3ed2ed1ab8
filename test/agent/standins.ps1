# Stand-in verbs, so that the loop and the reading of namespaces run under PowerShell 7 without Windows.
# Sent between the agent's own files and protocol.ps1; what is defined here again replaces what stands before.

# [wmi], and exceptions in the shape of real Windows: a ManagementException whose HResult says nothing, around a COMException.
Add-Type -TypeDefinition @'
using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;

namespace System.Management {
    public enum ManagementStatus {
        NotFound = unchecked((int) 0x80041002), AccessDenied = unchecked((int) 0x80041003), InvalidNamespace = unchecked((int) 0x8004100E)
    }
    public class ManagementException : Exception {
        public ManagementStatus ErrorCode { get; }
        public ManagementException(ManagementStatus code) : base("Fehler \u00fc", new COMException("inner", (int) code)) {
            ErrorCode = code;
            HResult = unchecked((int) 0x80131501);
        }
    }
}

namespace WmisecStandIn {
    using System.Management;

    public class Qualifier {
        public string Name { get; set; }
        public object Value { get; set; }
    }

    public class WmiObject {
        const string None = "no such qualifier";
        static readonly Dictionary<string, object> Stored = new Dictionary<string, object>(StringComparer.OrdinalIgnoreCase) {
            { @"\\.\root:__SystemSecurity=@", false },
            { @"\\.\root:__Namespace.Name='on'", true }, { @"\\.\root\on:__SystemSecurity=@", true },
            { @"\\.\root:__Namespace.Name='off'", false }, { @"\\.\root\off:__SystemSecurity=@", false },
            { @"\\.\root:__Namespace.Name='bare'", None }, { @"\\.\root\bare:__SystemSecurity=@", None },
            { @"\\.\root:__Namespace.Name='empty'", None }, { @"\\.\root\empty:__SystemSecurity=@", ManagementStatus.NotFound },
            { @"\\.\root\on:__Namespace.Name='deep'", true }, { @"\\.\root\on\deep:__SystemSecurity=@", None },
            { @"\\.\root:__Namespace.Name='denied'", true }, { @"\\.\root\denied:__SystemSecurity=@", ManagementStatus.AccessDenied },
            { @"\\.\root:__Namespace.Name='text'", "FALSE" }, { @"\\.\root\text:__SystemSecurity=@", true },
            { @"\\.\root:__Namespace.Name='going'", true }, { @"\\.\root\going:__SystemSecurity=@", ManagementStatus.InvalidNamespace },
            { @"\\.\root\gone:__Namespace.Name='child'", ManagementStatus.InvalidNamespace },
        };
        public List<Qualifier> Qualifiers { get; } = new List<Qualifier> { new Qualifier { Name = "dynamic", Value = true } };
        public WmiObject(string path) {
            object found;
            if (!Stored.TryGetValue(path, out found)) found = ManagementStatus.NotFound;
            if (found is ManagementStatus) throw new ManagementException((ManagementStatus) found);
            Open++;
            if (!None.Equals(found)) Qualifiers.Add(new Qualifier { Name = "requiresencryption", Value = found });
        }
        public static int Open;
        bool disposed;
        public void Dispose() { if (!disposed) Open--; disposed = true; }
    }
}
'@
# Once in the process: the second runspace runs this text, too.
if ($null -ne $WmisecNonce) { [psobject].Assembly.GetType('System.Management.Automation.TypeAccelerators')::Add('wmi', [WmisecStandIn.WmiObject]) }

$WmisecVerbs = @{
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
