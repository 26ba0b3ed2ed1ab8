# pulumi-wmisec agent: reads namespaces and their flag. Compiling writes the flag (compile.ps1).

# The normal form of provider/core/namespacePath.ts. It contains nothing that has a meaning in WMI's path syntax.
function Assert-WmisecPath {
    param($Value)

    $text = Assert-WmisecText $Value
    if (($text.Length -gt 255) -or ($text -cnotmatch '^root(/[a-z0-9_][a-z0-9_$#.-]*)*\z')) {
        throw (New-WmisecFault 'BadRequest' 'a namespace path in the request is not in its normal form')
    }
    return $text
}

function Read-WmisecNamespaces {
    param($Paths)

    foreach ($path in $Paths) { Read-WmisecNamespace $path }
}

# Reads a namespace's flag in both places. A problem with one namespace is reported for that namespace only.
#   0x8004100e  WBEM_E_INVALID_NAMESPACE: the namespace does not exist
#   0x80041002  WBEM_E_NOT_FOUND: for the parent's instance, the namespace does not exist; for the singleton, it has no flag
function Read-WmisecNamespace {
    param($Path)

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

# Reads RequiresEncryption of one WMI object; $null if the object has no such qualifier. Goes through all qualifiers, because it
# is an error to ask for a missing one by name. Accepts only a boolean: to PowerShell, the text FALSE is true. Each object holds a
# connection to WMI until it is disposed.
function Read-WmisecFlag {
    param($ObjectPath)

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
