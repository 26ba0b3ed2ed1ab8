// [wmi] and [wmisearcher], and exceptions in the shape of Windows' own: a ManagementException whose HResult says nothing, around a
// COMException.
using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace System.Management
{
    public enum ManagementStatus { NotFound = unchecked((int)0x80041002), InvalidNamespace = unchecked((int)0x8004100E) }

    public class ManagementException : Exception
    {
        public ManagementStatus ErrorCode { get; }

        public ManagementException(ManagementStatus code) : base("stand-in: " + code, new COMException("inner", (int)code))
        {
            ErrorCode = code;
            HResult = unchecked((int)0x80131501);
        }
    }
}

namespace WmisecStandIn
{
    using System.Management;

    public sealed class Qualifier
    {
        public string Name { get; set; }
        public object Value { get; set; }
    }

    // A namespace's singleton and its parent's instance of it, each with its own reading of the flag.
    public sealed class WmiObject : IDisposable
    {
        public List<Qualifier> Qualifiers { get; } = new List<Qualifier> { new Qualifier { Name = "dynamic", Value = true } };

        public WmiObject(string path)
        {
            Match own = Regex.Match(path, @"^\\\\\.\\(.*):__SystemSecurity=@$");
            Match child = Regex.Match(path, @"^\\\\\.\\(.*):__Namespace\.Name='(.*)'$");
            if (own.Success) Take(Open(own.Groups[1].Value, ManagementStatus.InvalidNamespace)["stored"]);
            else if (child.Success)
            {
                Open(child.Groups[1].Value, ManagementStatus.InvalidNamespace);
                Take(Open(child.Groups[1].Value + "\\" + child.Groups[2].Value, ManagementStatus.NotFound)["effective"]);
            }
            else throw new ArgumentException("the stand-in has no object " + path);
        }

        public void Get() { }
        public void Dispose() { }

        private static JsonNode Open(string path, ManagementStatus otherwise)
        {
            JsonNode found = MachineFolder.Read("namespaces", MachineFolder.Key(path.Replace('\\', '/')));
            if (found == null) throw new ManagementException(otherwise);
            return found;
        }

        private void Take(JsonNode flag)
        {
            if (flag != null) Qualifiers.Add(new Qualifier { Name = "RequiresEncryption", Value = (bool)flag });
        }
    }

    public sealed class Product
    {
        public string UUID { get; set; }
    }

    public sealed class Searcher
    {
        private readonly string query;

        public Searcher(string query) { this.query = query; }

        public Product[] Get()
        {
            if (!query.Contains("Win32_ComputerSystemProduct")) throw new ArgumentException("the stand-in has no answer to " + query);
            return new[] { new Product { UUID = (string)MachineFolder.Read("smbiosUuid") } };
        }
    }
}
