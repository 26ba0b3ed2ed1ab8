# pulumi-wmisec agent bootstrap, version 2. The same text for every host, so that its hash can be allow-listed.
# Reads one line (length, SHA-256, nonce) and then the agent's text from standard input. Checks the text and runs it.
# If it stops, it prints the reason on a separate line: exit codes do not survive every shell.
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
# PowerShell finds cmdlets through this path. It may include the account's own module folder, which can be written without
# elevation. This script calls no command, so PowerShell has not searched the old path.
$env:PSModulePath = [IO.Path]::Combine($PSHOME, 'Modules')
$stream = [Console]::OpenStandardInput()
# While a pipe is empty, .NET Framework's own stream waits on the handle itself. The sshd of Windows gives us an overlapped pipe,
# whose handle may never be signaled. So we read overlapped if the handle allows it, and plainly if not. Each attempt gets its own
# handle object, because a constructor that fails closes it. Later .NET reads any pipe.
if ($PSVersionTable.PSVersion.Major -lt 6) {
    $held = $stream.GetType().GetField('_handle', [Reflection.BindingFlags] 'Instance, NonPublic')
    if ($null -ne $held) {
        $handle = $held.GetValue($stream).DangerousGetHandle()
        $stream = try {
            [IO.FileStream]::new([Microsoft.Win32.SafeHandles.SafeFileHandle]::new($handle, $false), [IO.FileAccess]::Read, 1, $true)
        } catch {
            [IO.FileStream]::new([Microsoft.Win32.SafeHandles.SafeFileHandle]::new($handle, $false), [IO.FileAccess]::Read, 1, $false)
        }
    }
}
# Read in blocks, each with a time limit: sshd does not end this process when the connection is lost.
$buffer = [byte[]]::new(196608)
$have = 0
$start = 0
while (($start -eq 0) -or ($have -lt $start + $length)) {
    if ($buffer.Length - $have -lt 65536) {
        $longer = [byte[]]::new(2 * $buffer.Length)
        [Array]::Copy($buffer, 0, $longer, 0, $have)
        $buffer = $longer
    }
    $read = $stream.ReadAsync($buffer, $have, 65536)
    if (-not $read.Wait(60000)) { [Console]::Out.WriteLine('wmisec-stop:waited'); exit 68 }
    if ($read.Result -eq 0) { [Console]::Out.WriteLine('wmisec-stop:ended'); exit 65 }
    $have += $read.Result
    if ($start -eq 0) {
        $header = [Text.Encoding]::ASCII.GetString($buffer, 0, $have)
        if ($header -cmatch '^([0-9]{1,7}) ([0-9A-F]{64}) ([0-9a-f]{32})\n') {
            $start = $Matches[0].Length
            $length = [int] $Matches[1]
            $expected = $Matches[2]
            $WmisecNonce = $Matches[3]
        } elseif ($header -cmatch '\n|.{106}') {
            [Console]::Out.WriteLine('wmisec-stop:header'); exit 66
        }
    }
}
# Bytes after the agent's text belong to its first request.
$WmisecReader = @{ Stream = $stream; Buffer = $buffer; Start = $start + $length; End = $have }
$bytes = [byte[]]::new($length)
[Array]::Copy($buffer, $start, $bytes, 0, $length)
# SHA256.Create() throws under FIPS policy on older .NET Framework. SHA256CryptoServiceProvider does
# not, but a later .NET may drop it.
$hasher = try { [Security.Cryptography.SHA256CryptoServiceProvider]::new() } catch { [Security.Cryptography.SHA256]::Create() }
$actual = [BitConverter]::ToString($hasher.ComputeHash($bytes)).Replace('-', '')
if ($actual -cne $expected) { [Console]::Out.WriteLine('wmisec-stop:hash'); exit 67 }
. ([ScriptBlock]::Create([Text.Encoding]::ASCII.GetString($bytes)))
