# pulumi-wmisec agent: IMofCompiler, the documented way to compile MOF inside our own process, for hosts that do not let
# mofcomp.exe start. Never run on Windows.
#
# The source below is compiled when it is first needed, and never otherwise. Windows PowerShell does that by starting csc.exe
# with files in the user's folder for temporary files; PowerShell 7 does it in its own process. We start no process for it.
# Where policy makes PowerShell a ConstrainedLanguage, Add-Type is not allowed; there the bootstrap has already refused.
#
# C# 5, because Windows PowerShell has no later compiler. Without -IgnoreWarnings a warning of the compiler is an error.
#
# Facts:
#   in-process class of mofd.dll; results, flags and status   MicrosoftDocs/sdk-api wbemcli nn-wbemcli-imofcompiler,
#       nf-wbemcli-imofcompiler-compilefile, -compilebuffer, ns-wbemcli-wbem_compile_status_info
#   order of the methods, both GUIDs, the value of WBEM_FLAG_CHECK_ONLY   microsoft/win32metadata and retep998/winapi-rs
#       src/um/wbemcli.rs. The order in the documentation is that of the alphabet.
# Not known: the threading model of the class. The thread that runs our verbs should be in the multithreaded apartment: nobody
# asks for another, and that is .NET's default. If the class wants a single-threaded one, COM has to marshal the interface, and if it can't, the cast in
# Create fails with E_NOINTERFACE, which is then the step's failure.
#
# A call that hangs has no deadline of its own: the verb's ends this process.

function Get-WmisecCompilerApi {
    $loaded = 'PulumiWmisec.MofCompiler' -as [type]
    if ($null -ne $loaded) { return $loaded }
    $source = @'
using System;
using System.Runtime.InteropServices;

namespace PulumiWmisec
{
    // WBEM_COMPILE_STATUS_INFO
    [StructLayout(LayoutKind.Sequential)]
    public struct CompileStatus
    {
        public int PhaseError;
        public int Result;
        public int ObjectNumber;
        public int FirstLine;
        public int LastLine;
        public uint OutFlags;
    }

    public sealed class CompileOutcome
    {
        public int Returned;
        public CompileStatus Status;
    }

    // A third method, CreateBMOF, comes after these two and is not needed.
    [ComImport]
    [Guid("6daf974e-2e37-11d2-aec9-00c04fb68820")]
    [InterfaceType(ComInterfaceType.InterfaceIsIUnknown)]
    public interface IMofCompiler
    {
        [PreserveSig]
        int CompileFile(
            [MarshalAs(UnmanagedType.LPWStr)] string fileName,
            [MarshalAs(UnmanagedType.LPWStr)] string serverAndNamespace,
            [MarshalAs(UnmanagedType.LPWStr)] string user,
            [MarshalAs(UnmanagedType.LPWStr)] string authority,
            [MarshalAs(UnmanagedType.LPWStr)] string password,
            int optionFlags,
            int classFlags,
            int instanceFlags,
            ref CompileStatus status);

        [PreserveSig]
        int CompileBuffer(
            int size,
            [In, MarshalAs(UnmanagedType.LPArray)] byte[] buffer,
            [MarshalAs(UnmanagedType.LPWStr)] string serverAndNamespace,
            [MarshalAs(UnmanagedType.LPWStr)] string user,
            [MarshalAs(UnmanagedType.LPWStr)] string authority,
            [MarshalAs(UnmanagedType.LPWStr)] string password,
            int optionFlags,
            int classFlags,
            int instanceFlags,
            ref CompileStatus status);
    }

    public static class MofCompiler
    {
        // WBEM_FLAG_CHECK_ONLY
        private const int CheckOnly = 1;

        public static CompileOutcome CompileFile(string file, bool checkOnly)
        {
            CompileOutcome outcome = new CompileOutcome();
            IMofCompiler compiler = Create();
            try
            {
                int flags = checkOnly ? CheckOnly : 0;
                outcome.Returned = compiler.CompileFile(file, null, null, null, null, flags, 0, 0, ref outcome.Status);
            }
            finally
            {
                Marshal.ReleaseComObject(compiler);
            }
            return outcome;
        }

        public static CompileOutcome CompileBuffer(byte[] mof)
        {
            CompileOutcome outcome = new CompileOutcome();
            IMofCompiler compiler = Create();
            try
            {
                outcome.Returned = compiler.CompileBuffer(mof.Length, mof, null, null, null, null, 0, 0, 0, ref outcome.Status);
            }
            finally
            {
                Marshal.ReleaseComObject(compiler);
            }
            return outcome;
        }

        // CLSID_MofCompiler
        private static IMofCompiler Create()
        {
            Type known = Type.GetTypeFromCLSID(new Guid("6daf9757-2e37-11d2-aec9-00c04fb68820"), true);
            return (IMofCompiler)Activator.CreateInstance(known);
        }
    }
}
'@
    Add-Type -TypeDefinition $source -IgnoreWarnings
    return 'PulumiWmisec.MofCompiler' -as [type]
}

function Invoke-WmisecApiOnFile {
    param([string] $File, [string] $During)

    $api = Get-WmisecCompilerApi
    # As mofcomp.exe is started: see Invoke-WmisecProgram.
    $was = [System.Environment]::CurrentDirectory
    [System.Environment]::CurrentDirectory = [System.IO.Path]::GetDirectoryName($File)
    try {
        return ConvertTo-WmisecApiAnswer ($api::CompileFile($File, ($During -ceq 'check'))) $During
    } finally {
        [System.Environment]::CurrentDirectory = $was
    }
}

function Invoke-WmisecApiOnBuffer {
    param([byte[]] $Mof)

    $api = Get-WmisecCompilerApi
    return ConvertTo-WmisecApiAnswer ($api::CompileBuffer($Mof)) 'compile'
}

# Returns nothing, or what the compiler said. 0 is success, and so is 2: there is no #pragma autorecover. 1 is WBEM_S_FALSE,
# which CompileBuffer returns "if the method is unsuccessful".
function ConvertTo-WmisecApiAnswer {
    param($Outcome, [string] $During)

    $status = $Outcome.Status
    if ((@(0, 2) -contains $Outcome.Returned) -and ($status.PhaseError -eq 0) -and ($status.Result -ge 0)) { return }
    $code = [int] $Outcome.Returned
    if ($status.Result -lt 0) { $code = [int] $status.Result }
    return @{
        reason    = 'compilerApi'
        during    = $During
        phase     = [System.Math]::Max(0, [System.Math]::Min(100, $status.PhaseError))
        hresult   = '0x{0:x8}' -f $code
        object    = $status.ObjectNumber
        firstLine = $status.FirstLine
        lastLine  = $status.LastLine
    }
}
