# pulumi-wmisec agent bootstrap, version 1. The same text for every host, so that its hash can be allow-listed.
# Reads one line (length, SHA-256, nonce) and then the agent's text from standard input, checks the text and runs it.
# Says why it stops on a line of its own: exit codes do not survive every shell.
if ("$($ExecutionContext.SessionState.LanguageMode)" -ne 'FullLanguage') {
    "wmisec-stop:languageMode $($ExecutionContext.SessionState.LanguageMode)"
    exit 64
}
trap {
    [Console]::Out.WriteLine('wmisec-stop:error ' + $_.Exception.GetBaseException().GetType().FullName)
    exit 70
}
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$WmisecInput = [Console]::OpenStandardInput()
$header = ''
while (($byte = $WmisecInput.ReadByte()) -ne 10) {
    if ($byte -lt 0) { [Console]::Out.WriteLine('wmisec-stop:ended'); exit 65 }
    if ($header.Length -lt 200) { $header += [char] $byte }
}
if (-not ($header -cmatch '^([0-9]{1,7}) ([0-9A-F]{64}) ([0-9a-f]{32})\z')) { [Console]::Out.WriteLine('wmisec-stop:header'); exit 66 }
$length = [int] $Matches[1]
$expected = $Matches[2]
$WmisecNonce = $Matches[3]
$bytes = New-Object byte[] $length
$have = 0
while ($have -lt $length) {
    $read = $WmisecInput.Read($bytes, $have, $length - $have)
    if ($read -le 0) { [Console]::Out.WriteLine('wmisec-stop:ended'); exit 65 }
    $have += $read
}
# SHA256.Create() throws under FIPS policy on older .NET Framework; the provider class does not, but may go from later .NET.
$hasher = try { New-Object Security.Cryptography.SHA256CryptoServiceProvider } catch { [Security.Cryptography.SHA256]::Create() }
$actual = [BitConverter]::ToString($hasher.ComputeHash($bytes)).Replace('-', '')
if ($actual -cne $expected) { [Console]::Out.WriteLine('wmisec-stop:hash'); exit 67 }
. ([ScriptBlock]::Create([Text.Encoding]::ASCII.GetString($bytes)))
