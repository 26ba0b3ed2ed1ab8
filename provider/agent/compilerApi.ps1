# pulumi-wmisec agent: IMofCompiler, the documented way to compile MOF inside our own process, for hosts that do not let
# mofcomp.exe start. This code has never run on Windows.
#
# The C# below is compiled only when it is first needed. Windows PowerShell starts csc.exe for that, with files in the user's
# temporary folder. PowerShell 7 compiles in its own process. We start no process for it ourselves. If policy puts PowerShell into
# ConstrainedLanguage mode, Add-Type is not allowed; the bootstrap has already refused such a host.
#
# The source is C# 5, because Windows PowerShell has no later compiler. Without -IgnoreWarnings, a compiler warning is an error.
#
# Facts and their sources:
#   in-process class of mofd.dll; results, flags and status   MicrosoftDocs/sdk-api wbemcli nn-wbemcli-imofcompiler,
#       nf-wbemcli-imofcompiler-compilefile, -compilebuffer, ns-wbemcli-wbem_compile_status_info
#   order of the methods, both GUIDs, the value of WBEM_FLAG_CHECK_ONLY   microsoft/win32metadata and retep998/winapi-rs
#       src/um/wbemcli.rs. (The documentation lists the methods alphabetically.)
#
# Not known: the threading model of the class. The thread that runs our verbs should be in the multithreaded apartment, which is
# .NET's default: nothing asks for another one. If the class needs a single-threaded apartment, COM has to marshal the interface.
# If COM can't, the cast in Create fails with E_NOINTERFACE, and the step reports that failure.
#
# A call that hangs has no deadline of its own. The verb's deadline ends this process.

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
    # Sets the same current directory as for mofcomp.exe: see Invoke-WmisecProgram.
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

# Returns nothing, or what the compiler said. 0 is success. 2 is success, too: the MOF has no #pragma autorecover. 1 is
# WBEM_S_FALSE, which CompileBuffer returns "if the method is unsuccessful".
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
