// Lets the names of Windows' own types mean the stand-ins, to every script of this process. The agent's text stays as it came.
using System;
using System.Collections.Generic;
using System.Management.Automation;
using System.Reflection;

namespace WmisecStandIn
{
    public static class Windows
    {
        private static readonly Dictionary<string, Type> Names = new Dictionary<string, Type>
        {
            { "wmi", typeof(WmiObject) },
            { "System.Management.ManagementObject", typeof(WmiObject) },
            { "wmisearcher", typeof(Searcher) },
            { "System.Management.ManagementObjectSearcher", typeof(Searcher) },
            { "Microsoft.Win32.RegistryKey", typeof(Key) },
            { "System.IO.File", typeof(FileOf) },
            { "System.IO.Directory", typeof(DirectoryOf) },
            { "System.IO.Path", typeof(PathOf) },
            { "System.IO.FileStream", typeof(FileStreamOf) },
            { "System.IO.FileInfo", typeof(FileInfoOf) },
            { "System.IO.FileSystemAclExtensions", typeof(AclExtensions) },
            { "System.Security.AccessControl.FileSecurity", typeof(FileSecurityOf) },
            { "System.Security.AccessControl.DirectorySecurity", typeof(DirectorySecurityOf) },
            { "System.Security.AccessControl.RawSecurityDescriptor", typeof(RawSecurity) },
            { "System.Diagnostics.Process", typeof(Processes) },
            { "System.Diagnostics.Eventing.Reader.EventLogQuery", typeof(EventQuery) },
            { "System.Diagnostics.Eventing.Reader.EventLogReader", typeof(EventReader) },
            { "System.Environment", typeof(Surroundings) },
            { "System.Security.Principal.WindowsIdentity", typeof(Identity) },
            { "System.Security.Principal.WindowsPrincipal", typeof(Principal) },
            { "System.Threading.Mutex", typeof(NamedMutex) },
        };

        public static void Install()
        {
            MethodInfo add = typeof(PSObject).Assembly.GetType("System.Management.Automation.TypeAccelerators").GetMethod("Add");
            foreach (KeyValuePair<string, Type> one in Names)
            {
                add.Invoke(null, new object[] { one.Key, one.Value });
                // PowerShell lets `System.` be left out.
                if (one.Key.StartsWith("System.", StringComparison.Ordinal)) add.Invoke(null, new object[] { one.Key.Substring(7), one.Value });
            }
        }
    }
}
