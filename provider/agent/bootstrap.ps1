# pulumi-wmisec agent bootstrap, version 2. The same text for every host, so that its hash can be allow-listed.
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
# Cmdlets are found by way of this, and the account's own folder of modules may be written without elevation. Nothing here
# calls a command, so none can have been found before.
$env:PSModulePath = [IO.Path]::Combine($PSHOME, 'Modules')
$stream = [Console]::OpenStandardInput()
# .NET Framework's own stream waits on the handle itself while a pipe is empty, and an overlapped pipe, which is what Windows'
# sshd gives, may never signal that. An overlapped read where the handle takes one, a plain one where it does not. A handle object
# for each: one that a constructor refused is closed with it. Later .NET reads any pipe.
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
# In blocks, each with a limit: sshd does not end us when the connection is gone.
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
# What came behind the agent's text is its first request.
$WmisecReader = @{ Stream = $stream; Buffer = $buffer; Start = $start + $length; End = $have }
$bytes = [byte[]]::new($length)
[Array]::Copy($buffer, $start, $bytes, 0, $length)
# SHA256.Create() throws under FIPS policy on older .NET Framework; the provider class does not, but may go from later .NET.
$hasher = try { [Security.Cryptography.SHA256CryptoServiceProvider]::new() } catch { [Security.Cryptography.SHA256]::Create() }
$actual = [BitConverter]::ToString($hasher.ComputeHash($bytes)).Replace('-', '')
if ($actual -cne $expected) { [Console]::Out.WriteLine('wmisec-stop:hash'); exit 67 }
. ([ScriptBlock]::Create([Text.Encoding]::ASCII.GetString($bytes)))
