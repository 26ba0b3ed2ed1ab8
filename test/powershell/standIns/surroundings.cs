// Who and where the agent is, and the mutex, whose name must be this host's own: many hosts share one Linux.
using System;
using System.Security.Principal;
using System.Threading;

namespace WmisecStandIn
{
    public static class Surroundings
    {
        public static string SystemDirectory { get { return @"C:\Windows\system32"; } }
        public static string MachineName { get { return "WIN-STANDIN"; } }
        public static OperatingSystem OSVersion { get { return new OperatingSystem(PlatformID.Win32NT, new Version(10, 0, 20348, 0)); } }
        public static bool Is64BitProcess { get { return true; } }
        public static bool Is64BitOperatingSystem { get { return true; } }
        public static string NewLine { get { return "\r\n"; } }
        public static int TickCount { get { return Environment.TickCount; } }
        public static string CurrentDirectory { get; set; }

        public static string GetFolderPath(Environment.SpecialFolder folder)
        {
            if (folder != Environment.SpecialFolder.ProgramFiles) throw new ArgumentException("the stand-in has no folder " + folder);
            return @"C:\Program Files";
        }

        public static string GetEnvironmentVariable(string name) { return Environment.GetEnvironmentVariable(name); }
        public static void SetEnvironmentVariable(string name, string value) { Environment.SetEnvironmentVariable(name, value); }
    }

    public sealed class Identity
    {
        public string Name { get { return @"CONTOSO\svc-pulumi"; } }

        public static Identity GetCurrent() { return new Identity(); }
    }

    public sealed class Principal
    {
        public Principal(Identity identity) { }

        public bool IsInRole(WindowsBuiltInRole role) { return role == WindowsBuiltInRole.Administrator; }
    }

    public sealed class NamedMutex : IDisposable
    {
        private readonly Mutex mutex;

        public NamedMutex(bool owned, string name) { mutex = new Mutex(owned, name + "-" + MachineFolder.Key(MachineFolder.Root).Substring(0, 16)); }

        public bool WaitOne(int milliseconds) { return mutex.WaitOne(milliseconds); }
        public void ReleaseMutex() { mutex.ReleaseMutex(); }
        public void Dispose() { mutex.Dispose(); }
        public void Close() { mutex.Dispose(); }
    }
}
