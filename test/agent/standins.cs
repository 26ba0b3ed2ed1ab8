// [wmi], and exceptions in the shape of real Windows: a ManagementException whose HResult says nothing, around a COMException.
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
        // How many nobody has disposed of.
        public static int Open;
        bool disposed;
        public void Get() { }
        public void Dispose() { if (!disposed) Open--; disposed = true; }
    }
}
