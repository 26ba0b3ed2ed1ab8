// Programs that the agent starts: mofcomp.exe, whose part test/powershell/mofcomp.cjs takes as a process of its own; and IMofCompiler
// in our own process, which asks the same program.
using System;
using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json.Nodes;

namespace WmisecStandIn
{
    public static class Processes
    {
        private const string Mofcomp = @"C:\Windows\system32\wbem\mofcomp.exe";

        public static Process Start(ProcessStartInfo start)
        {
            if (!string.Equals(start.FileName, Mofcomp, StringComparison.OrdinalIgnoreCase)) throw new Win32Exception(2);
            start.FileName = Environment.GetEnvironmentVariable("WMISEC_NODE");
            start.Arguments = "\"" + Environment.GetEnvironmentVariable("WMISEC_MOFCOMP") + "\" " + start.Arguments;
            start.WorkingDirectory = Drives.Of(start.WorkingDirectory);
            return Process.Start(start);
        }

        public static Process GetCurrentProcess() { return Process.GetCurrentProcess(); }
    }
}

namespace PulumiWmisec
{
    using WmisecStandIn;

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

    public static class MofCompiler
    {
        public static CompileOutcome CompileFile(string file, bool checkOnly) { return Ask((checkOnly ? "-api-check " : "-api ") + "\"" + file + "\"", ""); }
        public static CompileOutcome CompileBuffer(byte[] mof) { return Ask("-api-buffer", Convert.ToBase64String(mof)); }

        private static CompileOutcome Ask(string arguments, string input)
        {
            var start = new ProcessStartInfo(@"C:\Windows\system32\wbem\mofcomp.exe", arguments) { WorkingDirectory = @"C:\Windows\system32" };
            start.RedirectStandardInput = start.RedirectStandardOutput = true;
            using (Process process = Processes.Start(start))
            {
                process.StandardInput.Write(input);
                process.StandardInput.Close();
                string answer = process.StandardOutput.ReadToEnd();
                process.WaitForExit();
                var outcome = new CompileOutcome();
                if (process.ExitCode == 0) return outcome;
                JsonNode refusal = JsonNode.Parse(answer);
                outcome.Returned = 1;
                outcome.Status.PhaseError = (int)refusal["phase"];
                outcome.Status.Result = Convert.ToInt32((string)refusal["hresult"], 16);
                outcome.Status.ObjectNumber = (int)refusal["object"];
                outcome.Status.FirstLine = (int)refusal["firstLine"];
                outcome.Status.LastLine = (int)refusal["lastLine"];
                return outcome;
            }
        }
    }
}
